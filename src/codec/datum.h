// SQL values inside keys: a flag byte, then a memcomparable payload.
//
//   00 NULL   01 bytes (strings: the collation's sort key)   03 int (signed integers, YEAR)   04 uint (unsigned integers, times,
//   ENUM, SET, BIT)   05 float   06 decimal: precision, scale, binary   07 duration: int of nanoseconds   fa after all values
//
// The layout is TiDB's. The typed append_ functions are the hot path of index writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/number.h"
#include "types/collation.h"
#include "types/decimal.h"
#include "types/field_type.h"
#include "types/time.h"
#include "types/value.h"

namespace sluice::types {
class TimeZone;
}

namespace sluice::codec {

inline constexpr char kDatumNull = 0x00;
inline constexpr char kDatumBytes = 0x01;
inline constexpr char kDatumCompactBytes = 0x02;
inline constexpr char kDatumInt = 0x03;
inline constexpr char kDatumUint = 0x04;
inline constexpr char kDatumFloat = 0x05;
inline constexpr char kDatumDecimal = 0x06;
inline constexpr char kDatumDuration = 0x07;
inline constexpr char kDatumVarint = 0x08;
inline constexpr char kDatumUvarint = 0x09;
inline constexpr char kDatumJson = 0x0a;
inline constexpr char kDatumMax = static_cast<char>(0xfa);

namespace internal {
inline void append_flagged(char flag, std::uint64_t payload, std::string& out) {
  char bytes[9];
  bytes[0] = flag;
  store_big_endian(payload, bytes + 1);
  out.append(bytes, sizeof(bytes));
}
}  // namespace internal

inline void append_key_null(std::string& out) { out.push_back(kDatumNull); }
/// Sorts after every value: the open end of a range.
inline void append_key_max(std::string& out) { out.push_back(kDatumMax); }
inline void append_key_int64(std::int64_t value, std::string& out) {
  internal::append_flagged(kDatumInt, static_cast<std::uint64_t>(value) ^ kSignBit, out);
}
inline void append_key_uint64(std::uint64_t value, std::string& out) {
  internal::append_flagged(kDatumUint, value, out);
}
inline void append_key_double(double value, std::string& out) {
  internal::append_flagged(kDatumFloat, double_to_ordered(value), out);
}
inline void append_key_duration(types::Duration value, std::string& out) {
  internal::append_flagged(kDatumDuration, static_cast<std::uint64_t>(value.nanoseconds) ^ kSignBit, out);
}
/// A time as it is stored: TIMESTAMP in UTC.
inline void append_key_time(types::Time stored, std::string& out) { append_key_uint64(stored.packed, out); }
void append_key_decimal(const types::Decimal& value, int precision, int scale, std::string& out);
/// Bytes without a collation, or a ready sort key.
inline void append_key_bytes(std::string_view bytes, std::string& out) {
  out.push_back(kDatumBytes);
  append_bytes(bytes, out);
}
/// A string by its collation's sort key; null: its bytes.
void append_key_string(std::string_view text, const types::Collation* collation, std::string& out);

/// A value of type `type`. TIMESTAMP is converted from `zone` (null: UTC) to UTC. `value` has the kind physical_type(type) or is NULL.
/// Throws: InternalError for a JSON value, which no key holds.
void append_key_datum(const types::Value& value, const types::FieldType& type, const types::TimeZone* zone,
                      std::string& out);

/// Takes one datum off the front of `in`. Strings give their sort key, which for a non-binary collation is not the value
/// (see index_value.h, restored data); TIMESTAMP is converted to `zone`. False if the bytes are malformed or do not match the type.
[[nodiscard]] bool decode_key_datum(std::string_view& in, const types::FieldType& type, const types::TimeZone* zone,
                                    types::Value& out);

/// Takes one datum of any type off the front of `in`; `datum` (if not null) gets its bytes with the flag.
[[nodiscard]] bool skip_key_datum(std::string_view& in, std::string_view* datum = nullptr) noexcept;

/// Whether the value cannot be had back from its sort key, so that index values must hold it: a non-binary string whose collation is not
/// utf8mb4_0900_bin, unless it is a CHAR/TEXT of another *_bin collation. Source: TiDB.
bool needs_restored_data(const types::FieldType& type) noexcept;

/// The part of `text` that a prefix index column of `length` characters (bytes if binary; -1: no prefix) holds.
std::string_view index_prefix_of(std::string_view text, const types::FieldType& type, int length) noexcept;

}  // namespace sluice::codec
