#pragma once

#include <cstdint>
#include <vector>

#include "expression/expression.h"

namespace sluice::expression {

struct BuildContext;

/// SQL's three truth values.
enum class Truth : std::uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2 };

/// The truth of `value` (of `type`) in `row`: NULL is unknown, numbers other than zero are true, strings count as their
/// numbers, and a document is true unless it is the number zero.
Truth truth_at(const vector::ColumnVector& value, std::size_t row);

/// Whether truth_at() reads vectors of `type` as they are; other types must be cast first (cast_to_truth()).
bool has_direct_truth(types::PhysicalType type) noexcept;

/// Casts a value to something that truth_at() reads: strings become doubles.
ExpressionPtr cast_to_truth(ExpressionPtr value, const BuildContext& context);

/// Appends to `out` those of `rows` in which `value` is true.
void append_true_rows(const vector::ColumnVector& value, vector::ActiveRows rows, std::vector<std::uint16_t>& out);

}  // namespace sluice::expression
