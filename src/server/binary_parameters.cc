#include "server/binary_parameters.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "base/sql_error.h"
#include "types/collation.h"

namespace sluice::server {
namespace {

using types::TypeCode;
using types::Value;

types::FieldType type_of(std::uint8_t code, bool is_unsigned) {
  types::FieldType type;
  type.code = static_cast<TypeCode>(code);
  if (is_unsigned) type.flags |= types::field_flag::kUnsigned;
  type.collation = types::binary_collation();
  return type;
}

constexpr std::uint32_t kTooManyMicroseconds = 1'000'000;
constexpr std::uint32_t kMoreDaysThanTimeHolds = 100;

Value integer(const types::FieldType& type, std::uint64_t bits, int bytes) {
  if (type.is_unsigned()) return Value(bits);
  const int shift = 64 - 8 * bytes;
  return Value(static_cast<std::int64_t>(bits << shift) >> shift);
}

Value time_value(PayloadReader& reader) {
  const std::uint8_t length = reader.int1();
  PayloadReader parts(reader.bytes(length));
  types::TimeParts time{};
  if (length >= 4) {
    time.year = parts.int2();
    time.month = parts.int1();
    time.day = parts.int1();
  }
  if (length >= 7) {
    time.hour = parts.int1();
    time.minute = parts.int1();
    time.second = parts.int1();
  }
  if (length >= 11) time.microsecond = static_cast<int>(std::min<std::uint32_t>(parts.int4(), kTooManyMicroseconds));
  if (!types::is_valid_time(time, true)) {
    throw SqlError(
        ErrorCode::kTruncatedWrongValue, "datetime",
        format_message("{}-{}-{} {}:{}:{}", {time.year, time.month, time.day, time.hour, time.minute, time.second}));
  }
  return Value(types::Time::from_parts(time));
}

Value duration_value(PayloadReader& reader) {
  const std::uint8_t length = reader.int1();
  PayloadReader parts(reader.bytes(length));
  if (length < 8) return Value(types::Duration{});
  const bool negative = parts.int1() != 0;
  // Beyond the range of TIME all are its largest value.
  const std::int64_t days = std::min<std::uint32_t>(parts.int4(), kMoreDaysThanTimeHolds);
  const int hours = parts.int1();
  const int minutes = parts.int1();
  const int seconds = parts.int1();
  const std::uint32_t microseconds = length >= 12 ? parts.int4() : 0;
  if (hours > 23 || minutes > 59 || seconds > 59 || microseconds >= kTooManyMicroseconds) {
    throw SqlError(ErrorCode::kTruncatedWrongValue, "time",
                   format_message("{} {}:{}:{}", {days, hours, minutes, seconds}));
  }
  const types::Duration whole =
      types::Duration::from_parts(false, days * 24 + hours, minutes, seconds, static_cast<int>(microseconds));
  const std::int64_t nanoseconds = std::min(whole.nanoseconds, types::Duration::kMaxNanoseconds);
  return Value(types::Duration{negative ? -nanoseconds : nanoseconds});
}

/// Reads one value and settles its type, so that it fits the value's kind.
session::BoundParameter read_value(PayloadReader& reader, types::FieldType type) {
  switch (type.code) {
    case TypeCode::kNull:
      return {Value::null(), type};
    case TypeCode::kTiny: {
      const std::uint8_t bits = reader.int1();
      type.code = TypeCode::kLongLong;
      return {integer(type, bits, 1), type};
    }
    case TypeCode::kShort:
    case TypeCode::kYear: {
      const std::uint16_t bits = reader.int2();
      type.code = TypeCode::kLongLong;
      return {integer(type, bits, 2), type};
    }
    case TypeCode::kLong:
    case TypeCode::kInt24: {
      const std::uint32_t bits = reader.int4();
      type.code = TypeCode::kLongLong;
      return {integer(type, bits, 4), type};
    }
    case TypeCode::kLongLong:
      return {integer(type, reader.int8(), 8), type};
    case TypeCode::kFloat: {
      const std::uint32_t bits = reader.int4();
      float value;
      std::memcpy(&value, &bits, 4);
      type.code = TypeCode::kDouble;
      return {Value(static_cast<double>(value)), type};
    }
    case TypeCode::kDouble: {
      const std::uint64_t bits = reader.int8();
      double value;
      std::memcpy(&value, &bits, 8);
      return {Value(value), type};
    }
    case TypeCode::kDate:
    case TypeCode::kDatetime:
    case TypeCode::kTimestamp:
      type.code = type.code == TypeCode::kDate ? TypeCode::kDate : TypeCode::kDatetime;
      type.decimals = type.code == TypeCode::kDate ? 0 : 6;
      return {time_value(reader), type};
    case TypeCode::kDuration:
      type.decimals = 6;
      return {duration_value(reader), type};
    case TypeCode::kTinyBlob:
    case TypeCode::kMediumBlob:
    case TypeCode::kLongBlob:
    case TypeCode::kBlob: {
      types::FieldType bytes = type_of(static_cast<std::uint8_t>(TypeCode::kVarString), false);
      return {Value(reader.length_string()), bytes};
    }
    default:
      break;
  }
  types::FieldType text = type_of(static_cast<std::uint8_t>(TypeCode::kVarString), false);
  text.collation = types::default_collation();
  return {Value(reader.length_string()), text};
}

}  // namespace

void StatementBinding::add_long_data(std::uint16_t parameter, std::string_view piece, std::uint64_t limit) {
  std::string& data = long_data[parameter];
  if (is_too_long || data.size() + piece.size() > limit) {
    drop_long_data();
    is_too_long = true;
    return;
  }
  data.append(piece);
}

void StatementBinding::drop_long_data() {
  long_data.clear();
  is_too_long = false;
}

std::vector<session::BoundParameter> read_parameters(PayloadReader& reader, std::uint16_t count,
                                                     StatementBinding& binding) {
  std::vector<session::BoundParameter> parameters;
  if (binding.is_too_long) {
    binding.drop_long_data();
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "Parameter of prepared statement which is set through mysql_send_long_data() is "
                                 "longer than 'max_allowed_packet' bytes");
  }
  if (count == 0) return parameters;
  const std::string_view nulls = reader.bytes((count + 7u) / 8);
  if (reader.int1() != 0) {
    binding.types.clear();
    for (std::uint16_t i = 0; i < count; ++i) {
      const std::uint8_t code = reader.int1();
      const bool is_unsigned = (reader.int1() & 0x80) != 0;
      binding.types.push_back(type_of(code, is_unsigned));
    }
  }
  if (binding.types.size() != count) throw SqlError(ErrorCode::kWrongArguments, "COM_STMT_EXECUTE");
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto sent = binding.long_data.find(i);
    if (sent != binding.long_data.end()) {
      types::FieldType type = type_of(static_cast<std::uint8_t>(TypeCode::kVarString), false);
      const TypeCode code = binding.types[i].code;
      const bool is_bytes = code == TypeCode::kBlob || code == TypeCode::kTinyBlob || code == TypeCode::kMediumBlob ||
                            code == TypeCode::kLongBlob;
      if (!is_bytes) type.collation = types::default_collation();
      parameters.push_back({Value(std::string_view(sent->second)), type});
    } else if ((static_cast<unsigned char>(nulls[i / 8]) >> (i % 8) & 1) != 0) {
      parameters.push_back({Value::null(), binding.types[i]});
    } else {
      parameters.push_back(read_value(reader, binding.types[i]));
    }
  }
  binding.drop_long_data();
  return parameters;
}

}  // namespace sluice::server
