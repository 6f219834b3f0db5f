#include "vector/key.h"

#include <cstring>

#include "types/collation.h"
#include "types/decimal.h"
#include "types/json.h"
#include "vector/row_container.h"

namespace sluice::vector {

using types::PhysicalType;

namespace {

constexpr std::uint64_t kSeed = 0x9ae16a3b2f90404fULL;
constexpr std::uint64_t kNullHash = 0x2545f4914f6cdd1dULL;

// The finaliser of MurmurHash3: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t value) noexcept {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  value ^= value >> 33;
  return value;
}

std::uint64_t combine(std::uint64_t seed, std::uint64_t hash) noexcept { return mix(seed * 31 + hash); }

// Both zeros are one number.
std::uint64_t double_bits(double value) noexcept {
  value = value == 0 ? 0.0 : value;
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

template <class T, class Hash>
void hash_column(const ColumnVector& column, ActiveRows rows, std::uint64_t* hashes, Hash hash) {
  const T* values = column.values<T>().data();
  const std::size_t mask = column.index_mask();
  const bool has_nulls = column.has_nulls();
  for (std::size_t position = 0; position < rows.count; ++position) {
    const std::size_t row = rows[position];
    const std::uint64_t value_hash = has_nulls && column.is_null(row) ? kNullHash : hash(values[row & mask]);
    hashes[position] = combine(hashes[position], value_hash);
  }
}

}  // namespace

void hash_keys(std::span<const KeyColumn> keys, std::span<const ColumnVector* const> columns, ActiveRows rows,
               std::uint64_t* hashes) {
  for (std::size_t position = 0; position < rows.count; ++position) hashes[position] = kSeed;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    const ColumnVector& column = *columns[index];
    switch (column.type()) {
      case PhysicalType::kDouble:
        hash_column<double>(column, rows, hashes, double_bits);
        break;
      case PhysicalType::kDecimal:
        hash_column<types::Decimal>(column, rows, hashes, [](const types::Decimal& value) { return value.hash(0); });
        break;
      case PhysicalType::kString: {
        const types::Collation* collation = keys[index].collation;
        hash_column<StringSlot>(column, rows, hashes,
                                [collation](const StringSlot& slot) { return collation->hash(slot.view(), 0); });
        break;
      }
      case PhysicalType::kJson:
        hash_column<StringSlot>(column, rows, hashes, [](const StringSlot& slot) {
          return types::hash_json(types::JsonView::from_binary(slot.view()), 0);
        });
        break;
      default:
        hash_column<std::uint64_t>(column, rows, hashes, [](std::uint64_t value) { return value; });
    }
  }
}

bool never_matches(std::span<const KeyColumn> keys, std::span<const ColumnVector* const> columns, std::size_t row) {
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (!keys[index].null_equals_null && columns[index]->is_null(row)) return true;
  }
  return false;
}

bool key_equals(std::span<const KeyColumn> keys, std::span<const ColumnVector* const> columns, std::size_t row,
                const RowLayout& layout, std::span<const std::size_t> stored_columns, const std::byte* stored) {
  for (std::size_t index = 0; index < keys.size(); ++index) {
    const ColumnVector& column = *columns[index];
    const std::size_t stored_column = stored_columns[index];
    const bool stored_null = RowLayout::is_null(stored, stored_column);
    if (column.is_null(row) || stored_null) {
      if (!(column.is_null(row) && stored_null && keys[index].null_equals_null)) return false;
      continue;
    }
    bool equal = false;
    switch (column.type()) {
      case PhysicalType::kDouble:
        equal = column.at<double>(row) == layout.value<double>(stored, stored_column);
        break;
      case PhysicalType::kDecimal:
        equal = column.at<types::Decimal>(row) == layout.value<types::Decimal>(stored, stored_column);
        break;
      case PhysicalType::kString: {
        const StringSlot& left = column.at<StringSlot>(row);
        const StringSlot& right = layout.value<StringSlot>(stored, stored_column);
        equal = left == right || keys[index].collation->equal(left.view(), right.view());
        break;
      }
      case PhysicalType::kJson:
        equal = types::compare_json(
                    types::JsonView::from_binary(column.string_at(row)),
                    types::JsonView::from_binary(layout.value<StringSlot>(stored, stored_column).view())) == 0;
        break;
      default: {
        const std::uint64_t left = column.at<std::uint64_t>(row);
        equal = left == layout.value<std::uint64_t>(stored, stored_column);
        // A negative number has the bits of a large unsigned one.
        const PhysicalType stored_type = layout.type(stored_column);
        if (equal && stored_type != column.type() && static_cast<std::int64_t>(left) < 0) equal = false;
      }
    }
    if (!equal) return false;
  }
  return true;
}

}  // namespace sluice::vector
