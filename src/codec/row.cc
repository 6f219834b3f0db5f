#include "codec/row.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/sql_error.h"
#include "types/convert.h"
#include "types/json.h"
#include "types/time_zone.h"

namespace sluice::codec {

using types::Decimal;
using types::Duration;
using types::FieldType;
using types::PhysicalType;
using types::Time;
using types::TypeCode;
using types::Value;

namespace {

constexpr std::size_t kSmallDataBytes = 0xffff;
constexpr unsigned char kChecksumVersion = 1;
constexpr unsigned char kChecksumVersionMask = 0x07;
constexpr unsigned char kChecksumExtraBit = 0x08;

void append_small_int(std::int64_t value, std::string& out) {
  const std::size_t size = value == static_cast<std::int8_t>(value)    ? 1
                           : value == static_cast<std::int16_t>(value) ? 2
                           : value == static_cast<std::int32_t>(value) ? 4
                                                                       : 8;
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out.append(bytes, size);
}

void append_small_uint(std::uint64_t value, std::string& out) {
  const std::size_t size = value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out.append(bytes, size);
}

// CRC-32 (IEEE 802.3), reflected polynomial edb88320.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
    table[i] = crc;
  }
  return table;
}();

std::uint32_t crc32_update(std::uint32_t crc, std::string_view bytes) noexcept {
  for (const char byte : bytes) crc = kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
  return crc;
}

/// `row_with_header`: the row up to and including the checksum's header byte.
std::uint32_t row_checksum(std::string_view row_with_header, std::string_view record_key) noexcept {
  return ~crc32_update(crc32_update(0xffffffffu, row_with_header), record_key);
}

}  // namespace

void RowWriter::close_column(std::int64_t column_id, std::size_t begin) {
  if (!columns_.empty() && columns_.back().id > column_id) sorted_ = false;
  columns_.push_back({column_id, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(data_.size())});
}

void RowWriter::add_null(std::int64_t column_id) {
  if (!nulls_.empty() && nulls_.back() > column_id) sorted_ = false;
  nulls_.push_back(column_id);
}

void RowWriter::add_int64(std::int64_t column_id, std::int64_t value) {
  const std::size_t begin = data_.size();
  append_small_int(value, data_);
  close_column(column_id, begin);
}

void RowWriter::add_uint64(std::int64_t column_id, std::uint64_t value) {
  const std::size_t begin = data_.size();
  append_small_uint(value, data_);
  close_column(column_id, begin);
}

void RowWriter::add_double(std::int64_t column_id, double value) {
  const std::size_t begin = data_.size();
  append_float(value, data_);
  close_column(column_id, begin);
}

void RowWriter::add_decimal(std::int64_t column_id, const Decimal& value, int precision, int scale) {
  if (precision <= 0) {
    precision = value.precision();
    scale = value.scale();
  }
  if (scale < 0) scale = 0;
  const std::size_t begin = data_.size();
  data_.push_back(static_cast<char>(precision));
  data_.push_back(static_cast<char>(scale));
  value.append_binary(precision, scale, data_);
  close_column(column_id, begin);
}

void RowWriter::add_bytes(std::int64_t column_id, std::string_view bytes) {
  const std::size_t begin = data_.size();
  data_.append(bytes);
  close_column(column_id, begin);
}

void RowWriter::add_value(std::int64_t column_id, const Value& value, const FieldType& type,
                          const types::TimeZone* zone) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return add_null(column_id);
    case Value::Kind::kInt64:
      return add_int64(column_id, value.as_int64());
    case Value::Kind::kUInt64:
      return add_uint64(column_id, value.as_uint64());
    case Value::Kind::kDouble:
      return add_double(column_id, value.as_double());
    case Value::Kind::kDecimal:
      return add_decimal(column_id, value.as_decimal(), type.flen, type.decimals);
    case Value::Kind::kString:
      return add_bytes(column_id, value.as_string());
    case Value::Kind::kTime: {
      Time time = value.as_time();
      if (type.code == TypeCode::kTimestamp) {
        bool exists;
        time = types::timestamp_to_utc(time, zone, exists);
      }
      return add_time(column_id, time);
    }
    case Value::Kind::kDuration:
      return add_duration(column_id, value.as_duration());
    case Value::Kind::kJson:
      return add_bytes(column_id, value.as_json().binary());
  }
}

