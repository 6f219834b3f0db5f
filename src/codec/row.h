// Rows as bytes, format version 2 (TiDB's; all numbers little endian):
//
//   80 | flags: 01 large, 02 checksum | u16 not-null count N | u16 null count M
//   | N ids of not-null columns, ascending | M ids of null columns, ascending      1 byte each, 4 if large
//   | N end offsets into the data                                                  2 bytes each, 4 if large
//   | data in the order of ids | [checksum header ‖ u32 ‖ [u32]]
//
// Values: signed integers, YEAR, TIME in the smallest of 1, 2, 4, 8 bytes; unsigned integers, ENUM, SET, BIT, packed times likewise
// unsigned; FLOAT and DOUBLE as 8 memcomparable bytes; DECIMAL as precision, scale, binary; strings raw; JSON as type byte ‖ body.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "codec/number.h"
#include "types/decimal.h"
#include "types/field_type.h"
#include "types/time.h"
#include "types/value.h"

namespace sluice::types {
class TimeZone;
}

namespace sluice::codec {

inline constexpr unsigned char kRowVersion = 0x80;
inline constexpr unsigned char kRowFlagLarge = 0x01;
inline constexpr unsigned char kRowFlagChecksum = 0x02;
inline constexpr std::size_t kRowHeaderBytes = 6;

/// Builds rows one after another, reusing its buffers: no allocation per row once they have grown.
/// Columns may be added in any order (ascending ids are fastest), each id once. Thread-safety: one thread.
class RowWriter {
 public:
  void add_null(std::int64_t column_id);
  void add_int64(std::int64_t column_id, std::int64_t value);    // also YEAR
  void add_uint64(std::int64_t column_id, std::uint64_t value);  // also ENUM, SET, BIT
  void add_double(std::int64_t column_id, double value);
  /// With the precision and scale of the column.
  void add_decimal(std::int64_t column_id, const types::Decimal& value, int precision, int scale);
  void add_duration(std::int64_t column_id, types::Duration value) { add_int64(column_id, value.nanoseconds); }
  /// A time as it is stored: TIMESTAMP in UTC.
  void add_time(std::int64_t column_id, types::Time stored) { add_uint64(column_id, stored.packed); }
  /// Strings, and JSON as type byte ‖ body.
  void add_bytes(std::int64_t column_id, std::string_view bytes);
  /// A value of type `type`; TIMESTAMP is converted from `zone` (null: UTC). Borrows nothing.
  void add_value(std::int64_t column_id, const types::Value& value, const types::FieldType& type,
                 const types::TimeZone* zone);

  /// Appends the row to `out` and forgets its columns.
  void finish(std::string& out);
  /// The same with a version 1 checksum over the row and its `record_key`.
  void finish_with_checksum(std::string_view record_key, std::string& out);
  /// Forgets the columns added so far.
  void clear() noexcept;

 private:
  struct Column {
    std::int64_t id;
    std::uint32_t begin;
    std::uint32_t end;
  };

  void append_row(unsigned char flags, std::string& out);
  void close_column(std::int64_t column_id, std::size_t begin);

  std::vector<Column> columns_;
  std::vector<std::int64_t> nulls_;
  std::string data_;
  bool sorted_ = true;
};

/// Reads columns of one row in place. A value type over borrowed bytes, which must outlive it.
/// Safe for any bytes: what is out of bounds is kCorrupt, never read.
class RowReader {
 public:
  enum class Found : std::uint8_t { kValue, kNull, kAbsent, kCorrupt };

  RowReader() = default;
  explicit RowReader(std::string_view row) noexcept { reset(row); }
  /// Reads the header of another row.
  void reset(std::string_view row) noexcept;

  /// The header and the tables of ids and offsets lie within the row.
  bool is_valid() const noexcept { return valid_; }
  std::size_t not_null_count() const noexcept { return not_null_count_; }
  std::size_t null_count() const noexcept { return null_count_; }

  /// The bytes of a column's value, by a search over the ids.
  Found find(std::int64_t column_id, std::string_view& raw) const noexcept {
    if (!large_) {
      if (static_cast<std::uint64_t>(column_id) > 0xff) return absent_or_corrupt();
      // Ids are single distinct bytes: memchr is the fastest search.
      const void* hit = std::memchr(ids_, static_cast<int>(column_id), not_null_count_);
      if (hit != nullptr) return value_at(static_cast<std::size_t>(static_cast<const char*>(hit) - ids_), raw);
      if (std::memchr(ids_ + not_null_count_, static_cast<int>(column_id), null_count_) != nullptr) return Found::kNull;
      return absent_or_corrupt();
    }
    return find_large(column_id, raw);
  }

