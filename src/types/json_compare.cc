#include <algorithm>
#include <cmath>
#include <limits>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "types/json.h"
#include "types/json_condition.h"
#include "types/type_code.h"

namespace sluice::types {

namespace {

/// The order of the types. Source: MySQL manual, "Comparison and Ordering of JSON Values".
int precedence(JsonView view) {
  switch (view.type()) {
    case JsonType::kLiteral:
      return view.is_null() ? 0 : 5;
    case JsonType::kInt64:
    case JsonType::kUInt64:
    case JsonType::kDouble:
      return 1;
    case JsonType::kString:
      return 2;
    case JsonType::kObject:
      return 3;
    case JsonType::kArray:
      return 4;
    case JsonType::kDate:
      return 6;
    case JsonType::kTime:
      return 7;
    case JsonType::kDatetime:
    case JsonType::kTimestamp:
      return 8;
    case JsonType::kOpaque:
      return view.opaque_type() == static_cast<std::uint8_t>(TypeCode::kBit) ? 9 : 10;
  }
  return 11;
}

template <class T>
int order_of(const T& left, const T& right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

/// Holds every int64, uint64 and double exactly.
using ExactNumber = long double;
static_assert(std::numeric_limits<ExactNumber>::digits >= 64);

ExactNumber number_of(JsonView view) {
  switch (view.type()) {
    case JsonType::kInt64:
      return static_cast<ExactNumber>(view.int64());
    case JsonType::kUInt64:
      return static_cast<ExactNumber>(view.uint64());
    default:
      return static_cast<ExactNumber>(view.float64());
  }
}

int compare_arrays(JsonView left, JsonView right) {
  const std::size_t common = std::min(left.size(), right.size());
  for (std::size_t index = 0; index < common; ++index) {
    const int order = compare_json(left.element(index), right.element(index));
    if (order != 0) return order;
  }
  return order_of(left.size(), right.size());
}

// MySQL promises equality of objects only; the order here is by size, then keys, then values.
int compare_objects(JsonView left, JsonView right) {
  if (left.size() != right.size()) return order_of(left.size(), right.size());
  for (std::size_t index = 0; index < left.size(); ++index) {
    const int order = left.key(index).compare(right.key(index));
    if (order != 0) return order;
  }
  for (std::size_t index = 0; index < left.size(); ++index) {
    const int order = compare_json(left.member(index), right.member(index));
    if (order != 0) return order;
  }
  return 0;
}

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

template <class T>
std::uint64_t hash_plain(T value, std::uint64_t seed) {
  return XXH3_64bits_withSeed(&value, sizeof(value), seed);
}

/// Whole numbers hash by their value in 64 bits, so that 1, 1.0 and unsigned 1 agree.
std::uint64_t hash_number(JsonView view, std::uint64_t seed) {
  if (view.type() != JsonType::kDouble) return hash_plain(view.uint64(), seed);
  const double number = view.float64();
  if (number == std::trunc(number)) {
    if (number >= -0x1p63 && number < 0x1p63) return hash_plain(static_cast<std::int64_t>(number), seed);
    if (number >= 0 && number < 0x1p64) return hash_plain(static_cast<std::uint64_t>(number), seed);
  }
  return hash_plain(number, seed);
}

}  // namespace

int compare_json(JsonView left, JsonView right) {
  const int left_precedence = precedence(left);
  const int right_precedence = precedence(right);
  if (left_precedence != right_precedence) return order_of(left_precedence, right_precedence);
  switch (left.type()) {
    case JsonType::kLiteral:
      return left.is_null() ? 0 : order_of(left.boolean(), right.boolean());
    case JsonType::kInt64:
    case JsonType::kUInt64:
    case JsonType::kDouble:
      return order_of(number_of(left), number_of(right));
    case JsonType::kString:
      return left.string().compare(right.string());
    case JsonType::kOpaque: {
      const int order = left.string().compare(right.string());
      return order != 0 ? order : order_of(left.opaque_type(), right.opaque_type());
    }
    case JsonType::kObject:
      return compare_objects(left, right);
    case JsonType::kArray:
      return compare_arrays(left, right);
    case JsonType::kDate:
    case JsonType::kDatetime:
    case JsonType::kTimestamp:
      return order_of(left.packed_time(), right.packed_time());
    case JsonType::kTime:
      return order_of(left.nanoseconds(), right.nanoseconds());
  }
  return 0;
}

std::uint64_t hash_json(JsonView view, std::uint64_t seed) {
  seed = hash_plain(precedence(view), seed);
  switch (view.type()) {
    case JsonType::kLiteral:
      return view.is_null() ? seed : hash_plain(view.boolean(), seed);
    case JsonType::kInt64:
    case JsonType::kUInt64:
    case JsonType::kDouble:
      return hash_number(view, seed);
    case JsonType::kString:
    case JsonType::kOpaque:
      return hash_bytes(view.string(), seed);
    case JsonType::kObject:
      for (std::size_t index = 0; index < view.size(); ++index)
        seed = hash_json(view.member(index), hash_bytes(view.key(index), seed));
      return hash_plain(view.size(), seed);
    case JsonType::kArray:
      for (std::size_t index = 0; index < view.size(); ++index) seed = hash_json(view.element(index), seed);
      return hash_plain(view.size(), seed);
    case JsonType::kDate:
    case JsonType::kDatetime:
    case JsonType::kTimestamp:
      return hash_plain(view.packed_time(), seed);
    case JsonType::kTime:
      return hash_plain(view.nanoseconds(), seed);
  }
  return seed;
}

bool is_json_zero(JsonView value) noexcept {
  switch (value.type()) {
    case JsonType::kInt64:
      return value.int64() == 0;
    case JsonType::kUInt64:
      return value.uint64() == 0;
    case JsonType::kDouble:
      return value.float64() == 0;
    default:
      return false;
  }
}

}  // namespace sluice::types
