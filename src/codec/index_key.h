// Keys of index entries, built from values or straight from the bytes of rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/table_key.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::types {
class TimeZone;
}

namespace sluice::codec {

/// One column of an index.
struct IndexColumn {
  types::FieldType type;
  int prefix_length = -1;  // characters (bytes if binary) of a prefix column; -1: the whole value
};

/// An index as far as its keys depend on it: a plain value.
struct IndexKeyLayout {
  std::int64_t table_id = 0;  // physical
  std::int64_t index_id = 0;
  bool is_unique = false;
  std::vector<IndexColumn> columns;
};

/// Appends the entry's key. Returns whether it is distinct: the index is unique and no value is NULL. The key of an entry that is
/// not distinct ends in the handle. `values`: one per column, in the index's order. TIMESTAMP is converted from `zone` (null: UTC).
bool append_index_key(const IndexKeyLayout& layout, std::span<const types::Value> values, const Handle& handle,
                      const types::TimeZone* zone, std::string& out);

/// Appends the encoded column values alone, without prefix and handle: seek keys and range ends. `values` may be fewer than the columns.
void append_index_values(const IndexKeyLayout& layout, std::span<const types::Value> values,
                         const types::TimeZone* zone, std::string& out);

/// Appends one column's datum (cut to `column.prefix_length`).
void append_index_column(const IndexColumn& column, const types::Value& value, const types::TimeZone* zone,
                         std::string& out);

/// The same from the bytes that a row holds (RowReader::find), without building a value: the hot path of index builds.
/// False if `raw` is not a value of the column's type.
[[nodiscard]] bool append_index_column_from_row(const IndexColumn& column, std::string_view raw, std::string& out);

/// Splits an entry's key into its columns' datums and what is left (the handle, if the entry is not distinct).
/// `datums` gets one view per column, with its flag; false if the key is malformed. Prefix and index id are not compared.
[[nodiscard]] bool split_index_key(std::string_view key, std::size_t column_count,
                                   std::vector<std::string_view>& datums, std::string_view& rest);

}  // namespace sluice::codec
