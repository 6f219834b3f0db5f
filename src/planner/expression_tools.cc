#include "planner/expression_tools.h"

#include "base/check.h"
#include "catalog/name.h"

namespace sluice::planner {

using expression::ExpressionKind;

const ColumnRef* as_column(const Expression& expression) noexcept {
  return expression.kind() == ExpressionKind::kColumn ? static_cast<const ColumnRef*>(&expression) : nullptr;
}

const Constant* as_constant(const Expression& expression) noexcept {
  return expression.kind() == ExpressionKind::kConstant ? static_cast<const Constant*>(&expression) : nullptr;
}

const FunctionCall* as_call(const Expression& expression) noexcept {
  return expression.kind() == ExpressionKind::kFunction ? static_cast<const FunctionCall*>(&expression) : nullptr;
}

const FunctionCall* as_call(const Expression& expression, std::string_view name) noexcept {
  const FunctionCall* call = as_call(expression);
  return call != nullptr && call->name() == name ? call : nullptr;
}

types::FieldType value_type(const catalog::ColumnInfo& column) {
  types::FieldType type = column.type;
  const bool is_boolean =
      type.code == types::TypeCode::kTiny && type.flen == 1;  // drivers know TINYINT(1) by its width
  if (type.is_integer() && !type.is_zerofill() && !is_boolean)
    type.flen = std::max(type.flen, types::default_length(type.code, type.is_unsigned()));
  return type;
}

std::string display_name(const OutputColumn& column) {
  if (column.original_name.empty() || column.original_table.empty())
    return "Column#" + std::to_string(column.column_id);
  return catalog::to_lower(column.database + "." + column.original_table + "." + column.original_name);
}

ExpressionPtr column_ref(const OutputColumn& column) {
  return std::make_shared<ColumnRef>(column.column_id, -1, column.type, display_name(column));
}

void collect_columns(const Expression& expression, ColumnSet& out) {
  if (const ColumnRef* column = expression.sole_column()) {
    out.insert(column->column_id());
    return;
  }
  std::vector<const ColumnRef*> columns;
  expression.collect_columns(columns);
  for (const ColumnRef* column : columns) out.insert(column->column_id());
}

ColumnSet columns_of(const Expression& expression) {
  ColumnSet columns;
  collect_columns(expression, columns);
  return columns;
}

ColumnSet columns_of(const std::vector<ExpressionPtr>& expressions) {
  ColumnSet columns;
  for (const ExpressionPtr& expression : expressions) collect_columns(*expression, columns);
  return columns;
}

bool uses_only(const Expression& expression, const ColumnSet& columns) {
  if (!expression.has_columns()) return true;
  return columns.contains_all(columns_of(expression));
}

ExpressionPtr replace_columns(const ExpressionPtr& root, const std::function<ExpressionPtr(const ColumnRef&)>& find) {
  if (!root->has_columns()) return root;
  return expression::transform(root, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const ColumnRef* column = as_column(*node);
    return column == nullptr ? nullptr : find(*column);
  });
}

ExpressionPtr replace_subtrees(const ExpressionPtr& root, const std::vector<ExpressionPtr>& from,
                               const std::vector<ExpressionPtr>& to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (root->equals(*from[i])) return to[i];
  }
  const FunctionCall* call = as_call(*root);
  if (call == nullptr) return root;
  std::vector<ExpressionPtr> children(call->children().begin(), call->children().end());
  bool changed = false;
  for (ExpressionPtr& child : children) {
    ExpressionPtr replaced = replace_subtrees(child, from, to);
    changed |= replaced != child;
    child = std::move(replaced);
  }
  return changed ? call->with_children(std::move(children)) : root;
}

int find_position(const std::vector<OutputColumn>& schema, std::int64_t column_id) noexcept {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (schema[i].column_id == column_id) return static_cast<int>(i);
  }
  return -1;
}

ColumnPositions::ColumnPositions(const std::vector<OutputColumn>& schema) : schema_(schema) {
  constexpr std::size_t kShort = 16;
  if (schema.size() <= kShort) return;
  positions_.reserve(schema.size());
  for (std::size_t i = 0; i < schema.size(); ++i) positions_.emplace(schema[i].column_id, static_cast<int>(i));
}

int ColumnPositions::find(std::int64_t column_id) const noexcept {
  if (positions_.empty()) return find_position(schema_, column_id);
  const auto found = positions_.find(column_id);
  return found == positions_.end() ? -1 : found->second;
}

ExpressionPtr resolve_positions(const ExpressionPtr& root, const ColumnPositions& positions, StopToken stop) {
  constexpr std::size_t kColumnsPerPoll = 256;
  std::size_t count = 0;
  return replace_columns(root, [&](const ColumnRef& column) {
    if (count++ % kColumnsPerPoll == 0) stop.poll();
    const int position = positions.find(column.column_id());
    SLUICE_CHECK(position >= 0, "column {} ({}) is not in the input of its operator", column.column_id(),
                 column.display_name());
    return column.at_position(position);
  });
}

ExpressionPtr resolve_positions(const ExpressionPtr& root, const std::vector<OutputColumn>& schema, StopToken stop) {
  return resolve_positions(root, ColumnPositions(schema), stop);
}

