#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vector/chunk.h"

namespace sluice::types {
struct Collation;
}

namespace sluice::vector {

/// What equality means for one column of a join or grouping key.
struct KeyColumn {
  types::PhysicalType type;
  const types::Collation* collation = nullptr;  ///< of strings
  bool null_equals_null = false;                ///< GROUP BY, DISTINCT and <=>; else NULL equals nothing
};

/// Sets hashes[i] to the hash of key row rows[i]; values that are equal under `keys` have equal hashes.
/// Both integer types hash alike, so a signed column may join an unsigned one.
void hash_keys(std::span<const KeyColumn> keys, std::span<const ColumnVector* const> columns, ActiveRows rows,
               std::uint64_t* hashes);

/// Whether some column of `row` is NULL that equals nothing: such a row matches no other.
bool never_matches(std::span<const KeyColumn> keys, std::span<const ColumnVector* const> columns, std::size_t row);

class RowLayout;

/// Whether key row `row` of `columns` equals the packed `stored` row, whose key columns are `stored_columns` of `layout`.
bool key_equals(std::span<const KeyColumn> keys, std::span<const ColumnVector* const> columns, std::size_t row,
                const RowLayout& layout, std::span<const std::size_t> stored_columns, const std::byte* stored);

}  // namespace sluice::vector
