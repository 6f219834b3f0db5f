#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vector/chunk.h"

namespace sluice::types {
struct Collation;
}

namespace sluice::vector {

/// One column of an order.
struct SortColumn {
  types::PhysicalType type;
  const types::Collation* collation = nullptr;  ///< of strings
  bool descending = false;
};

/// Appends the normalised key of row `row` of `columns`: keys compare with memcmp as the rows sort. NULL sorts first, or last when
/// descending. Keys of one order are prefix-free.
///
/// Per column a byte 0 for NULL or 1, then (all bits inverted when descending):
///   integers, times   8 bytes, big endian, sign bit flipped for signed ones
///   double            8 bytes, order-preserving bits
///   decimal           sign byte, exponent byte, digits, terminator
///   string            the collation's sort key, 00 escaped as 00 FF, ended by 00 00
///   JSON              rank of the type, then number, text or bytes
void append_sort_key(std::span<const SortColumn> order, std::span<const ColumnVector* const> columns, std::size_t row,
                     std::string& out);

}  // namespace sluice::vector
