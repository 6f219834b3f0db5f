#include "types/compare.h"

#include <bit>

#include "base/check.h"
#include "types/collation.h"

namespace sluice::types {

namespace {

using Kind = Value::Kind;

bool is_number(Kind kind) { return kind >= Kind::kInt64 && kind <= Kind::kDecimal; }

double number_to_double(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt64:
      return static_cast<double>(value.as_int64());
    case Kind::kUInt64:
      return static_cast<double>(value.as_uint64());
    case Kind::kDecimal:
      return value.as_decimal().to_double();
    default:
      return value.as_double();
  }
}

Decimal number_to_decimal(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt64:
      return Decimal::from_int64(value.as_int64());
    case Kind::kUInt64:
      return Decimal::from_uint64(value.as_uint64());
    default:
      return value.as_decimal();
  }
}

int compare_mixed_numbers(const Value& a, const Value& b) {
  if (a.kind() == Kind::kDouble || b.kind() == Kind::kDouble)
    return compare_scalars(number_to_double(a), number_to_double(b));
  if (a.kind() == Kind::kDecimal || b.kind() == Kind::kDecimal)
    return Decimal::compare(number_to_decimal(a), number_to_decimal(b));
  if (a.kind() == Kind::kInt64) return compare_integers(a.as_int64(), b.as_uint64());
  return -compare_integers(b.as_int64(), a.as_uint64());
}

std::uint64_t mix(std::uint64_t value, std::uint64_t seed) {
  std::uint64_t hash = (value ^ seed) * 0x9fb21c651e98df25ull;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93ull;
  return hash ^ (hash >> 32);
}

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) { return binary_collation()->hash(bytes, seed); }

}  // namespace

int compare(const Value& a, const Value& b, const Collation* collation) {
  if (a.is_null() || b.is_null()) return static_cast<int>(b.is_null()) - static_cast<int>(a.is_null());
  if (a.kind() != b.kind()) {
    SLUICE_CHECK(is_number(a.kind()) && is_number(b.kind()), "comparison of values of kinds {} and {}",
                 static_cast<int>(a.kind()), static_cast<int>(b.kind()));
    return compare_mixed_numbers(a, b);
  }
  switch (a.kind()) {
    case Kind::kNull:
      return 0;
    case Kind::kInt64:
      return compare_scalars(a.as_int64(), b.as_int64());
    case Kind::kUInt64:
      return compare_scalars(a.as_uint64(), b.as_uint64());
    case Kind::kDouble:
      return compare_scalars(a.as_double(), b.as_double());
    case Kind::kDecimal:
      return Decimal::compare(a.as_decimal(), b.as_decimal());
    case Kind::kString:
      return collation != nullptr ? collation->compare(a.as_string(), b.as_string())
                                  : a.as_string().compare(b.as_string());
    case Kind::kTime:
      return compare_scalars(a.as_time().packed, b.as_time().packed);
    case Kind::kDuration:
      return compare_scalars(a.as_duration().nanoseconds, b.as_duration().nanoseconds);
    case Kind::kJson:
      return compare_json(a.as_json().view(), b.as_json().view());
  }
  return 0;
}

std::uint64_t hash(const Value& value, const Collation* collation, std::uint64_t seed) {
  switch (value.kind()) {
    case Kind::kNull:
      return mix(0x6e756c6c, seed);
    case Kind::kInt64:
      return mix(static_cast<std::uint64_t>(value.as_int64()), seed);
    case Kind::kUInt64:
      return mix(value.as_uint64(), seed);
    case Kind::kDouble: {
      const double number = value.as_double();
      return mix(std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number), seed);
    }
    case Kind::kDecimal:
      return value.as_decimal().hash(seed);
    case Kind::kString:
      return collation != nullptr ? collation->hash(value.as_string(), seed) : hash_bytes(value.as_string(), seed);
    case Kind::kTime:
      return mix(value.as_time().packed, seed);
    case Kind::kDuration:
      return mix(static_cast<std::uint64_t>(value.as_duration().nanoseconds), seed);
    case Kind::kJson:
      return hash_json(value.as_json().view(), seed);
  }
  return seed;
}

}  // namespace sluice::types
