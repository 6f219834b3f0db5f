// Values of index entries. Three layouts, told apart by length and second byte (TiDB's):
//
//   old        distinct: handle, 8 bytes big endian, plain two's complement;  else: '0'            int handle, nothing restored
//   version 0  tail length | options | zero padding to 10 bytes | [int handle, 8 bytes]            restored data, partition id, ...
//   version 1  tail length 0 | 7d 01 | options                                                     tables with a common handle
//
//   options    [7f ‖ u16 big endian length ‖ common handle] [7e ‖ int(partition id)] [restored row: row.h, begins with 80]
//
// Restored row: version 0 holds all index columns; version 1 those that the key does not give back (datum.h, needs_restored_data): of
// *_bin collations only the count of stripped spaces as an unsigned integer, of the others the original string.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codec/table_key.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::codec {

inline constexpr char kIndexValuePlain = '0';

/// One column of an entry, as far as its value depends on it.
struct RestoredColumn {
  std::int64_t column_id;
  const types::FieldType* type;
  const types::Value* value;
  bool is_primary_key = false;  // a column of the common handle
};

/// What one entry's value holds.
struct IndexValueParts {
  bool is_distinct = false;
  const Handle* handle = nullptr;            // the row's
  std::optional<std::int64_t> partition_id;  // of a global index's entry
  std::span<const RestoredColumn>
      columns;  // all index columns, and for common handles the primary key's; duplicates by id are written once
};

/// Appends the value: version 1 if the handle is common, else version 0 if something must be restored or a partition named, else the old layout.
void append_index_value(const IndexValueParts& parts, std::string& out);

/// An index value taken apart. Borrows the value's bytes.
struct IndexValueView {
  std::optional<Handle> handle;  // of a distinct entry
  std::optional<std::int64_t> partition_id;
  std::string_view restored_row;  // empty: none
  int version = -1;               // -1: old layout
  /// Whether the entry is distinct.
  bool is_distinct() const noexcept { return handle.has_value(); }
};
/// Nothing if the bytes are malformed.
std::optional<IndexValueView> decode_index_value(std::string_view value);
/// Fast form: the int handle of a distinct entry in the old layout.
[[nodiscard]] bool decode_index_value_int_handle(std::string_view value, std::int64_t& handle) noexcept;

/// The value of a string column from its key bytes (`sort_key`, decoded) and the restored row of its entry. False if the row lacks it or is corrupt.
[[nodiscard]] bool restore_string(std::int64_t column_id, const types::FieldType& type, std::string_view sort_key,
                                  const IndexValueView& entry, std::string& out);

}  // namespace sluice::codec
