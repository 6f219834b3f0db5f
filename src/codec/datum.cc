#include "codec/datum.h"

#include "base/check.h"
#include "types/charset.h"
#include "types/convert.h"
#include "types/time_zone.h"

namespace sluice::codec {

using types::Decimal;
using types::Duration;
using types::FieldType;
using types::PhysicalType;
using types::Time;
using types::TypeCode;
using types::Value;

void append_key_decimal(const Decimal& value, int precision, int scale, std::string& out) {
  if (precision <= 0) {
    scale = value.scale();
    precision = value.precision();
  }
  if (scale < 0) scale = 0;
  out.push_back(kDatumDecimal);
  out.push_back(static_cast<char>(precision));
  out.push_back(static_cast<char>(scale));
  value.append_binary(precision, scale, out);
}

void append_key_string(std::string_view text, const types::Collation* collation, std::string& out) {
  if (collation == nullptr) {
    append_key_bytes(text, out);
  } else if (collation->is_bytewise()) {
    append_key_bytes(collation->pad_space ? types::trim_trailing_spaces(text) : text, out);
  } else {
    thread_local std::string sort_key;
    sort_key.clear();
    collation->append_sort_key(text, sort_key);
    append_key_bytes(sort_key, out);
  }
}

void append_key_datum(const Value& value, const FieldType& type, const types::TimeZone* zone, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return append_key_null(out);
    case Value::Kind::kInt64:
      return append_key_int64(value.as_int64(), out);
    case Value::Kind::kUInt64:
      return append_key_uint64(value.as_uint64(), out);
    case Value::Kind::kDouble:
      return append_key_double(value.as_double(), out);
    case Value::Kind::kDecimal:
      return append_key_decimal(value.as_decimal(), type.flen, type.decimals, out);
    case Value::Kind::kString:
      return append_key_string(value.as_string(), type.collation, out);
    case Value::Kind::kTime: {
      Time time = value.as_time();
      if (type.code == TypeCode::kTimestamp) {
        bool exists;
        time = types::timestamp_to_utc(time, zone, exists);
      }
      return append_key_time(time, out);
    }
    case Value::Kind::kDuration:
      return append_key_duration(value.as_duration(), out);
    case Value::Kind::kJson:
      break;
  }
  SLUICE_CHECK(false, "no key holds a JSON value");
}

namespace {

bool decode_decimal(std::string_view& in, Decimal& out) {
  if (in.size() < 2) return false;
  const int precision = static_cast<unsigned char>(in[0]);
  const int scale = static_cast<unsigned char>(in[1]);
  if (precision > Decimal::kMaxPrecision + Decimal::kMaxScale || scale > Decimal::kMaxScale || scale > precision)
    return false;
  const std::size_t size = Decimal::binary_bytes(precision, scale);
  if (in.size() < 2 + size || !Decimal::from_binary(in.substr(2, size), precision, scale, out)) return false;
  in.remove_prefix(2 + size);
  return true;
}

bool decode_uint_datum(std::string_view& in, const FieldType& type, const types::TimeZone* zone, Value& out) {
  std::uint64_t bits;
  if (!decode_uint(in, bits)) return false;
  switch (types::physical_type(type)) {
    case PhysicalType::kTime:
      out = Value(type.code == TypeCode::kTimestamp ? types::timestamp_from_utc(Time{bits}, zone) : Time{bits});
      return true;
    case PhysicalType::kUInt64:
      out = Value(bits);
      return true;
    default:
      return false;
  }
}

}  // namespace

bool decode_key_datum(std::string_view& in, const FieldType& type, const types::TimeZone* zone, Value& out) {
  if (in.empty()) return false;
  const char flag = in.front();
  in.remove_prefix(1);
  const PhysicalType physical = types::physical_type(type);
  switch (flag) {
    case kDatumNull:
      out = Value();
      return true;
    case kDatumInt: {
      std::int64_t number;
      if (physical != PhysicalType::kInt64 || !decode_int(in, number)) return false;
      out = Value(number);
      return true;
    }
    case kDatumUint:
      return decode_uint_datum(in, type, zone, out);
    case kDatumFloat: {
      double number;
      if (physical != PhysicalType::kDouble || !decode_float(in, number)) return false;
      out = Value(number);
      return true;
    }
    case kDatumDecimal: {
      Decimal number;
      if (physical != PhysicalType::kDecimal || !decode_decimal(in, number)) return false;
      out = Value(number);
      return true;
    }
    case kDatumDuration: {
      std::int64_t nanoseconds;
      if (physical != PhysicalType::kDuration || !decode_int(in, nanoseconds)) return false;
      out = Value(Duration{nanoseconds});
      return true;
    }
    case kDatumBytes: {
      std::string bytes;
      if (physical != PhysicalType::kString || !decode_bytes(in, bytes)) return false;
      out = Value(std::move(bytes));
      return true;
    }
    default:
      return false;
  }
}

bool skip_key_datum(std::string_view& in, std::string_view* datum) noexcept {
  if (in.empty()) return false;
  const std::string_view start = in;
  const char flag = in.front();
  in.remove_prefix(1);
  switch (flag) {
    case kDatumNull:
    case kDatumMax:
      break;
    case kDatumInt:
    case kDatumUint:
    case kDatumFloat:
    case kDatumDuration:
      if (in.size() < 8) return false;
      in.remove_prefix(8);
      break;
    case kDatumBytes:
      if (!skip_bytes(in)) return false;
      break;
    case kDatumDecimal: {
      if (in.size() < 2) return false;
      const int precision = static_cast<unsigned char>(in[0]);
      const int scale = static_cast<unsigned char>(in[1]);
      if (scale > precision) return false;
      const std::size_t size = 2 + Decimal::binary_bytes(precision, scale);
      if (in.size() < size) return false;
      in.remove_prefix(size);
      break;
    }
    default:
      return false;
  }
  if (datum != nullptr) *datum = start.substr(0, start.size() - in.size());
  return true;
}

bool needs_restored_data(const FieldType& type) noexcept {
  if (!type.is_string() || type.is_binary_string() || type.collation == nullptr) return false;
  if (type.collation->name == "utf8mb4_0900_bin") return false;
  const bool bytewise = type.collation->is_bytewise();
  return !bytewise || type.code == TypeCode::kVarchar;
}

std::string_view index_prefix_of(std::string_view text, const FieldType& type, int length) noexcept {
  if (length < 0 || !type.is_string() || text.size() <= static_cast<std::size_t>(length)) return text;
  if (type.collation == nullptr || type.collation->charset->max_bytes == 1)
    return text.substr(0, static_cast<std::size_t>(length));
  return text.substr(0, type.collation->charset->offset(text, static_cast<std::size_t>(length)));
}

}  // namespace sluice::codec
