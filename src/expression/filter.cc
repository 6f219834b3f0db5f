#include "expression/builder.h"
#include "expression/conversion.h"
#include "expression/eval_context.h"
#include "expression/truth.h"
#include "vector/chunk.h"

namespace sluice::expression {

namespace {

// Conditions that are strings (WHERE name): row by row.
void append_true_rows_boxed(const Expression& condition, const vector::ColumnVector& value, EvalContext& context,
                            vector::ActiveRows rows, std::vector<std::uint16_t>& out) {
  types::ConversionContext conversion = make_conversion_context(context);
  vector::for_each_row(rows, [&](std::size_t row) {
    if (!value.is_null(row) && types::value_to_bool(value.value_at(row), condition.type(), conversion)) {
      out.push_back(static_cast<std::uint16_t>(row));
    }
  });
}

}  // namespace

void filter(std::span<const ExpressionPtr> conjuncts, EvalContext& context, vector::Chunk& chunk) {
  vector::Selection kept;
  for (const ExpressionPtr& conjunct : conjuncts) {
    context.stop.poll();
    const vector::ActiveRows rows = chunk.active_rows();
    if (rows.count == 0) return;
    ScratchVector scratch(context, conjunct->physical_type());
    const vector::ColumnVector& value = conjunct->evaluate_rows(context, chunk, rows, *scratch);
    kept.clear();
    if (has_direct_truth(conjunct->physical_type())) {
      append_true_rows(value, rows, kept.mutable_rows());
    } else {
      append_true_rows_boxed(*conjunct, value, context, rows, kept.mutable_rows());
    }
    if (kept.size() != rows.count) chunk.swap_selection(kept);
  }
}

}  // namespace sluice::expression
