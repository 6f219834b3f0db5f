#include "codec/index_value.h"

#include <cstring>

#include "base/check.h"
#include "codec/datum.h"
#include "codec/number.h"
#include "codec/row.h"
#include "types/collation.h"

namespace sluice::codec {

namespace {

constexpr char kCommonHandleTag = 0x7f;
constexpr char kPartitionTag = 0x7e;
constexpr char kVersionTag = 0x7d;
constexpr char kCommonHandleVersion = 1;
constexpr std::size_t kOldValueBytesMax = 9;
constexpr std::size_t kVersion0BytesMin = 10;

bool any_needs_restore(std::span<const RestoredColumn> columns) noexcept {
  for (const RestoredColumn& column : columns) {
    if (needs_restored_data(*column.type)) return true;
  }
  return false;
}

void add_restored(const RestoredColumn& column, bool only_spaces, RowWriter& row) {
  if (only_spaces && column.value->kind() == types::Value::Kind::kString) {
    const std::string& text = column.value->as_string();
    row.add_uint64(column.column_id, text.size() - types::trim_trailing_spaces(text).size());
  } else {
    row.add_value(column.column_id, *column.value, *column.type, nullptr);
  }
}

bool seen_before(std::span<const RestoredColumn> columns, std::size_t index) noexcept {
  for (std::size_t i = 0; i < index; ++i) {
    if (columns[i].column_id == columns[index].column_id) return true;
  }
  return false;
}

void append_restored_row(std::span<const RestoredColumn> columns, bool version1, std::string& out) {
  RowWriter row;
  bool any = false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if ((version1 && !needs_restored_data(*columns[i].type)) || seen_before(columns, i)) continue;
    add_restored(columns[i], version1 && columns[i].type->collation->is_bytewise(), row);
    any = true;
  }
  if (any) row.finish(out);
}

void append_partition(const IndexValueParts& parts, std::string& out) {
  if (!parts.partition_id) return;
  out.push_back(kPartitionTag);
  append_int(*parts.partition_id, out);
}

void append_version1(const IndexValueParts& parts, std::string& out) {
  out.push_back(0);
  out.push_back(kVersionTag);
  out.push_back(kCommonHandleVersion);
  if (parts.is_distinct) {
    const std::string& bytes = parts.handle->common_bytes();
    SLUICE_CHECK(bytes.size() <= 0xffff, "common handle of {} bytes", bytes.size());
    out.push_back(kCommonHandleTag);
    out.push_back(static_cast<char>(bytes.size() >> 8));
    out.push_back(static_cast<char>(bytes.size()));
    out += bytes;
  }
  append_partition(parts, out);
  append_restored_row(parts.columns, true, out);
}

void append_version0(const IndexValueParts& parts, bool restore, std::string& out) {
  const std::size_t start = out.size();
  out.push_back(0);
  append_partition(parts, out);
  if (restore) append_restored_row(parts.columns, false, out);
  const std::size_t handle_bytes = parts.is_distinct ? 8 : 0;
  std::size_t tail = handle_bytes;
  while (out.size() - start + handle_bytes < kVersion0BytesMin) {
    out.push_back(0);
    ++tail;
  }
  if (parts.is_distinct) append_uint(static_cast<std::uint64_t>(parts.handle->int_value()), out);
  out[start] = static_cast<char>(tail);
}

}  // namespace

void append_index_value(const IndexValueParts& parts, std::string& out) {
  SLUICE_CHECK(parts.handle != nullptr, "index value without a handle");
  if (!parts.handle->is_int()) return append_version1(parts, out);
  const bool restore = any_needs_restore(parts.columns);
  if (restore || parts.partition_id) return append_version0(parts, restore, out);
  if (parts.is_distinct) {
    append_uint(static_cast<std::uint64_t>(parts.handle->int_value()), out);
  } else {
    out.push_back(kIndexValuePlain);
  }
}

namespace {

/// Reads the options that stand between the head and the tail. False if malformed.
bool decode_options(std::string_view in, IndexValueView& view) {
  if (!in.empty() && in.front() == kCommonHandleTag) {
    if (in.size() < 3) return false;
    const std::size_t size =
        static_cast<std::size_t>(static_cast<unsigned char>(in[1])) << 8 | static_cast<unsigned char>(in[2]);
    if (in.size() < 3 + size) return false;
    view.handle = Handle::common(std::string(in.substr(3, size)));
    in.remove_prefix(3 + size);
  }
  if (!in.empty() && in.front() == kPartitionTag) {
    in.remove_prefix(1);
    std::int64_t partition_id;
    if (!decode_int(in, partition_id)) return false;
    view.partition_id = partition_id;
  }
  if (!in.empty() && static_cast<unsigned char>(in.front()) == kRowVersion) view.restored_row = in;
  return true;
}

}  // namespace

std::optional<IndexValueView> decode_index_value(std::string_view value) {
  IndexValueView view;
  if (value.empty()) return std::nullopt;
  const std::size_t tail = static_cast<unsigned char>(value[0]);
  // Version 1 may be as short as three bytes; old values of that length do not exist.
  if (value.size() >= 3 && value.size() != 8 && tail <= 1 && value[1] == kVersionTag) {
    if (value[2] != kCommonHandleVersion || value.size() < 3 + tail) return std::nullopt;
    view.version = 1;
    if (!decode_options(value.substr(3, value.size() - 3 - tail), view)) return std::nullopt;
    return view;
  }
  if (value.size() <= kOldValueBytesMax) {
    if (value.size() >= 8) view.handle = Handle(static_cast<std::int64_t>(load_big_endian(value.data())));
    return view;
  }
  view.version = 0;
  if (value.size() < 1 + tail) return std::nullopt;
  if (!decode_options(value.substr(1, value.size() - 1 - tail), view)) return std::nullopt;
  if (tail >= 8) {
    // The tail is padding, handle, and perhaps one marker byte of a transaction buffer, which storage never holds.
    view.handle = Handle(static_cast<std::int64_t>(load_big_endian(value.data() + value.size() - 8)));
  }
  return view;
}

bool decode_index_value_int_handle(std::string_view value, std::int64_t& handle) noexcept {
  if (value.size() != 8) return false;
  handle = static_cast<std::int64_t>(load_big_endian(value.data()));
  return true;
}

bool restore_string(std::int64_t column_id, const types::FieldType& type, std::string_view sort_key,
                    const IndexValueView& entry, std::string& out) {
  if (!needs_restored_data(type)) {
    out.assign(sort_key);
    return true;
  }
  std::string_view raw;
  const RowReader row(entry.restored_row);
  if (row.find(column_id, raw) != RowReader::Found::kValue) return false;
  if (entry.version == 1 && type.collation->is_bytewise()) {
    std::uint64_t spaces;
    if (!decode_row_uint64(raw, spaces) || spaces > (1u << 30)) return false;
    out.assign(sort_key);
    out.append(static_cast<std::size_t>(spaces), ' ');
  } else {
    out.assign(raw);
  }
  return true;
}

}  // namespace sluice::codec
