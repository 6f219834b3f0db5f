#include "codec/table_key.h"

#include <cstring>
#include <functional>

#include "codec/datum.h"
#include "codec/number.h"

namespace sluice::codec {

namespace {
constexpr char kTableTag = 't';
constexpr std::string_view kRecordTag = "_r";
constexpr std::string_view kIndexTag = "_i";
}  // namespace

Handle Handle::common(std::string encoded) {
  Handle handle;
  handle.is_common_ = true;
  handle.common_ = std::move(encoded);
  if (handle.common_.size() < kMinCommonHandleBytes) handle.common_.resize(kMinCommonHandleBytes);
  return handle;
}

void Handle::append_record_suffix(std::string& out) const {
  if (is_common_) {
    out += common_;
  } else {
    append_int(int_, out);
  }
}

void Handle::append_index_suffix(std::string& out) const {
  if (is_common_) {
    out += common_;
  } else {
    append_key_int64(int_, out);
  }
}

std::uint64_t Handle::hash() const noexcept {
  if (is_common_) return std::hash<std::string_view>{}(common_);
  std::uint64_t mixed = static_cast<std::uint64_t>(int_) * 0x9e3779b97f4a7c15ull;
  return mixed ^ (mixed >> 32);
}

std::string Handle::to_string() const {
  if (!is_common_) return std::to_string(int_);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : common_) {
    text.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return text;
}

std::strong_ordering operator<=>(const Handle& a, const Handle& b) noexcept {
  if (a.is_common_ != b.is_common_) return a.is_common_ <=> b.is_common_;
  if (!a.is_common_) return a.int_ <=> b.int_;
  return a.common_.compare(b.common_) <=> 0;
}

void append_table_prefix(std::int64_t table_id, std::string& out) {
  char bytes[kTablePrefixBytes];
  bytes[0] = kTableTag;
  store_big_endian(static_cast<std::uint64_t>(table_id) ^ kSignBit, bytes + 1);
  out.append(bytes, sizeof(bytes));
}

void append_record_prefix(std::int64_t table_id, std::string& out) {
  append_table_prefix(table_id, out);
  out += kRecordTag;
}

void append_index_prefix(std::int64_t table_id, std::int64_t index_id, std::string& out) {
  append_table_prefix(table_id, out);
  out += kIndexTag;
  append_int(index_id, out);
}

std::string table_prefix(std::int64_t table_id) {
  std::string out;
  append_table_prefix(table_id, out);
  return out;
}

std::string record_prefix(std::int64_t table_id) {
  std::string out;
  append_record_prefix(table_id, out);
  return out;
}

std::string index_prefix(std::int64_t table_id, std::int64_t index_id) {
  std::string out;
  append_index_prefix(table_id, index_id, out);
  return out;
}

std::string all_indexes_prefix(std::int64_t table_id) { return table_prefix(table_id).append(kIndexTag); }

void append_record_key(std::int64_t table_id, std::int64_t handle, std::string& out) {
  char bytes[kIntHandleRecordKeyBytes];
  bytes[0] = kTableTag;
  store_big_endian(static_cast<std::uint64_t>(table_id) ^ kSignBit, bytes + 1);
  std::memcpy(bytes + kTablePrefixBytes, kRecordTag.data(), kRecordTag.size());
  store_big_endian(static_cast<std::uint64_t>(handle) ^ kSignBit, bytes + kRecordPrefixBytes);
  out.append(bytes, sizeof(bytes));
}

void append_record_key(std::int64_t table_id, const Handle& handle, std::string& out) {
  append_record_prefix(table_id, out);
  handle.append_record_suffix(out);
}

std::string record_key(std::int64_t table_id, const Handle& handle) {
  std::string out;
  append_record_key(table_id, handle, out);
  return out;
}

std::optional<std::int64_t> decode_table_id(std::string_view key) noexcept {
  if (key.empty() || key.front() != kTableTag) return std::nullopt;
  key.remove_prefix(1);
  std::int64_t table_id;
  if (!decode_int(key, table_id)) return std::nullopt;
  return table_id;
}

std::optional<TableKey> decode_table_key(std::string_view key) noexcept {
  const std::optional<std::int64_t> table_id = decode_table_id(key);
  if (!table_id || key.size() < kRecordPrefixBytes) return std::nullopt;
  TableKey result;
  result.table_id = *table_id;
  const std::string_view tag = key.substr(kTablePrefixBytes, kRecordTag.size());
  result.rest = key.substr(kRecordPrefixBytes);
  if (tag == kRecordTag) return result;
  if (tag != kIndexTag || !decode_int(result.rest, result.index_id)) return std::nullopt;
  result.is_index = true;
  return result;
}

bool decode_record_key(std::string_view key, std::int64_t& table_id, Handle& handle) {
  const std::optional<TableKey> parts = decode_table_key(key);
  if (!parts || parts->is_index) return false;
  table_id = parts->table_id;
  std::string_view rest = parts->rest;
  if (rest.size() == 8) {
    std::int64_t value;
    if (!decode_int(rest, value)) return false;
    handle = Handle(value);
    return true;
  }
  if (rest.size() < kMinCommonHandleBytes) return false;
  handle = Handle::common(std::string(rest));
  return true;
}

bool decode_int_handle(std::string_view record_key, std::int64_t& handle) noexcept {
  if (record_key.size() != kIntHandleRecordKeyBytes) return false;
  handle = static_cast<std::int64_t>(load_big_endian(record_key.data() + kRecordPrefixBytes) ^ kSignBit);
  return true;
}

bool decode_index_key_handle(std::string_view rest, HandleKind kind, Handle& handle) {
  if (kind == HandleKind::kCommon) {
    if (rest.size() < kMinCommonHandleBytes) return false;
    handle = Handle::common(std::string(rest));
    return true;
  }
  if (rest.size() != 9 || (rest.front() != kDatumInt && rest.front() != kDatumUint)) return false;
  const std::uint64_t bits = load_big_endian(rest.data() + 1);
  handle = Handle(static_cast<std::int64_t>(rest.front() == kDatumInt ? bits ^ kSignBit : bits));
  return true;
}

}  // namespace sluice::codec
