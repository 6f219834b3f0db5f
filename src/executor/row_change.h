/// Reading a stored row as values, and replacing it: what UPDATE and INSERT ... ON DUPLICATE KEY UPDATE share.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "executor/foreign_keys.h"
#include "executor/row_builder.h"
#include "executor/scan.h"
#include "executor/table_writer.h"

namespace sluice::executor {

/// Decodes single records into all columns of a table. Thread-safety: the statement's thread.
class RowFetcher {
 public:
  /// The arguments outlive the fetcher; `builder` computes generated columns.
  RowFetcher(ExecutionContext& context, const planner::TableReference& source, RowBuilder& builder);

  /// The newest version of the record, or nothing. The key is locked.
  std::optional<RowValues> fetch(std::string_view record_key);

 private:
  ExecutionContext& context_;
  RowBuilder& builder_;
  std::vector<int> offsets_;
  std::vector<planner::VirtualColumn> no_virtual_columns_;
  std::unique_ptr<EntryDecoder> decoder_;
  vector::Chunk chunk_;
  std::string record_;
};

/// What replacing a row came to.
enum class RowChange : std::uint8_t { kUnchanged, kChanged, kIgnored };

/// Replaces the locked row `from`, whose handle is `handle`, by `to`, and tells `foreign_keys`.
///
/// Locks the unique keys that the row newly takes. Throws: SqlError 1062, unless `bad_values` is kIgnore, then warns, also of foreign keys.
RowChange change_row(ExecutionContext& context, TableWriter& writer, ForeignKeys& foreign_keys, const RowValues& from,
                     const codec::Handle& handle, const RowValues& to, BadValues bad_values);

/// 1062 for a duplicate key.
SqlError duplicate_error(const DuplicateKey& duplicate);

}  // namespace sluice::executor