void RowWriter::clear() noexcept {
  columns_.clear();
  nulls_.clear();
  data_.clear();
  sorted_ = true;
}

void RowWriter::append_row(unsigned char flags, std::string& out) {
  if (!sorted_) {
    std::sort(columns_.begin(), columns_.end(), [](const Column& a, const Column& b) { return a.id < b.id; });
    std::sort(nulls_.begin(), nulls_.end());
  }
  const std::int64_t largest_id =
      std::max(columns_.empty() ? 0 : columns_.back().id, nulls_.empty() ? 0 : nulls_.back());
  const bool large = largest_id > 0xff || data_.size() > kSmallDataBytes;
  SLUICE_CHECK(columns_.size() <= 0xffff && nulls_.size() <= 0xffff && largest_id <= 0xffffffff, "row with {} columns",
               columns_.size());

  const std::size_t id_bytes = large ? 4 : 1;
  const std::size_t offset_bytes = large ? 4 : 2;
  const std::size_t start = out.size();
  const std::size_t tables =
      kRowHeaderBytes + (columns_.size() + nulls_.size()) * id_bytes + columns_.size() * offset_bytes;
  out.resize(start + tables + data_.size());
  char* cursor = out.data() + start;
  const auto put = [&cursor](std::uint64_t value, std::size_t bytes) {
    std::memcpy(cursor, &value, bytes);
    cursor += bytes;
  };
  put(kRowVersion, 1);
  put(flags | (large ? kRowFlagLarge : 0), 1);
  put(columns_.size(), 2);
  put(nulls_.size(), 2);
  for (const Column& column : columns_) put(static_cast<std::uint64_t>(column.id), id_bytes);
  for (const std::int64_t id : nulls_) put(static_cast<std::uint64_t>(id), id_bytes);
  std::size_t end = 0;
  for (const Column& column : columns_) {
    end += column.end - column.begin;
    put(end, offset_bytes);
  }
  if (sorted_) {
    std::memcpy(cursor, data_.data(), data_.size());
  } else {
    for (const Column& column : columns_) {
      std::memcpy(cursor, data_.data() + column.begin, column.end - column.begin);
      cursor += column.end - column.begin;
    }
  }
}

void RowWriter::finish(std::string& out) {
  append_row(0, out);
  clear();
}

void RowWriter::finish_with_checksum(std::string_view record_key, std::string& out) {
  const std::size_t start = out.size();
  append_row(kRowFlagChecksum, out);
  out.push_back(static_cast<char>(kChecksumVersion));
  const std::uint32_t checksum = row_checksum(std::string_view(out).substr(start), record_key);
  char bytes[4];
  std::memcpy(bytes, &checksum, 4);
  out.append(bytes, 4);
  clear();
}

void RowReader::reset(std::string_view row) noexcept {
  *this = RowReader();
  if (row.size() < kRowHeaderBytes || static_cast<unsigned char>(row[0]) != kRowVersion) return;
  const auto flags = static_cast<unsigned char>(row[1]);
  std::uint16_t counts[2];
  std::memcpy(counts, row.data() + 2, 4);
  const bool large = (flags & kRowFlagLarge) != 0;
  const std::size_t id_bytes = large ? 4 : 1;
  const std::size_t offset_bytes = large ? 4 : 2;
  const std::size_t tables =
      kRowHeaderBytes + (std::size_t{counts[0]} + counts[1]) * id_bytes + counts[0] * offset_bytes;
  if (row.size() < tables) return;
  large_ = large;
  has_checksum_ = (flags & kRowFlagChecksum) != 0;
  not_null_count_ = counts[0];
  null_count_ = counts[1];
  ids_ = row.data() + kRowHeaderBytes;
  offsets_ = ids_ + (not_null_count_ + null_count_) * id_bytes;
  data_ = row.data() + tables;
  data_bytes_ = row.size() - tables;
  row_ = row;
  valid_ = true;
}