namespace {

/// The truth of a constant that is a plain number: 1 true, 0 false or NULL, -1 not known.
int constant_truth(const Expression& condition) noexcept {
  const Constant* constant = as_constant(condition);
  if (constant == nullptr) return -1;
  switch (constant->value().kind()) {
    case types::Value::Kind::kNull:
      return 0;
    case types::Value::Kind::kInt64:
      return constant->value().as_int64() != 0 ? 1 : 0;
    case types::Value::Kind::kUInt64:
      return constant->value().as_uint64() != 0 ? 1 : 0;
    case types::Value::Kind::kDouble:
      return constant->value().as_double() != 0 ? 1 : 0;
    default:
      return -1;
  }
}

}  // namespace

bool is_always_true(const Expression& condition) noexcept { return constant_truth(condition) == 1; }
bool is_never_true(const Expression& condition) noexcept { return constant_truth(condition) == 0; }

namespace {

/// Functions that give NULL as soon as one argument is NULL.
bool is_strict(std::string_view name) {
  static constexpr std::string_view kStrict[] = {
      "eq",         "ne",     "lt",     "le",          "gt",     "ge",        "plus",   "minus",  "mul",
      "div",        "intdiv", "mod",    "unaryminus",  "bitand", "bitor",     "bitxor", "bitneg", "leftshift",
      "rightshift", "like",   "regexp", "not",         "cast",   "abs",       "ceil",   "floor",  "round",
      "lower",      "upper",  "length", "char_length", "concat", "substring", "substr", "left",   "right",
      "year",       "month",  "date",   "mod",         "trim",   "hex",       "reverse"};
  for (std::string_view strict : kStrict) {
    if (name == strict) return true;
  }
  return name.starts_with("cast");
}

}  // namespace

bool is_null_on_nulls(const Expression& expression, const ColumnSet& columns) {
  if (const ColumnRef* column = as_column(expression)) return columns.contains(column->column_id());
  if (const Constant* constant = as_constant(expression)) return constant->is_null();
  const FunctionCall* call = as_call(expression);
  if (call == nullptr || !expression.is_deterministic()) return false;
  if (call->name() == "in") return is_null_on_nulls(*call->children()[0], columns);
  if (!is_strict(call->name())) return false;
  for (const ExpressionPtr& child : call->children()) {
    if (is_null_on_nulls(*child, columns)) return true;
  }
  return false;
}

bool rejects_nulls(const ExpressionPtr& condition, const ColumnSet& columns, const expression::BuildContext& build) {
  if (is_never_true(*condition)) return true;
  const FunctionCall* call = as_call(*condition);
  if (call == nullptr) return is_null_on_nulls(*condition, columns);
  const auto children = call->children();
  if (call->name() == "and") {
    for (const ExpressionPtr& child : children) {
      if (rejects_nulls(child, columns, build)) return true;
    }
    return false;
  }
  if (call->name() == "or") {
    for (const ExpressionPtr& child : children) {
      if (!rejects_nulls(child, columns, build)) return false;
    }
    return true;
  }
  if (call->name() == "not") {
    const ExpressionPtr& inner = children[0];
    if (as_call(*inner, "isnull") != nullptr) return is_null_on_nulls(*inner->children()[0], columns);
    return is_null_on_nulls(*inner, columns);
  }
  if (call->name() == "istrue") return rejects_nulls(children[0], columns, build);
  return is_null_on_nulls(*condition, columns);
}

void add_conditions(std::vector<ExpressionPtr>& conditions, const std::vector<ExpressionPtr>& more) {
  // Comparing all pairs is quadratic; long lists come from generated SQL and hold few repeats.
  constexpr std::size_t kMostCompared = 200;
  for (const ExpressionPtr& condition : more) {
    bool repeated = false;
    if (conditions.size() <= kMostCompared) {
      for (const ExpressionPtr& known : conditions) repeated = repeated || known->equals(*condition);
    }
    if (!repeated) conditions.push_back(condition);
  }
}

std::string_view mirrored_comparison(std::string_view name) noexcept {
  if (name == "eq" || name == "ne" || name == "nulleq") return name;
  if (name == "lt") return "gt";
  if (name == "le") return "ge";
  if (name == "gt") return "lt";
  if (name == "ge") return "le";
  return {};
}

std::string_view negated_comparison(std::string_view name) noexcept {
  if (name == "eq") return "ne";
  if (name == "ne") return "eq";
  if (name == "lt") return "ge";
  if (name == "le") return "gt";
  if (name == "gt") return "le";
  if (name == "ge") return "lt";
  return {};
}

ExpressionPtr negate(const ExpressionPtr& condition, const expression::BuildContext& build) {
  const FunctionCall* call = as_call(*condition);
  if (call != nullptr) {
    const auto children = call->children();
    if (std::string_view opposite = negated_comparison(call->name()); !opposite.empty()) {
      return expression::make_function(opposite, {children.begin(), children.end()}, build);
    }
    if (call->name() == "and" || call->name() == "or") {
      std::vector<ExpressionPtr> negated;
      for (const ExpressionPtr& child : children) negated.push_back(negate(child, build));
      return expression::make_function(call->name() == "and" ? "or" : "and", std::move(negated), build);
    }
    if (call->name() == "not" && children[0]->type().is_boolean()) return children[0];
  }
  return expression::make_function("not", {condition}, build);
}

std::string join_texts(const std::vector<ExpressionPtr>& expressions, std::string_view separator) {
  std::string text;
  for (const ExpressionPtr& expression : expressions) {
    if (!text.empty()) text += separator;
    text += expression->to_string();
  }
  return text;
}

}  // namespace sluice::planner
