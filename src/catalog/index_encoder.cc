#include "catalog/index_encoder.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/default_value.h"
#include "codec/bytes.h"
#include "codec/datum.h"
#include "codec/index_key.h"
#include "codec/index_value.h"
#include "codec/row.h"
#include "codec/table_key.h"

namespace sluice::catalog {
namespace {

// Of an index id, the bits that mark the range of touched keys: TiDB's temporary index ids.
constexpr std::int64_t kTouchedBits = std::int64_t{0x7fff} << 48;
constexpr int kNotInHandle = -1;

// `value` in row format, as RowReader::find would give it.
std::string raw_of(const types::Value& value, const types::FieldType& type) {
  constexpr std::int64_t kAnyId = 1;
  codec::RowWriter writer;
  writer.add_value(kAnyId, value, type, nullptr);
  std::string row;
  writer.finish(row);
  std::string_view raw;
  SLUICE_CHECK(codec::RowReader(row).find(kAnyId, raw) == codec::RowReader::Found::kValue,
               "a default has no stored form");
  return std::string(raw);
}

const ComputedColumn* find_computed(std::span<const ComputedColumn> computed, std::int64_t column_id) {
  for (const ComputedColumn& column : computed) {
    if (column.column_id == column_id) return &column;
  }
  return nullptr;
}

// Datum number `position` of a common handle.
std::string_view handle_datum(const codec::Handle& handle, int position) {
  std::string_view rest = handle.common_bytes();
  std::string_view datum;
  for (int i = 0; i <= position; ++i)
    SLUICE_CHECK(codec::skip_key_datum(rest, &datum), "common handle {} is malformed", handle.to_string());
  return datum;
}

}  // namespace

struct IndexEncoder::Part {
  const ColumnInfo* column = nullptr;
  codec::IndexColumn layout;
  bool is_int_handle = false;
  bool is_primary_key = false;
  int handle_position = kNotInHandle;     // of the whole column's datum in a common handle
  std::optional<std::string> origin_raw;  // what a row without the column holds
};

IndexEncoder::IndexEncoder(const TableInfo& table, const IndexInfo& index)
    : table_(&table), index_(&index), prefix_(codec::index_prefix(table.id, index.id)) {
  const ColumnInfo* int_handle = table.handle_column();
  const IndexInfo* primary = table.is_common_handle ? table.primary_index() : nullptr;
  auto make_part = [&](const ColumnInfo& column, int prefix_length) {
    Part part;
    part.column = &column;
    part.layout = {column.type, prefix_length};
    part.is_int_handle = int_handle == &column;
    if (primary != nullptr) {
      for (std::size_t i = 0; i < primary->columns.size(); ++i) {
        if (primary->columns[i].name.lower != column.name.lower) continue;
        part.is_primary_key = true;
        if (!primary->columns[i].is_prefix()) part.handle_position = static_cast<int>(i);
      }
    }
    if (column.origin_default.has_value()) part.origin_raw = raw_of(origin_default_value(column), column.type);
    return part;
  };
  for (const IndexColumn& key_part : index.columns) {
    const ColumnInfo* column = table.find_column(key_part.name.lower);
    SLUICE_CHECK(column != nullptr, "index {} of table {} has no column {}", index.name.original, table.name.original,
                 key_part.name.original);
    parts_.push_back(make_part(*column, key_part.length));
    restores_ = restores_ || codec::needs_restored_data(column->type);
  }
  if (primary == nullptr) return;
  for (const IndexColumn& key_part : primary->columns) {
    const ColumnInfo* column = table.find_column(key_part.name.lower);
    SLUICE_CHECK(column != nullptr, "primary key column {} is missing", key_part.name.original);
    restored_.push_back(make_part(*column, kFullLength));
    restores_ = restores_ || codec::needs_restored_data(column->type);
  }
}

IndexEncoder::IndexEncoder(IndexEncoder&&) noexcept = default;
IndexEncoder::~IndexEncoder() = default;

bool IndexEncoder::append_part(const Part& part, const codec::RowReader& row, const codec::Handle& handle,
                               std::span<const ComputedColumn> computed, std::string& key) const {
  if (part.is_int_handle) {
    if (part.column->type.is_unsigned()) {
      codec::append_key_uint64(static_cast<std::uint64_t>(handle.int_value()), key);
    } else {
      codec::append_key_int64(handle.int_value(), key);
    }
    return false;
  }
  std::string_view raw;
  if (part.column->is_virtual()) {
    const ComputedColumn* found = find_computed(computed, part.column->id);
    SLUICE_CHECK(found != nullptr, "generated column {} of index {} is not computed", part.column->name.original,
                 index_->name.original);
    if (found->is_null) {
      codec::append_key_null(key);
      return true;
    }
    raw = found->raw;
  } else {
    switch (row.find(part.column->id, raw)) {
      case codec::RowReader::Found::kValue:
        break;
      case codec::RowReader::Found::kNull:
        codec::append_key_null(key);
        return true;
      case codec::RowReader::Found::kAbsent:
        if (part.handle_position != kNotInHandle) {
          // A whole column's datum is the same in the handle; only a prefix of it must be cut from the value.
          const std::string_view datum = handle_datum(handle, part.handle_position);
          if (part.layout.prefix_length == kFullLength) {
            key.append(datum);
          } else {
            codec::append_index_column(part.layout, value_of(part, row, handle, computed), nullptr, key);
          }
          return datum.front() == codec::kDatumNull;
        }
        if (!part.origin_raw.has_value()) {
          codec::append_key_null(key);
          return true;
        }
        raw = *part.origin_raw;
        break;
      case codec::RowReader::Found::kCorrupt:
        SLUICE_CHECK(false, "a row of table {} is malformed, handle {}", table_->name.original, handle.to_string());
    }
  }
  const bool encoded = codec::append_index_column_from_row(part.layout, raw, key);
  SLUICE_CHECK(encoded, "column {} of table {} holds a malformed value, handle {}", part.column->name.original,
               table_->name.original, handle.to_string());
  return false;
}

types::Value IndexEncoder::value_of(const Part& part, const codec::RowReader& row, const codec::Handle& handle,
                                    std::span<const ComputedColumn> computed) const {
  if (part.is_int_handle) {
    return part.column->type.is_unsigned() ? types::Value(static_cast<std::uint64_t>(handle.int_value()))
                                           : types::Value(handle.int_value());
  }
  std::string_view raw;
  if (part.column->is_virtual()) {
    const ComputedColumn* found = find_computed(computed, part.column->id);
    SLUICE_CHECK(found != nullptr, "generated column {} of index {} is not computed", part.column->name.original,
                 index_->name.original);
    if (found->is_null) return types::Value::null();
    raw = found->raw;
  } else {
    const codec::RowReader::Found found = row.find(part.column->id, raw);
    if (found == codec::RowReader::Found::kNull) return types::Value::null();
    if (found == codec::RowReader::Found::kAbsent && part.handle_position != kNotInHandle) {
      std::string_view datum = handle_datum(handle, part.handle_position);
      types::Value value;
      SLUICE_CHECK(codec::decode_key_datum(datum, part.column->type, nullptr, value), "common handle {} is malformed",
                   handle.to_string());
      return value;
    }
    if (found == codec::RowReader::Found::kAbsent && !part.origin_raw.has_value()) return types::Value::null();
    if (found == codec::RowReader::Found::kAbsent) raw = *part.origin_raw;
    SLUICE_CHECK(found != codec::RowReader::Found::kCorrupt, "a row of table {} is malformed, handle {}",
                 table_->name.original, handle.to_string());
  }
  types::Value value = codec::decode_row_value(raw, part.column->type, nullptr);
  if (value.kind() == types::Value::Kind::kString && part.layout.prefix_length != kFullLength) {
    return types::Value(codec::index_prefix_of(value.as_string(), part.column->type, part.layout.prefix_length));
  }
  return value;
}

void IndexEncoder::append_value(bool distinct, const codec::RowReader& row, const codec::Handle& handle,
                                std::span<const ComputedColumn> computed, std::string& value) const {
  if (!restores_ && handle.is_int()) {
    if (!distinct) {
      value.push_back(codec::kIndexValuePlain);
    } else {
      codec::append_uint(static_cast<std::uint64_t>(handle.int_value()), value);
    }
    return;
  }
  codec::IndexValueParts parts;
  parts.is_distinct = distinct;
  parts.handle = &handle;
  std::vector<types::Value> values;
  std::vector<codec::RestoredColumn> columns;
  if (restores_) {
    values.reserve(parts_.size() + restored_.size());
    auto add = [&](const Part& part) {
      values.push_back(value_of(part, row, handle, computed));
      columns.push_back({part.column->id, &part.column->type, &values.back(), part.is_primary_key});
    };
    // Of a column that is in the handle the whole value is kept, not the index's prefix: the handle is made of it.
    const auto is_in_handle = [&](const Part& part) {
      return std::any_of(restored_.begin(), restored_.end(),
                         [&](const Part& other) { return other.column == part.column; });
    };
    for (const Part& part : parts_) {
      if (part.layout.prefix_length == kFullLength || !is_in_handle(part)) add(part);
    }
    for (const Part& part : restored_) add(part);
    parts.columns = columns;
  }
  codec::append_index_value(parts, value);
}

IndexEntryShape IndexEncoder::append_entry(std::string_view row, const codec::Handle& handle,
                                           std::span<const ComputedColumn> computed, std::string& key,
                                           std::string& value) const {
  const codec::RowReader reader(row);
  const std::size_t start = key.size();
  bool has_null = false;
  for (const Part& part : parts_) has_null = append_part(part, reader, handle, computed, key) || has_null;
  IndexEntryShape shape;
  shape.columns_end = key.size() - start;
  shape.distinct = index_->unique && !has_null;
  if (!shape.distinct) handle.append_index_suffix(key);
  shape.key_size = key.size() - start;
  append_value(shape.distinct, reader, handle, computed, value);
  return shape;
}

std::string IndexEncoder::key(std::string_view row, const codec::Handle& handle,
                              std::span<const ComputedColumn> computed) const {
  std::string key = prefix_;
  std::string value;
  append_entry(row, handle, computed, key, value);
  return key;
}

codec::Handle entry_handle(const TableInfo& table, const IndexInfo& index, std::string_view key,
                           std::string_view value) {
  std::int64_t int_handle = 0;
  if (!table.is_common_handle && codec::decode_index_value_int_handle(value, int_handle))
    return codec::Handle(int_handle);
  // An entry that was read without its value (a scan of keys alone) has its handle in the key.
  if (!value.empty()) {
    std::optional<codec::IndexValueView> view = codec::decode_index_value(value);
    SLUICE_CHECK(view.has_value(), "an entry of index {} of table {} has a malformed value", index.name.original,
                 table.name.original);
    if (view->handle.has_value()) return *view->handle;
  }
  std::vector<std::string_view> datums;
  std::string_view rest;
  codec::Handle handle;
  const codec::HandleKind kind = table.is_common_handle ? codec::HandleKind::kCommon : codec::HandleKind::kInt;
  SLUICE_CHECK(codec::split_index_key(key, index.columns.size(), datums, rest) &&
                   codec::decode_index_key_handle(rest, kind, handle),
               "an entry of index {} of table {} has a malformed key", index.name.original, table.name.original);
  return handle;
}

std::string touched_key(std::string_view index_key) {
  std::optional<codec::TableKey> parsed = codec::decode_table_key(index_key);
  SLUICE_CHECK(parsed.has_value() && parsed->is_index, "not an index key");
  std::string key = codec::index_prefix(parsed->table_id, parsed->index_id | kTouchedBits);
  key.append(index_key.substr(codec::kIndexPrefixBytes));
  return key;
}

std::string index_key_of_touched(std::string_view touched) {
  std::optional<codec::TableKey> parsed = codec::decode_table_key(touched);
  SLUICE_CHECK(parsed.has_value() && parsed->is_index, "not an index key");
  std::string key = codec::index_prefix(parsed->table_id, parsed->index_id & ~kTouchedBits);
  key.append(touched.substr(codec::kIndexPrefixBytes));
  return key;
}

IndexKeyRange index_entries_range(std::int64_t table_id, std::int64_t index_id) {
  std::string begin = codec::index_prefix(table_id, index_id);
  std::string end = codec::next_after_prefix(begin);
  return {std::move(begin), std::move(end)};
}

IndexKeyRange touched_keys_range(std::int64_t table_id, std::int64_t index_id) {
  return index_entries_range(table_id, index_id | kTouchedBits);
}

}  // namespace sluice::catalog
