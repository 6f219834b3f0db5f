/// Small questions and rewritings of expression trees that all parts of the planner share.
#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/stop_token.h"
#include "catalog/table_info.h"
#include "expression/builder.h"
#include "expression/expression.h"
#include "planner/column_set.h"
#include "planner/physical_plan.h"

namespace sluice::planner {

using expression::ColumnRef;
using expression::Constant;
using expression::Expression;
using expression::FunctionCall;

/// The node as `T`, or nullptr.
const ColumnRef* as_column(const Expression& expression) noexcept;
const Constant* as_constant(const Expression& expression) noexcept;
const FunctionCall* as_call(const Expression& expression) noexcept;
/// A call of `name`, or nullptr.
const FunctionCall* as_call(const Expression& expression, std::string_view name) noexcept;
inline const ColumnRef* as_column(const ExpressionPtr& expression) noexcept { return as_column(*expression); }
inline const Constant* as_constant(const ExpressionPtr& expression) noexcept { return as_constant(*expression); }
inline const FunctionCall* as_call(const ExpressionPtr& expression) noexcept { return as_call(*expression); }

/// The type of a table column's values in expressions: the column's, but an integer's width holds its largest value (but for TINYINT(1), a boolean), whatever
/// display width the column was declared with.
types::FieldType value_type(const catalog::ColumnInfo& column);
/// A reference to an output column, position unset.
ExpressionPtr column_ref(const OutputColumn& column);
/// EXPLAIN's name of a column: db.table.column, or Column#N.
std::string display_name(const OutputColumn& column);

void collect_columns(const Expression& expression, ColumnSet& out);
ColumnSet columns_of(const Expression& expression);
ColumnSet columns_of(const std::vector<ExpressionPtr>& expressions);
/// Whether every column of `expression` is in `columns`.
bool uses_only(const Expression& expression, const ColumnSet& columns);

/// Replaces columns by id; `find` returns the replacement or nullptr to keep the column.
ExpressionPtr replace_columns(const ExpressionPtr& root, const std::function<ExpressionPtr(const ColumnRef&)>& find);
/// Replaces each subtree that equals `from[i]` by `to[i]`, larger subtrees first.
ExpressionPtr replace_subtrees(const ExpressionPtr& root, const std::vector<ExpressionPtr>& from,
                               const std::vector<ExpressionPtr>& to);

/// Where each column of a schema is, for looking many of them up: find_position() in constant time. Borrows `schema`, which must not change.
class ColumnPositions {
 public:
  explicit ColumnPositions(const std::vector<OutputColumn>& schema);
  /// Index of `column_id` (the first if it is there repeatedly), or -1.
  int find(std::int64_t column_id) const noexcept;

 private:
  const std::vector<OutputColumn>& schema_;
  std::unordered_map<std::int64_t, int> positions_;  // empty for short schemas
};

/// Sets every ColumnRef's position from `schema` (by id). Throws InternalError for a column that is not there; Stopped, polled every few hundred columns.
ExpressionPtr resolve_positions(const ExpressionPtr& root, const ColumnPositions& positions, StopToken stop);
ExpressionPtr resolve_positions(const ExpressionPtr& root, const std::vector<OutputColumn>& schema, StopToken stop);
/// Index of `column_id` in `schema`, or -1.
int find_position(const std::vector<OutputColumn>& schema, std::int64_t column_id) noexcept;

/// Whether a condition's Constant value is certainly true / certainly not true (0 or NULL).
bool is_always_true(const Expression& condition) noexcept;
bool is_never_true(const Expression& condition) noexcept;

/// Whether `condition` cannot be true when all of `columns` are NULL.
bool rejects_nulls(const ExpressionPtr& condition, const ColumnSet& columns, const expression::BuildContext& build);
/// Whether `expression` is certainly NULL when all of `columns` are NULL.
bool is_null_on_nulls(const Expression& expression, const ColumnSet& columns);

/// Appends `more` to `conditions`, leaving out those that equal one already there.
void add_conditions(std::vector<ExpressionPtr>& conditions, const std::vector<ExpressionPtr>& more);

/// NOT `condition`, with comparisons turned round where that keeps NULLs (a < b becomes a >= b).
ExpressionPtr negate(const ExpressionPtr& condition, const expression::BuildContext& build);

/// The comparison with its sides swapped: lt for gt; empty if `name` is no comparison.
std::string_view mirrored_comparison(std::string_view name) noexcept;
/// The comparison that is true exactly when `name` is false; empty if `name` is none.
std::string_view negated_comparison(std::string_view name) noexcept;

/// "a, b, c" of the expressions' texts.
std::string join_texts(const std::vector<ExpressionPtr>& expressions, std::string_view separator);

}  // namespace sluice::planner
