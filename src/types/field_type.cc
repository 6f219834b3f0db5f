#include "types/field_type.h"

#include <limits>

#include "base/check.h"
#include "types/collation.h"

namespace sluice::types {

bool FieldType::is_binary_string() const noexcept {
  return is_string() && (collation == nullptr || collation->charset->is_binary());
}

bool FieldType::is_numeric() const noexcept {
  return is_integer() || is_float() || code == TypeCode::kNewDecimal || code == TypeCode::kYear ||
         code == TypeCode::kBit;
}

std::string_view FieldType::name() const {
  const bool binary = is_binary_string();
  switch (code) {
    case TypeCode::kUnspecified:
      return "unspecified";
    case TypeCode::kTiny:
      return "tinyint";
    case TypeCode::kShort:
      return "smallint";
    case TypeCode::kInt24:
      return "mediumint";
    case TypeCode::kLong:
      return "int";
    case TypeCode::kLongLong:
      return "bigint";
    case TypeCode::kFloat:
      return "float";
    case TypeCode::kDouble:
      return "double";
    case TypeCode::kNull:
      return "null";
    case TypeCode::kTimestamp:
      return "timestamp";
    case TypeCode::kDate:
      return "date";
    case TypeCode::kDuration:
      return "time";
    case TypeCode::kDatetime:
      return "datetime";
    case TypeCode::kYear:
      return "year";
    case TypeCode::kBit:
      return "bit";
    case TypeCode::kJson:
      return "json";
    case TypeCode::kNewDecimal:
      return "decimal";
    case TypeCode::kEnum:
      return "enum";
    case TypeCode::kSet:
      return "set";
    case TypeCode::kTinyBlob:
      return binary ? "tinyblob" : "tinytext";
    case TypeCode::kMediumBlob:
      return binary ? "mediumblob" : "mediumtext";
    case TypeCode::kLongBlob:
      return binary ? "longblob" : "longtext";
    case TypeCode::kBlob:
      return binary ? "blob" : "text";
    case TypeCode::kVarchar:
      return binary ? "varbinary" : "varchar";
    case TypeCode::kVarString:
      return binary ? "var_binary" : "var_string";
    case TypeCode::kString:
      return binary ? "binary" : "char";
  }
  return "unspecified";
}

namespace {

void append_elements(const FieldType& type, std::string& out) {
  out.push_back('(');
  if (type.elements != nullptr) {
    for (std::size_t i = 0; i < type.elements->size(); ++i) {
      if (i != 0) out.push_back(',');
      out.push_back('\'');
      for (const char c : (*type.elements)[i]) {
        if (c == '\'') out.push_back('\'');
        out.push_back(c);
      }
      out.push_back('\'');
    }
  }
  out.push_back(')');
}

}  // namespace

std::string FieldType::to_string() const {
  std::string text(name());
  const auto append_length = [&text](std::int32_t length) { text += '(' + std::to_string(length) + ')'; };
  if (is_integer() || code == TypeCode::kYear || code == TypeCode::kBit) {
    const std::int32_t length = flen >= 0 ? flen : default_length(code, is_unsigned());
    // Display widths are deprecated: they are shown where they say something, in a BOOLEAN and with leading zeros.
    const bool is_shown = !is_integer() || is_zerofill() || (code == TypeCode::kTiny && length == 1);
    if (is_shown) append_length(length);
  } else if (code == TypeCode::kNewDecimal) {
    const std::int32_t precision = flen >= 0 ? flen : default_length(code, false);
    text += '(' + std::to_string(precision) + ',' + std::to_string(decimals >= 0 ? decimals : 0) + ')';
  } else if (is_float()) {
    if (flen >= 0 && decimals >= 0 && decimals <= kMaxDecimalScale)
      text += '(' + std::to_string(flen) + ',' + std::to_string(decimals) + ')';
  } else if (code == TypeCode::kVarchar || code == TypeCode::kVarString || code == TypeCode::kString) {
    if (flen >= 0) append_length(flen);
  } else if (code == TypeCode::kEnum || code == TypeCode::kSet) {
    append_elements(*this, text);
  } else if (is_temporal() && code != TypeCode::kDate) {
    if (fsp() > 0) append_length(fsp());
  } else if (is_blob_code(code) && code == TypeCode::kBlob) {
    constexpr std::int32_t kBlobBytes = 65'535;
    if (flen >= 0 && flen < kBlobBytes) append_length(flen);
  }
  if (is_integer() || is_float() || code == TypeCode::kNewDecimal) {
    if (is_unsigned()) text += " unsigned";
    if (is_zerofill()) text += " zerofill";
  }
  return text;
}

bool operator==(const FieldType& a, const FieldType& b) {
  if (a.code != b.code || a.flags != b.flags || a.flen != b.flen || a.decimals != b.decimals ||
      a.collation != b.collation)
    return false;
  if (a.elements == b.elements) return true;
  return a.elements != nullptr && b.elements != nullptr && *a.elements == *b.elements;
}

FieldType FieldType::of(TypeCode code, std::uint32_t flags) {
  FieldType type;
  type.code = code;
  type.flags = flags;
  type.flen = default_length(code, type.is_unsigned());
  if (code == TypeCode::kNewDecimal || is_integer_code(code)) type.decimals = 0;
  return type;
}

FieldType FieldType::bigint() { return of(TypeCode::kLongLong); }
FieldType FieldType::bigint_unsigned() { return of(TypeCode::kLongLong, field_flag::kUnsigned); }

FieldType FieldType::boolean() {
  FieldType type = of(TypeCode::kLongLong, field_flag::kIsBoolean);
  type.flen = 1;
  return type;
}

FieldType FieldType::double_precision() {
  FieldType type = of(TypeCode::kDouble);
  type.flen = 23;
  return type;
}

FieldType FieldType::decimal(int precision, int scale) {
  FieldType type = of(TypeCode::kNewDecimal);
  type.flen = precision;
  type.decimals = scale;
  return type;
}

FieldType FieldType::varchar(int characters, const Collation* collation) {
  FieldType type = of(TypeCode::kVarchar);
  type.flen = characters;
  type.collation = collation;
  return type;
}

FieldType FieldType::varbinary(int bytes) {
  FieldType type = varchar(bytes, binary_collation());
  type.flags = field_flag::kBinary;
  return type;
}

FieldType FieldType::date() { return of(TypeCode::kDate); }

namespace {

FieldType with_fsp(TypeCode code, int fsp) {
  FieldType type = FieldType::of(code);
  type.decimals = fsp;
  if (fsp > 0) type.flen += 1 + fsp;
  return type;
}

}  // namespace

FieldType FieldType::datetime(int fsp) { return with_fsp(TypeCode::kDatetime, fsp); }
FieldType FieldType::timestamp(int fsp) { return with_fsp(TypeCode::kTimestamp, fsp); }
FieldType FieldType::time(int fsp) { return with_fsp(TypeCode::kDuration, fsp); }
FieldType FieldType::year() { return of(TypeCode::kYear); }
FieldType FieldType::json() { return of(TypeCode::kJson); }
FieldType FieldType::null() { return of(TypeCode::kNull); }

PhysicalType physical_type(const FieldType& type) noexcept {
  switch (type.code) {
    case TypeCode::kTiny:
    case TypeCode::kShort:
    case TypeCode::kInt24:
    case TypeCode::kLong:
    case TypeCode::kLongLong:
      return type.is_unsigned() ? PhysicalType::kUInt64 : PhysicalType::kInt64;
    case TypeCode::kYear:
      return PhysicalType::kInt64;
    case TypeCode::kBit:
    case TypeCode::kEnum:
    case TypeCode::kSet:
      return PhysicalType::kUInt64;
    case TypeCode::kFloat:
    case TypeCode::kDouble:
      return PhysicalType::kDouble;
    case TypeCode::kNewDecimal:
      return PhysicalType::kDecimal;
    case TypeCode::kDate:
    case TypeCode::kDatetime:
    case TypeCode::kTimestamp:
      return PhysicalType::kTime;
    case TypeCode::kDuration:
      return PhysicalType::kDuration;
    case TypeCode::kJson:
      return PhysicalType::kJson;
    default:
      return PhysicalType::kString;
  }
}

std::int32_t default_length(TypeCode code, bool is_unsigned) noexcept {
  switch (code) {
    case TypeCode::kTiny:
      return is_unsigned ? 3 : 4;
    case TypeCode::kShort:
      return is_unsigned ? 5 : 6;
    case TypeCode::kInt24:
      return is_unsigned ? 8 : 9;
    case TypeCode::kLong:
      return is_unsigned ? 10 : 11;
    case TypeCode::kLongLong:
      return 20;
    case TypeCode::kYear:
      return 4;
    case TypeCode::kBit:
    case TypeCode::kString:
      return 1;
    case TypeCode::kNewDecimal:
    case TypeCode::kDate:
    case TypeCode::kDuration:
      return 10;
    case TypeCode::kDatetime:
    case TypeCode::kTimestamp:
      return 19;
    case TypeCode::kTinyBlob:
      return 255;
    case TypeCode::kBlob:
      return 65'535;
    case TypeCode::kMediumBlob:
      return 16'777'215;
    case TypeCode::kLongBlob:
    case TypeCode::kJson:
      return std::numeric_limits<std::int32_t>::max();
    default:
      return kUnspecifiedLength;
  }
}

namespace {

int integer_bits(TypeCode code) noexcept {
  switch (code) {
    case TypeCode::kTiny:
      return 8;
    case TypeCode::kShort:
      return 16;
    case TypeCode::kInt24:
      return 24;
    case TypeCode::kLong:
      return 32;
    default:
      return 64;
  }
}

}  // namespace

std::int64_t integer_min(TypeCode code) noexcept {
  return static_cast<std::int64_t>(~0ull << (integer_bits(code) - 1));
}
std::int64_t integer_max(TypeCode code) noexcept { return ~integer_min(code); }
std::uint64_t integer_max_unsigned(TypeCode code) noexcept { return ~0ull >> (64 - integer_bits(code)); }

}  // namespace sluice::types
