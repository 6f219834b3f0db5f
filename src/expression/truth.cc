#include "expression/truth.h"

#include "expression/build_context.h"
#include "expression/builder.h"
#include "expression/function_registry.h"
#include "types/decimal.h"
#include "types/json_condition.h"

namespace sluice::expression {

using types::PhysicalType;
using vector::ColumnVector;

bool has_direct_truth(PhysicalType type) noexcept { return type != PhysicalType::kString; }

Truth truth_at(const ColumnVector& value, std::size_t row) {
  if (value.is_null(row)) return Truth::kUnknown;
  switch (value.type()) {
    case PhysicalType::kDouble:
      return value.at<double>(row) != 0 ? Truth::kTrue : Truth::kFalse;
    case PhysicalType::kDecimal:
      return value.at<types::Decimal>(row).is_zero() ? Truth::kFalse : Truth::kTrue;
    case PhysicalType::kJson: {
      const types::JsonView document = types::JsonView::from_binary(value.at<vector::StringSlot>(row).view());
      return types::is_json_zero(document) ? Truth::kFalse : Truth::kTrue;
    }
    default:  // integers, packed times and durations are zero when all their bits are
      return value.at<std::uint64_t>(row) != 0 ? Truth::kTrue : Truth::kFalse;
  }
}

ExpressionPtr cast_to_truth(ExpressionPtr value, const BuildContext& context) {
  if (value->type().code == types::TypeCode::kNull)
    return make_cast(std::move(value), int_type(), context, CastKind::kImplicit);
  if (has_direct_truth(value->physical_type())) return value;
  return make_cast(std::move(value), double_type(), context, CastKind::kImplicit);
}

void append_true_rows(const ColumnVector& value, vector::ActiveRows rows, std::vector<std::uint16_t>& out) {
  const std::size_t old_size = out.size();
  if (value.is_constant()) {
    if (truth_at(value, 0) != Truth::kTrue) return;
    out.resize(old_size + rows.count);
    for (std::size_t position = 0; position < rows.count; ++position) {
      out[old_size + position] = static_cast<std::uint16_t>(rows[position]);
    }
    return;
  }
  out.resize(old_size + rows.count);
  std::uint16_t* target = out.data() + old_size;
  std::size_t kept = 0;
  const bool integer = value.type() != PhysicalType::kDouble && value.type() != PhysicalType::kDecimal &&
                       value.type() != PhysicalType::kJson;
  if (integer && !value.has_nulls()) {
    // Without a branch: the row is written and kept only if it is true.
    const std::uint64_t* values = value.values<std::uint64_t>().data();
    vector::for_each_row(rows, [&](std::size_t row) {
      target[kept] = static_cast<std::uint16_t>(row);
      kept += values[row] != 0;
    });
  } else {
    vector::for_each_row(rows, [&](std::size_t row) {
      target[kept] = static_cast<std::uint16_t>(row);
      kept += truth_at(value, row) == Truth::kTrue;
    });
  }
  out.resize(old_size + kept);
}

}  // namespace sluice::expression
