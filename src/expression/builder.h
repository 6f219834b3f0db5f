#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "expression/build_context.h"
#include "expression/expression.h"

namespace sluice::expression {

/// A call of function or operator `name` (lower case; operators by TiDB's names: eq, nulleq, ne, lt, le, gt, ge, plus,
/// minus, mul, div, intdiv, mod, unaryminus, and, or, xor, not, bitand, bitor, bitxor, bitneg, leftshift, rightshift, in, like,
/// isnull, istrue, isfalse, case, if, ifnull, coalesce, setvar, getvar, ...). Arguments are cast as MySQL casts them, the result type follows
/// MySQL's rules.
///
/// Throws: SqlError 1305 (no such function), 1582 (argument count), 1267/1270/1271 (collations), what the function checks.
ExpressionPtr make_function(std::string_view name, std::vector<ExpressionPtr> arguments, const BuildContext& context);

/// Whether `name` is a scalar function or operator that make_function() knows.
bool is_known_function(std::string_view name);

/// Whether the user wrote the cast: its text is then as strong as a column's (coercibility 2).
enum class CastKind : std::uint8_t { kExplicit, kImplicit };

/// CAST(value AS type) as the type stands; returns `value` itself when nothing is left to convert. Casts of assignments
/// (INSERT, UPDATE) are types::convert, not this.
ExpressionPtr make_cast(ExpressionPtr value, const types::FieldType& type, const BuildContext& context,
                        CastKind kind = CastKind::kExplicit);

/// `value` as a JSON value: text becomes a JSON string (a cast would parse it), numbers and times JSON numbers and times.
ExpressionPtr make_json_value(ExpressionPtr value, const BuildContext& context);

/// value COLLATE collation. Throws SqlError 1253 when the character sets differ.
ExpressionPtr make_collate(ExpressionPtr value, const types::Collation* collation, const BuildContext& context);

/// (left...) operation (right...) for operation eq, nulleq, ne, lt, le, gt, ge over rows of equal length.
/// Throws: SqlError 1241 when the lengths differ.
ExpressionPtr make_row_comparison(std::string_view operation, std::vector<ExpressionPtr> left,
                                  std::vector<ExpressionPtr> right, const BuildContext& context);

/// operand BETWEEN low AND high, as two comparisons. Text and numbers among the three: all count as doubles.
/// Throws: SqlError 1267, 1270 when collations disagree.
ExpressionPtr make_between(ExpressionPtr operand, ExpressionPtr low, ExpressionPtr high, const BuildContext& context);
/// operand NOT BETWEEN low AND high.
ExpressionPtr make_not_between(ExpressionPtr operand, ExpressionPtr low, ExpressionPtr high,
                               const BuildContext& context);

/// The variable @@name; `type` is its current type. Read at each execution.
ExpressionPtr make_system_variable(std::string_view name, int scope, types::FieldType type);

/// `operands`, at least one, joined by the function `name` of two, which must be associative: a tree as flat as can be, for a list of any length.
/// Throws: SqlError; Stopped (polled every few hundred operands).
ExpressionPtr make_balanced(std::string_view name, std::vector<ExpressionPtr> operands, const BuildContext& context);

/// A conjunction; true (1) for none.
ExpressionPtr make_and(std::vector<ExpressionPtr> conjuncts, const BuildContext& context);

/// Splits `a AND b AND c` into its terms.
void split_conjuncts(const ExpressionPtr& condition, std::vector<ExpressionPtr>& out);

/// Replaces deterministic subtrees without columns, correlated values and parameters by their values. A subtree whose evaluation
/// fails stays, so that the error comes when (and if) it is executed.
ExpressionPtr fold_constants(const ExpressionPtr& expression, EvalContext& context);

/// Keeps the rows of `chunk` for which every conjunct is true (not false, not NULL), by narrowing its selection. A conjunct
/// is evaluated only on rows that passed those before it. Polls once per conjunct.
void filter(std::span<const ExpressionPtr> conjuncts, EvalContext& context, vector::Chunk& chunk);

/// Literals.
ExpressionPtr make_null();
ExpressionPtr make_int(std::int64_t value);
ExpressionPtr make_uint(std::uint64_t value);
ExpressionPtr make_double(double value);
ExpressionPtr make_decimal(const types::Decimal& value);
ExpressionPtr make_string(std::string_view value, const types::Collation* collation);
ExpressionPtr make_bool(bool value);

/// The type that values of all `inputs` convert to: of UNION columns, CASE branches, COALESCE, IN lists...
types::FieldType merge_types(std::span<const types::FieldType> inputs);

/// The type under which `left` and `right` compare; both sides are cast to it. A constant beside a column takes the column's
/// type where MySQL does so. Used by joins and ranges.
types::FieldType comparison_type(const Expression& left, const Expression& right);

/// The claim of `expressions` together, as for a comparison named `operation`. Throws SqlError 1267, 1270, 1271.
types::CollationClaim resolve_claims(std::span<const ExpressionPtr> expressions, std::string_view operation);

/// `value` in the form that strings of `collation` (may be null) have here: text becomes the bytes of its character set beside binary strings, and
/// bytes become text of `collation`'s, where the two differ (latin1, gbk). A binary literal becomes text of any character set, and is refused with
/// 3854 if it is none. Anything else as it is.
ExpressionPtr represented_in(ExpressionPtr value, const types::Collation* collation, const BuildContext& context);

}  // namespace sluice::expression