  /// Id and value of not-null column number `index`, in the order of ids. False if out of bounds or corrupt.
  bool column_at(std::size_t index, std::int64_t& column_id, std::string_view& raw) const noexcept;
  /// Id of null column number `index` < null_count().
  std::int64_t null_id_at(std::size_t index) const noexcept { return id_at(not_null_count_ + index); }

  /// Whether the row's version 1 checksum (if it has one) fits `record_key`.
  bool verify_checksum(std::string_view record_key) const noexcept;

 private:
  Found absent_or_corrupt() const noexcept { return valid_ ? Found::kAbsent : Found::kCorrupt; }
  Found find_large(std::int64_t column_id, std::string_view& raw) const noexcept;
  std::int64_t id_at(std::size_t index) const noexcept;

  std::size_t offset_at(std::size_t index) const noexcept {
    if (large_) {
      std::uint32_t offset;
      std::memcpy(&offset, offsets_ + 4 * index, 4);
      return offset;
    }
    std::uint16_t offset;
    std::memcpy(&offset, offsets_ + 2 * index, 2);
    return offset;
  }

  Found value_at(std::size_t index, std::string_view& raw) const noexcept {
    const std::size_t begin = index == 0 ? 0 : offset_at(index - 1);
    const std::size_t end = offset_at(index);
    if (begin > end || end > data_bytes_) return Found::kCorrupt;
    raw = std::string_view(data_ + begin, end - begin);
    return Found::kValue;
  }

  const char* ids_ = "";
  const char* offsets_ = "";
  const char* data_ = "";
  std::size_t data_bytes_ = 0;  // to the end of the row, checksum included
  std::uint32_t not_null_count_ = 0;
  std::uint32_t null_count_ = 0;
  bool large_ = false;
  bool has_checksum_ = false;
  bool valid_ = false;
  std::string_view row_;
};

static_assert(std::endian::native == std::endian::little, "row values are loaded as they lie");

// Decoders of single values, as RowReader::find gives them. Each returns false if `raw` has the wrong size or content.

[[nodiscard]] inline bool decode_row_int64(std::string_view raw, std::int64_t& out) noexcept {
  switch (raw.size()) {
    case 1: {
      out = static_cast<std::int8_t>(raw[0]);
      return true;
    }
    case 2: {
      std::int16_t value;
      std::memcpy(&value, raw.data(), 2);
      out = value;
      return true;
    }
    case 4: {
      std::int32_t value;
      std::memcpy(&value, raw.data(), 4);
      out = value;
      return true;
    }
    case 8:
      std::memcpy(&out, raw.data(), 8);
      return true;
    default:
      return false;
  }
}
[[nodiscard]] inline bool decode_row_uint64(std::string_view raw, std::uint64_t& out) noexcept {
  out = 0;
  switch (raw.size()) {
    case 1:
      out = static_cast<unsigned char>(raw[0]);
      return true;
    case 2:
      std::memcpy(&out, raw.data(), 2);
      return true;
    case 4:
      std::memcpy(&out, raw.data(), 4);
      return true;
    case 8:
      std::memcpy(&out, raw.data(), 8);
      return true;
    default:
      return false;
  }
}
[[nodiscard]] inline bool decode_row_double(std::string_view raw, double& out) noexcept {
  return decode_float(raw, out) && raw.empty();
}
[[nodiscard]] bool decode_row_decimal(std::string_view raw, types::Decimal& out) noexcept;
[[nodiscard]] inline bool decode_row_duration(std::string_view raw, types::Duration& out) noexcept {
  return decode_row_int64(raw, out.nanoseconds);
}
/// As stored: a TIMESTAMP is in UTC.
[[nodiscard]] inline bool decode_row_time(std::string_view raw, types::Time& out) noexcept {
  return decode_row_uint64(raw, out.packed);
}

/// A value of type `type`; TIMESTAMP is converted to `zone` (null: UTC).
/// Throws: SqlError 1105 if the bytes are not a value of that type.
types::Value decode_row_value(std::string_view raw, const types::FieldType& type, const types::TimeZone* zone);

}  // namespace sluice::codec
