#pragma once

#include "catalog/table_info.h"
#include "types/value.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::codec {
class Handle;
class RowReader;
}  // namespace sluice::codec

namespace sluice::catalog {

/// A value that a row does not store, for example of a virtual generated column: in row format (TIDB-FACTS 2.1).
struct ComputedColumn {
  std::int64_t column_id = 0;
  bool is_null = true;
  std::string raw;
};

/// Where the parts of an encoded entry are.
struct IndexEntryShape {
  bool distinct = false;        // unique and free of NULL: the key identifies the entry
  std::size_t key_size = 0;     // bytes appended to the key
  std::size_t columns_end = 0;  // of those, bytes up to the end of the indexed columns
};

/// Turns rows into entries of one index; the only implementation, shared by statements and by backfill.
///
/// Works on stored bytes (row format v2), so that no value is decoded and no session setting matters: a TIMESTAMP is UTC
/// in both. Layouts: TIDB-FACTS sections 1.2, 1.5-1.7. Keeps pointers into `table`, which must outlive it.
/// Const members from any number of threads.
class IndexEncoder {
 public:
  IndexEncoder(const TableInfo& table, const IndexInfo& index);
  IndexEncoder(IndexEncoder&&) noexcept;
  ~IndexEncoder();

  /// `t` Int(table id) `_i` Int(index id): 19 bytes, the beginning of every key.
  const std::string& prefix() const noexcept { return prefix_; }

  /// Appends the key of the row's entry without prefix() to `key`, and its value to `value`.
  ///
  /// `row`: the record's value; `handle`: its handle; `computed`: values of virtual columns, any order.
  /// Throws 1815 if `row` is not a row or a virtual column of the index is missing in `computed`.
  IndexEntryShape append_entry(std::string_view row, const codec::Handle& handle,
                               std::span<const ComputedColumn> computed, std::string& key, std::string& value) const;

  /// The whole key.
  std::string key(std::string_view row, const codec::Handle& handle,
                  std::span<const ComputedColumn> computed = {}) const;

  const IndexInfo& index() const noexcept { return *index_; }

 private:
  struct Part;

  /// Appends one column's datum; returns whether it is NULL.
  bool append_part(const Part& part, const codec::RowReader& row, const codec::Handle& handle,
                   std::span<const ComputedColumn> computed, std::string& key) const;
  void append_value(bool distinct, const codec::RowReader& row, const codec::Handle& handle,
                    std::span<const ComputedColumn> computed, std::string& value) const;
  types::Value value_of(const Part& part, const codec::RowReader& row, const codec::Handle& handle,
                        std::span<const ComputedColumn> computed) const;

  const TableInfo* table_;
  const IndexInfo* index_;
  std::string prefix_;
  std::vector<Part> parts_;     // the index's columns
  std::vector<Part> restored_;  // further columns that the value may hold: the common handle's
  bool restores_ = false;       // some value must be kept beside its sort key
};

/// The handle that an entry of an index names. `key`: the whole key.
codec::Handle entry_handle(const TableInfo& table, const IndexInfo& index, std::string_view key,
                           std::string_view value);

/// The key that notes that a statement wrote the distinct entry `index_key` of a unique index in reorganisation: the same
/// key with the index id's top bits set, the place of TiDB's temporary index (TIDB-FACTS section 1.8).
std::string touched_key(std::string_view index_key);

/// Back from touched_key().
std::string index_key_of_touched(std::string_view touched);

/// All keys of the entries of an index, and of the notes of touched keys: [begin, end).
struct IndexKeyRange {
  std::string begin;
  std::string end;
};
IndexKeyRange index_entries_range(std::int64_t table_id, std::int64_t index_id);
IndexKeyRange touched_keys_range(std::int64_t table_id, std::int64_t index_id);

}  // namespace sluice::catalog
