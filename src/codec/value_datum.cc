#include "codec/value_datum.h"

#include <cstring>

#include "codec/bytes.h"
#include "codec/datum.h"
#include "codec/number.h"
#include "types/convert.h"
#include "types/json.h"
#include "types/time_zone.h"

namespace sluice::codec {

using types::FieldType;
using types::PhysicalType;
using types::Time;
using types::TypeCode;
using types::Value;

void append_value_datum(const Value& value, const FieldType& type, const types::TimeZone* zone, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::kInt64:
      out.push_back(kDatumVarint);
      return append_varint(value.as_int64(), out);
    case Value::Kind::kUInt64:
      out.push_back(kDatumUvarint);
      return append_uvarint(value.as_uint64(), out);
    case Value::Kind::kDuration:
      out.push_back(kDatumVarint);
      return append_varint(value.as_duration().nanoseconds, out);
    case Value::Kind::kTime: {
      bool exists;
      const Time time =
          type.code == TypeCode::kTimestamp ? types::timestamp_to_utc(value.as_time(), zone, exists) : value.as_time();
      out.push_back(kDatumUvarint);
      return append_uvarint(time.packed, out);
    }
    case Value::Kind::kString:
      out.push_back(kDatumCompactBytes);
      return append_compact_bytes(value.as_string(), out);
    case Value::Kind::kJson:
      out.push_back(kDatumJson);
      out += value.as_json().binary();
      return;
    default:  // NULL, doubles and decimals lie as in keys
      return append_key_datum(value, type, zone, out);
  }
}

namespace {

/// Bytes of the JSON value (type byte and body) at the front of `in`; 0 if it does not end there.
std::size_t json_bytes(std::string_view in) noexcept {
  if (in.empty()) return 0;
  const auto type = static_cast<types::JsonType>(in.front());
  std::string_view body = in.substr(1);
  std::size_t size = 0;
  switch (type) {
    case types::JsonType::kObject:
    case types::JsonType::kArray: {
      if (body.size() < 8) return 0;
      std::uint32_t total;
      std::memcpy(&total, body.data() + 4, 4);
      size = total;
      break;
    }
    case types::JsonType::kLiteral:
      size = 1;
      break;
    case types::JsonType::kString:
    case types::JsonType::kOpaque: {
      std::string_view rest = body;
      if (type == types::JsonType::kOpaque && !rest.empty()) rest.remove_prefix(1);
      std::uint64_t length;
      if (!decode_uvarint(rest, length) || length > rest.size()) return 0;
      size = body.size() - rest.size() + static_cast<std::size_t>(length);
      break;
    }
    case types::JsonType::kTime:
      size = 12;
      break;
    default:
      size = 8;
  }
  return size <= body.size() ? 1 + size : 0;
}

bool decode_varint_datum(std::string_view& in, const FieldType& type, Value& out) {
  std::int64_t number;
  if (!decode_varint(in, number)) return false;
  switch (types::physical_type(type)) {
    case PhysicalType::kInt64:
      out = Value(number);
      return true;
    case PhysicalType::kDuration:
      out = Value(types::Duration{number});
      return true;
    default:
      return false;
  }
}

bool decode_uvarint_datum(std::string_view& in, const FieldType& type, const types::TimeZone* zone, Value& out) {
  std::uint64_t number;
  if (!decode_uvarint(in, number)) return false;
  switch (types::physical_type(type)) {
    case PhysicalType::kUInt64:
      out = Value(number);
      return true;
    case PhysicalType::kTime:
      out = Value(type.code == TypeCode::kTimestamp ? types::timestamp_from_utc(Time{number}, zone) : Time{number});
      return true;
    default:
      return false;
  }
}

}  // namespace

bool decode_value_datum(std::string_view& in, const FieldType& type, const types::TimeZone* zone, Value& out) {
  if (in.empty()) return false;
  const std::string_view payload = in.substr(1);
  switch (in.front()) {
    case kDatumVarint:
      in = payload;
      return decode_varint_datum(in, type, out);
    case kDatumUvarint:
      in = payload;
      return decode_uvarint_datum(in, type, zone, out);
    case kDatumCompactBytes: {
      in = payload;
      std::string_view bytes;
      if (types::physical_type(type) != PhysicalType::kString || !decode_compact_bytes(in, bytes)) return false;
      out = Value(bytes);
      return true;
    }
    case kDatumJson: {
      const std::size_t size = json_bytes(payload);
      if (types::physical_type(type) != PhysicalType::kJson || size == 0 ||
          !types::is_valid_json_binary(payload.substr(0, size)))
        return false;
      out = Value(types::Json::from_trusted_binary(std::string(payload.substr(0, size))));
      in = payload.substr(size);
      return true;
    }
    default:
      return decode_key_datum(in, type, zone, out);
  }
}

bool skip_value_datum(std::string_view& in, std::string_view* datum) noexcept {
  if (in.empty()) return false;
  const std::string_view start = in;
  bool ok = true;
  switch (in.front()) {
    case kDatumVarint:
    case kDatumUvarint: {
      in.remove_prefix(1);
      std::uint64_t ignored;
      ok = decode_uvarint(in, ignored);
      break;
    }
    case kDatumCompactBytes: {
      in.remove_prefix(1);
      std::string_view ignored;
      ok = decode_compact_bytes(in, ignored);
      break;
    }
    case kDatumJson: {
      const std::size_t size = json_bytes(in.substr(1));
      ok = size != 0;
      if (ok) in.remove_prefix(1 + size);
      break;
    }
    default:
      ok = skip_key_datum(in);
  }
  if (ok && datum != nullptr) *datum = start.substr(0, start.size() - in.size());
  return ok;
}

}  // namespace sluice::codec
