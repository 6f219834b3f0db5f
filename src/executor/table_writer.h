/// Writes rows with their index entries.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/index_encoder.h"
#include "catalog/table_info.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "executor/execution_context.h"
#include "types/value.h"

namespace sluice::executor {

/// One value per entry of TableInfo::columns, by offset, each of the column's type; TIMESTAMP in the session's time zone. Columns that are
/// not public hold what a write gives them.
using RowValues = std::vector<types::Value>;

/// A row in its stored form.
struct EncodedRow {
  codec::Handle handle;
  std::string record_key;
  std::string record;                             // row format v2
  std::vector<catalog::ComputedColumn> computed;  // virtual columns, for index entries
};

/// A unique key that is taken: which one, by which row, and how to say so.
struct DuplicateKey {
  const catalog::IndexInfo* index = nullptr;  // nullptr: the integer primary key
  std::string record_key;                     // of the row that has it
  std::string entry_text;                     // "value-value"
  std::string key_name;                       // "table.index"
};

/// Maintains the records and index entries of one table for one statement, in all schema states of its indexes
/// (catalog/schema_state.h says which duties each has).
///
/// Ownership: borrows the context and the table. Thread-safety: the statement's thread.
class TableWriter {
 public:
  TableWriter(ExecutionContext& context, const catalog::TableInfo& table);
  ~TableWriter();
  TableWriter(TableWriter&&) noexcept;

  /// Whether the table's rows get ids of their own (no clustered primary key).
  bool has_row_id() const noexcept { return table_->has_hidden_row_id(); }

  /// Encodes a row. `row_id` counts only for tables with has_row_id().
  /// Throws: SqlError 1364-like errors are the caller's; 1105 for values that do not fit their type.
  EncodedRow encode(const RowValues& row, std::int64_t row_id);
  /// The same for a row whose handle is known.
  EncodedRow encode_with_handle(const RowValues& row, const codec::Handle& handle);

  /// Appends the keys that a new row must own: its record's, and those of its distinct index entries.
  void append_unique_keys(const EncodedRow& row, std::vector<std::string>& keys) const;

  /// The first unique key of `row` that another row has, or nothing. The keys are locked. `own`: a record that does not count.
  std::optional<DuplicateKey> find_duplicate(const EncodedRow& row, const RowValues& values,
                                             std::string_view own_record_key);

  /// Writes a row whose keys are locked and free.
  void insert(const EncodedRow& row);
  /// Removes a row that is locked.
  void remove(const EncodedRow& row);
  /// Replaces a locked row by another form of it with the same handle; keys that it newly takes are locked and free.
  void replace(const EncodedRow& from, const EncodedRow& to);

  const catalog::TableInfo& table() const noexcept { return *table_; }

 private:
  struct Index;

  void append_values(const RowValues& row);
  codec::Handle handle_of(const RowValues& row, std::int64_t row_id) const;
  void put_entry(const Index& index, const EncodedRow& row);
  void remove_entry(const Index& index, const EncodedRow& row);
  bool same_row_still_has(const Index& index, const std::string& record_key, std::string_view entry_key);
  DuplicateKey duplicate(const catalog::IndexInfo* index, std::string record_key, const RowValues& values) const;

  ExecutionContext* context_;
  const catalog::TableInfo* table_;
  std::vector<Index> indexes_;
  codec::RowWriter row_writer_;
};

}  // namespace sluice::executor