std::int64_t RowReader::id_at(std::size_t index) const noexcept {
  if (!large_) return static_cast<unsigned char>(ids_[index]);
  std::uint32_t id;
  std::memcpy(&id, ids_ + 4 * index, 4);
  return id;
}

RowReader::Found RowReader::find_large(std::int64_t column_id, std::string_view& raw) const noexcept {
  const auto search = [&](std::size_t begin, std::size_t end) {
    const std::size_t last = end;
    while (begin < end) {
      const std::size_t middle = begin + (end - begin) / 2;
      if (id_at(middle) < column_id) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin < last && id_at(begin) == column_id ? begin : last;
  };
  const std::size_t hit = search(0, not_null_count_);
  if (hit != not_null_count_) return value_at(hit, raw);
  const std::size_t all = std::size_t{not_null_count_} + null_count_;
  return search(not_null_count_, all) != all ? Found::kNull : Found::kAbsent;
}

bool RowReader::column_at(std::size_t index, std::int64_t& column_id, std::string_view& raw) const noexcept {
  if (index >= not_null_count_) return false;
  column_id = id_at(index);
  return value_at(index, raw) == Found::kValue;
}

bool RowReader::verify_checksum(std::string_view record_key) const noexcept {
  if (!valid_) return false;
  if (!has_checksum_) return true;
  const std::size_t data_end = not_null_count_ == 0 ? 0 : offset_at(not_null_count_ - 1);
  if (data_end >= data_bytes_) return false;
  const auto header = static_cast<unsigned char>(data_[data_end]);
  const std::size_t trailer = (header & kChecksumExtraBit) != 0 ? 8 : 4;
  if ((header & kChecksumVersionMask) != kChecksumVersion || data_bytes_ != data_end + 1 + trailer) return false;
  std::uint32_t stored;
  std::memcpy(&stored, data_ + data_end + 1, 4);
  return stored ==
         row_checksum(row_.substr(0, static_cast<std::size_t>(data_ + data_end + 1 - row_.data())), record_key);
}

bool decode_row_decimal(std::string_view raw, Decimal& out) noexcept {
  if (raw.size() < 2) return false;
  const int precision = static_cast<unsigned char>(raw[0]);
  const int scale = static_cast<unsigned char>(raw[1]);
  if (precision > Decimal::kMaxPrecision + Decimal::kMaxScale || scale > Decimal::kMaxScale || scale > precision)
    return false;
  raw.remove_prefix(2);
  return raw.size() == Decimal::binary_bytes(precision, scale) && Decimal::from_binary(raw, precision, scale, out);
}

namespace {

[[noreturn]] void throw_corrupt(std::string_view raw, const FieldType& type) {
  throw SqlError::with_message(ErrorCode::kUnknownError, "corrupt row: " + std::to_string(raw.size()) +
                                                             " bytes are no value of type " + type.to_string());
}

}  // namespace

Value decode_row_value(std::string_view raw, const FieldType& type, const types::TimeZone* zone) {
  switch (types::physical_type(type)) {
    case PhysicalType::kInt64: {
      std::int64_t value;
      if (decode_row_int64(raw, value)) return Value(value);
      break;
    }
    case PhysicalType::kUInt64: {
      std::uint64_t value;
      if (decode_row_uint64(raw, value)) return Value(value);
      break;
    }
    case PhysicalType::kDouble: {
      double value;
      if (decode_row_double(raw, value)) return Value(value);
      break;
    }
    case PhysicalType::kDecimal: {
      Decimal value;
      if (decode_row_decimal(raw, value)) return Value(value);
      break;
    }
    case PhysicalType::kTime: {
      Time value;
      if (!decode_row_time(raw, value)) break;
      return Value(type.code == TypeCode::kTimestamp ? types::timestamp_from_utc(value, zone) : value);
    }
    case PhysicalType::kDuration: {
      Duration value;
      if (decode_row_duration(raw, value)) return Value(value);
      break;
    }
    case PhysicalType::kString:
      return Value(raw);
    case PhysicalType::kJson:
      return Value(types::Json::from_binary(std::string(raw)));
  }
  throw_corrupt(raw, type);
}

}  // namespace sluice::codec
