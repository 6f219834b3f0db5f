// Order, equality and hash of single values.
#pragma once

#include <cstdint>

#include "types/value.h"

namespace sluice::types {

struct Collation;

/// Negative, 0 or positive as `a` sorts before, with or after `b`; NULL sorts first and equals NULL.
///
/// Values must be of one kind; int64, uint64, double and decimal may be mixed and compare by exact value (double against the
/// others as doubles). Strings compare by `collation`, by bytes if it is null. Throws: InternalError for other mixtures.
int compare(const Value& a, const Value& b, const Collation* collation);

/// Hash of a value; values of one kind (int64 and uint64 count as one) that compare equal have equal hashes.
std::uint64_t hash(const Value& value, const Collation* collation, std::uint64_t seed);

/// Exact comparison of signed with unsigned.
constexpr int compare_integers(std::int64_t a, std::uint64_t b) noexcept {
  return a < 0 || static_cast<std::uint64_t>(a) < b ? -1 : static_cast<std::uint64_t>(a) == b ? 0 : 1;
}
template <class T>
constexpr int compare_scalars(T a, T b) noexcept {
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace sluice::types
