#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/table_info.h"
#include "expression/aggregate.h"
#include "expression/session_functions.h"
#include "expression/time_literal.h"
#include "planner/binder.h"
#include "sql/ast_visitor.h"
#include "sql/field_type.h"
#include "types/charset.h"

namespace sluice::planner {

using expression::make_function;
using sql::BinaryOperator;

namespace {

std::string_view function_name(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kOr:
      return "or";
    case BinaryOperator::kXor:
      return "xor";
    case BinaryOperator::kAnd:
      return "and";
    case BinaryOperator::kEqual:
      return "eq";
    case BinaryOperator::kNullSafeEqual:
      return "nulleq";
    case BinaryOperator::kNotEqual:
      return "ne";
    case BinaryOperator::kLess:
      return "lt";
    case BinaryOperator::kLessOrEqual:
      return "le";
    case BinaryOperator::kGreater:
      return "gt";
    case BinaryOperator::kGreaterOrEqual:
      return "ge";
    case BinaryOperator::kBitOr:
      return "bitor";
    case BinaryOperator::kBitAnd:
      return "bitand";
    case BinaryOperator::kShiftLeft:
      return "leftshift";
    case BinaryOperator::kShiftRight:
      return "rightshift";
    case BinaryOperator::kAdd:
      return "plus";
    case BinaryOperator::kSubtract:
      return "minus";
    case BinaryOperator::kMultiply:
      return "mul";
    case BinaryOperator::kDivide:
      return "div";
    case BinaryOperator::kIntegerDivide:
      return "intdiv";
    case BinaryOperator::kModulo:
      return "mod";
    case BinaryOperator::kBitXor:
      return "bitxor";
  }
  return {};
}

bool is_comparison(BinaryOperator op) { return op >= BinaryOperator::kEqual && op <= BinaryOperator::kGreaterOrEqual; }

types::FieldType type_of_parameter(const types::Value& value, const types::Collation* collation) {
  using Kind = types::Value::Kind;
  switch (value.kind()) {
    case Kind::kNull:
      return types::FieldType::null();
    case Kind::kInt64:
      return types::FieldType::bigint();
    case Kind::kUInt64:
      return types::FieldType::bigint_unsigned();
    case Kind::kDouble:
      return types::FieldType::double_precision();
    case Kind::kDecimal: {
      const types::Decimal& decimal = value.as_decimal();
      return types::FieldType::decimal(std::max(decimal.precision(), 1), decimal.scale());
    }
    case Kind::kString:
      return types::FieldType::varchar(static_cast<int>(std::min<std::size_t>(value.as_string().size(), 16383)),
                                       collation);
    case Kind::kTime:
      return types::FieldType::datetime(6);
    case Kind::kDuration:
      return types::FieldType::time(6);
    case Kind::kJson:
      return types::FieldType::json();
  }
  return types::FieldType::null();
}

/// Whether a subquery would return several columns is the callers' matter; a row value is one only in parentheses.
bool is_row_like(const sql::Expression& syntax) {
  return syntax.kind == sql::ExpressionKind::kRow || syntax.kind == sql::ExpressionKind::kSubquery;
}

std::string_view trim_direction_name(sql::TrimDirection direction) {
  switch (direction) {
    case sql::TrimDirection::kLeading:
      return "LEADING";
    case sql::TrimDirection::kTrailing:
      return "TRAILING";
    default:
      return "BOTH";
  }
}

}  // namespace

namespace {

/// Functions whose value belongs to one execution, but may be folded into its plan.
bool binds_plan_to_execution(std::string_view name) {
  static constexpr std::string_view kNames[] = {"now",
                                                "current_timestamp",
                                                "localtime",
                                                "localtimestamp",
                                                "sysdate",
                                                "curdate",
                                                "current_date",
                                                "curtime",
                                                "current_time",
                                                "utc_date",
                                                "utc_time",
                                                "utc_timestamp",
                                                "unix_timestamp",
                                                "timestamp",
                                                "time",
                                                "maketime",
                                                "connection_id",
                                                "database",
                                                "schema",
                                                "user",
                                                "current_user",
                                                "session_user",
                                                "system_user",
                                                "current_role",
                                                "last_insert_id",
                                                "row_count",
                                                "found_rows",
                                                "version",
                                                "tidb_version",
                                                "from_unixtime",
                                                "tidb_current_tso",
                                                "tidb_bounded_staleness",
                                                "setvar",
                                                "getvar"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

ExpressionPtr Binder::call(std::string_view name, std::vector<ExpressionPtr> arguments) {
  if (binds_plan_to_execution(name)) is_cacheable = false;
  return make_function(name, std::move(arguments), build_);
}

ExpressionPtr Binder::text_constant(std::string_view text) {
  return expression::make_string(text, build_.connection_collation);
}

ExpressionPtr Binder::fold(ExpressionPtr expression) {
  return context_.eval == nullptr ? expression : expression::fold_constants(expression, *context_.eval);
}

void Binder::require_one_column(const std::vector<ExpressionPtr>& row) {
  if (row.size() != 1) throw SqlError(ErrorCode::kOperandColumns, 1);
}

std::vector<ExpressionPtr> Binder::bind_list(sql::ExpressionList list, Block& block) {
  std::vector<ExpressionPtr> bound;
  bound.reserve(list.size());
  for (const sql::Expression* syntax : list) {
    if (bound.size() % 256 == 0) poll();
    bound.push_back(bind_expression(*syntax, block));
  }
  return bound;
}

std::vector<ExpressionPtr> Binder::bind_row(const sql::Expression& syntax, Block& block) {
  if (const auto* row = syntax.try_as<sql::Row>()) return bind_list(row->values, block);
  if (const auto* subquery = syntax.try_as<sql::Subquery>()) return bind_row_subquery(*subquery->query, block);
  return {bind_expression(syntax, block)};
}

ExpressionPtr Binder::bind_expression(const sql::Expression& syntax, Block& block) {
  using Kind = sql::ExpressionKind;
  switch (syntax.kind) {
    case Kind::kLiteral:
      return bind_literal(syntax.as<sql::Literal>());
    case Kind::kColumn:
      return bind_column(syntax.as<sql::ColumnReference>(), block);
    case Kind::kParameter: {
      const std::size_t index = syntax.as<sql::ParameterMarker>().index;
      if (context_.eval == nullptr || index >= context_.eval->parameters.size()) return expression::make_null();
      const types::FieldType type =
          index < context_.parameter_types.size()
              ? context_.parameter_types[index]
              : type_of_parameter(context_.eval->parameters[index], build_.connection_collation);
      return std::make_shared<expression::Parameter>(index, type);
    }
    case Kind::kUserVariable:
      return call("getvar", {text_constant(syntax.as<sql::UserVariable>().name)});
    case Kind::kSystemVariable: {
      const auto& variable = syntax.as<sql::SystemVariable>();
      expression::VariableScope scope = expression::VariableScope::kDefault;
      if (variable.scope == sql::VariableScope::kSession) scope = expression::VariableScope::kSession;
      if (variable.scope == sql::VariableScope::kGlobal || variable.scope == sql::VariableScope::kInstance) {
        scope = expression::VariableScope::kGlobal;
      }
      SLUICE_CHECK(context_.eval != nullptr && context_.eval->session != nullptr, "system variable without a session");
      is_cacheable = false;
      return expression::make_system_variable(variable.name, static_cast<int>(scope),
                                              context_.eval->session->system_variable(variable.name, scope).type);
    }
    case Kind::kVariableAssignment: {
      const auto& assignment = syntax.as<sql::VariableAssignment>();
      return call("setvar", {text_constant(assignment.name), bind_expression(*assignment.value, block)});
    }
    case Kind::kDefault:
      return bind_default(syntax.as<sql::DefaultValue>(), block);
    case Kind::kValuesReference: {
      const auto& values = syntax.as<sql::ValuesReference>();
      if (find_inserted_value_) {
        if (ExpressionPtr value = find_inserted_value_(*values.column)) return value;
        throw_unknown_column(*values.column, Clause::kFieldList);
      }
      bind_column(*values.column, block);
      return expression::make_null();  // outside ON DUPLICATE KEY UPDATE, VALUES(c) is NULL
    }
    case Kind::kUnary:
      return bind_unary(syntax.as<sql::Unary>(), block);
    case Kind::kBinary:
      return bind_binary(syntax.as<sql::Binary>(), block);
    case Kind::kIsTest:
      return bind_is_test(syntax.as<sql::IsTest>(), block);
    case Kind::kBetween:
      return bind_between(syntax.as<sql::Between>(), block);
    case Kind::kInList:
      return bind_in_list(syntax.as<sql::InList>(), block);
    case Kind::kInSubquery: {
      const auto& in = syntax.as<sql::InSubquery>();
      return bind_mark(bind_row(*in.operand, block), "eq", *in.query, in.is_negated, block);
    }
    case Kind::kLike: {
      const auto& like = syntax.as<sql::Like>();
      ExpressionPtr result = call(like.is_ilike ? "ilike" : "like",
                                  {bind_expression(*like.operand, block), bind_expression(*like.pattern, block),
                                   expression::make_int(static_cast<unsigned char>(like.escape))});
      return like.is_negated ? call("not", {std::move(result)}) : result;
    }
    case Kind::kRegexp: {
      const auto& regexp = syntax.as<sql::Regexp>();
      ExpressionPtr result =
          call("regexp", {bind_expression(*regexp.operand, block), bind_expression(*regexp.pattern, block)});
      return regexp.is_negated ? call("not", {std::move(result)}) : result;
    }
    case Kind::kQuantifiedComparison: {
      // x op ALL (q) is NOT (x negated-op ANY (q)), NULLs included.
      const auto& comparison = syntax.as<sql::QuantifiedComparison>();
      std::string_view name = function_name(comparison.op);
      const bool all = comparison.quantifier == sql::Quantifier::kAll;
      if (name == "nulleq") throw SqlError(ErrorCode::kNotSupportedYet, "<=> ANY or ALL");
      if (all) name = negated_comparison(name);
      return bind_mark(bind_row(*comparison.left, block), name, *comparison.query, all, block);
    }
    case Kind::kExists:
      return bind_exists(*syntax.as<sql::Exists>().query, false, block);
    case Kind::kSubquery:
      return bind_scalar_subquery(*syntax.as<sql::Subquery>().query, block);
    case Kind::kRow:
      throw SqlError(ErrorCode::kOperandColumns, 1);
    case Kind::kCase:
      return bind_case(syntax.as<sql::Case>(), block);
    case Kind::kFunction:
      return bind_function(syntax.as<sql::FunctionCall>(), block);
    case Kind::kAggregate:
      return bind_aggregate_result(syntax.as<sql::Aggregate>(), block);
    case Kind::kWindowFunction:
      throw SqlError(ErrorCode::kNotSupportedYet, "window function");
    case Kind::kCast:
      return bind_cast(syntax.as<sql::Cast>(), block);
    case Kind::kConvertUsing: {
      const auto& convert = syntax.as<sql::ConvertUsing>();
      const types::Charset* charset = types::find_charset(convert.charset);
      if (charset == nullptr) throw SqlError(ErrorCode::kUnknownCharacterSet, convert.charset);
      types::FieldType type = types::FieldType::of(types::TypeCode::kVarString);
      type.flen = types::kUnspecifiedLength;
      type.collation = charset->default_collation();
      return expression::make_cast(bind_expression(*convert.operand, block), type, build_);
    }
    case Kind::kCollate: {
      const auto& collate = syntax.as<sql::Collate>();
      const types::Collation* collation = types::find_collation(collate.collation);
      if (collation == nullptr) types::throw_unknown_collation(collate.collation);
      return expression::make_collate(bind_expression(*collate.operand, block), collation, build_);
    }
    case Kind::kMatchAgainst:
      throw SqlError(ErrorCode::kNotSupportedYet, "MATCH ... AGAINST");
    case Kind::kMaxValue:
      throw SqlError(ErrorCode::kNotSupportedYet, "MAXVALUE in an expression");
  }
  throw SqlError(ErrorCode::kNotSupportedYet, "this expression");
}

ExpressionPtr Binder::bind_literal(const sql::Literal& literal) {
  const types::FieldType type = sql::literal_type(literal, build_.connection_collation);
  types::Value value = sql::literal_value(literal);
  using sql::LiteralKind;
  switch (literal.literal_kind) {
    case LiteralKind::kDate:
      return expression::make_date_literal(literal.text, build_);
    case LiteralKind::kTime:
      return expression::make_time_literal(literal.text, build_);
    case LiteralKind::kTimestamp:
      return expression::make_timestamp_literal(literal.text, build_);
    default:
      break;
  }
  if (value.is_null()) return expression::make_null();
  return std::make_shared<Constant>(std::move(value), type);
}

ExpressionPtr Binder::bind_unary(const sql::Unary& unary, Block& block) {
  if (unary.op == sql::UnaryOperator::kPlus) return bind_expression(*unary.operand, block);
  if (unary.op == sql::UnaryOperator::kNot || unary.op == sql::UnaryOperator::kExclamation) {
    if (const auto* exists = unary.operand->try_as<sql::Exists>()) return bind_exists(*exists->query, true, block);
    return call("not", {bind_expression(*unary.operand, block)});
  }
  ExpressionPtr operand = bind_expression(*unary.operand, block);
  return fold(call(unary.op == sql::UnaryOperator::kMinus ? "unaryminus" : "bitneg", {std::move(operand)}));
}

ExpressionPtr Binder::bind_binary(const sql::Binary& binary, Block& block) {
  if (binary.op == BinaryOperator::kAnd || binary.op == BinaryOperator::kOr) {
    // Chains can be thousands of terms long: gathered in a loop, joined as a balanced tree.
    std::vector<const sql::Expression*> terms;
    const sql::Expression* rest = &binary;
    while (const auto* chain = rest->try_as<sql::Binary>()) {
      if (chain->op != binary.op) break;
      terms.push_back(chain->right);
      rest = chain->left;
    }
    terms.push_back(rest);
    std::vector<ExpressionPtr> operands;
    operands.reserve(terms.size());
    for (auto term = terms.rbegin(); term != terms.rend(); ++term) {
      if (operands.size() % 256 == 0) poll();
      operands.push_back(bind_expression(**term, block));
    }
    return expression::make_balanced(function_name(binary.op), std::move(operands), build_);
  }
  // A subquery beside a single value must have one column; else both sides may be rows.
  const auto is_row = [](const sql::Expression& side) { return side.kind == sql::ExpressionKind::kRow; };
  const bool compares_rows =
      is_row(*binary.left) || is_row(*binary.right) || (is_row_like(*binary.left) && is_row_like(*binary.right));
  if (is_comparison(binary.op) && compares_rows) {
    std::vector<ExpressionPtr> left = bind_row(*binary.left, block);
    std::vector<ExpressionPtr> right = bind_row(*binary.right, block);
    if (left.size() != right.size()) throw SqlError(ErrorCode::kOperandColumns, left.size());
    if (left.size() > 1)
      return expression::make_row_comparison(function_name(binary.op), std::move(left), std::move(right), build_);
    return call(function_name(binary.op), {left[0], right[0]});
  }
  ExpressionPtr left = bind_expression(*binary.left, block);
  ExpressionPtr right = bind_expression(*binary.right, block);
  return call(function_name(binary.op), {std::move(left), std::move(right)});
}

ExpressionPtr Binder::bind_is_test(const sql::IsTest& test, Block& block) {
  ExpressionPtr operand = bind_expression(*test.operand, block);
  std::string_view name = "isnull";
  if (test.truth == sql::TruthValue::kTrue) name = "istrue";
  if (test.truth == sql::TruthValue::kFalse) name = "isfalse";
  ExpressionPtr result = call(name, {std::move(operand)});
  return test.is_negated ? call("not", {std::move(result)}) : result;
}

ExpressionPtr Binder::bind_between(const sql::Between& between, Block& block) {
  if (is_row_like(*between.operand) && between.operand->kind == sql::ExpressionKind::kRow)
    throw SqlError(ErrorCode::kOperandColumns, 1);
  ExpressionPtr operand = bind_expression(*between.operand, block);
  ExpressionPtr low = bind_expression(*between.low, block);
  ExpressionPtr high = bind_expression(*between.high, block);
  const auto make = between.is_negated ? expression::make_not_between : expression::make_between;
  return make(std::move(operand), std::move(low), std::move(high), build_);
}

ExpressionPtr Binder::bind_in_list(const sql::InList& in_list, Block& block) {
  ExpressionPtr result;
  if (in_list.operand->kind == sql::ExpressionKind::kRow) {
    const std::vector<ExpressionPtr> left = bind_row(*in_list.operand, block);
    std::vector<ExpressionPtr> equalities;
    for (const sql::Expression* value : in_list.values) {
      if (equalities.size() % 64 == 0) poll();
      std::vector<ExpressionPtr> right = bind_row(*value, block);
      if (right.size() != left.size()) throw SqlError(ErrorCode::kOperandColumns, left.size());
      equalities.push_back(expression::make_row_comparison("eq", left, std::move(right), build_));
    }
    result = expression::make_balanced("or", std::move(equalities), build_);
  } else {
    std::vector<ExpressionPtr> arguments;
    arguments.reserve(in_list.values.size() + 1);
    arguments.push_back(bind_expression(*in_list.operand, block));
    for (const sql::Expression* value : in_list.values) {
      if (arguments.size() % 256 == 0) poll();
      arguments.push_back(bind_expression(*value, block));
    }
    result = arguments.size() == 2 ? call("eq", std::move(arguments)) : call("in", std::move(arguments));
  }
  return in_list.is_negated ? negate(result, build_) : result;
}

ExpressionPtr Binder::bind_case(const sql::Case& syntax, Block& block) {
  std::vector<ExpressionPtr> arguments;
  ExpressionPtr operand = syntax.operand == nullptr ? nullptr : bind_expression(*syntax.operand, block);
  for (const sql::WhenClause& when : syntax.when_clauses) {
    if (arguments.size() % 256 == 0) poll();
    ExpressionPtr condition = bind_expression(*when.condition, block);
    arguments.push_back(operand == nullptr ? std::move(condition) : call("eq", {operand, std::move(condition)}));
    arguments.push_back(bind_expression(*when.result, block));
  }
  if (syntax.else_result != nullptr) arguments.push_back(bind_expression(*syntax.else_result, block));
  return call("case", std::move(arguments));
}

ExpressionPtr Binder::bind_function(const sql::FunctionCall& syntax, Block& block) {
  std::vector<ExpressionPtr> arguments;
  if (syntax.sequence != nullptr) {
    const std::string_view database =
        syntax.sequence->schema.empty() ? std::string_view(current_database_) : syntax.sequence->schema;
    arguments = {text_constant(database), text_constant(syntax.sequence->name)};
    if (syntax.name == "setval" && !syntax.arguments.empty())
      arguments.push_back(bind_expression(*syntax.arguments.back(), block));
    return call(syntax.name, std::move(arguments));
  }
  if (syntax.name == "grouping") throw SqlError(ErrorCode::kNotSupportedYet, "GROUPING");
  if (syntax.name == "any_value" && syntax.arguments.size() == 1) {
    const sql::Expression& argument = *syntax.arguments[0];
    bool is_of_groups = block.aggregate != nullptr && !block.inside_aggregate;
    sql::walk_expression(argument, [&](const sql::Expression& part) {
      is_of_groups = is_of_groups && part.kind != sql::ExpressionKind::kAggregate;
      return is_of_groups;
    });
    if (!is_of_groups) return bind_expression(argument, block);
    // Over groups it is the value of one row of each; no column of it needs to be grouped.
    block.inside_aggregate = true;
    std::vector<ExpressionPtr> value = {fold(bind_expression(argument, block))};
    block.inside_aggregate = false;
    LogicalAggregate& aggregate = *block.aggregate;
    expression::AggregateDescriptor descriptor =
        expression::make_aggregate("any_value", std::move(value), false, build_);
    for (std::size_t i = 0; i < aggregate.aggregates.size(); ++i) {
      if (aggregate.aggregates[i].equals(descriptor)) return column_ref(aggregate.schema[i]);
    }
    OutputColumn column;
    column.column_id = next_column_id();
    column.type = descriptor.result_type;
    const auto at = static_cast<std::ptrdiff_t>(aggregate.aggregates.size());
    aggregate.aggregates.push_back(std::move(descriptor));
    return column_ref(*aggregate.schema.insert(aggregate.schema.begin() + at, std::move(column)));
  }
  arguments = bind_list(syntax.arguments, block);
  if (syntax.unit != sql::TimeUnit::kNone) arguments.push_back(text_constant(sql::time_unit_name(syntax.unit)));
  if (syntax.name == "trim") {
    if (arguments.size() == 1) arguments.push_back(text_constant(" "));
    arguments.push_back(text_constant(trim_direction_name(syntax.trim_direction)));
  }
  if (syntax.name == "char") {
    arguments.push_back(syntax.charset.empty() ? expression::make_null() : text_constant(syntax.charset));
  }
  if (syntax.cast_type != nullptr) {
    const bool binary = syntax.cast_type->kind == sql::DataTypeKind::kBinary;
    arguments.push_back(text_constant(binary ? "BINARY" : "CHAR"));
    arguments.push_back(expression::make_int(syntax.cast_type->length));
  }
  if (!syntax.schema.empty())
    throw SqlError(ErrorCode::kSpDoesNotExist, "FUNCTION", std::string(syntax.schema) + "." + std::string(syntax.name));
  if (!expression::is_known_function(syntax.name)) {
    // It could be a stored function of the current database.
    if (current_database_.empty()) throw SqlError(ErrorCode::kNoDbError);
    throw SqlError(ErrorCode::kSpDoesNotExist, "FUNCTION", current_database_ + "." + std::string(syntax.name));
  }
  if (syntax.name == "coalesce" || syntax.name == "ifnull") return bind_coalesce(syntax.name, std::move(arguments));
  return call(syntax.name, std::move(arguments));
}

/// What follows a constant that is not NULL is never looked at: it leaves the call, so that it need not be grouped either.
ExpressionPtr Binder::bind_coalesce(std::string_view name, std::vector<ExpressionPtr> arguments) {
  std::size_t used = arguments.size();
  for (std::size_t i = 0; i < arguments.size() && used == arguments.size(); ++i) {
    arguments[i] = fold(arguments[i]);
    const Constant* constant = as_constant(arguments[i]);
    if (constant != nullptr && !constant->is_null()) used = i + 1;
  }
  ExpressionPtr whole = call(name, arguments);
  if (used == arguments.size()) return whole;
  arguments.resize(used);
  ExpressionPtr rest = used == 1 ? arguments[0] : call("coalesce", std::move(arguments));
  return fold(expression::make_cast(std::move(rest), whole->type(), build_));
}

ExpressionPtr Binder::bind_aggregate_result(const sql::Aggregate& aggregate, Block& block) {
  if (auto found = block.aggregate_results.find(&aggregate); found != block.aggregate_results.end())
    return found->second;
  if (block.inside_aggregate) throw SqlError(ErrorCode::kInvalidGroupFuncUse);
  Block* const home = outer_home(aggregate, block);
  if (home == nullptr) throw SqlError(ErrorCode::kInvalidGroupFuncUse);
  add_aggregate(aggregate, block, *home);
  return block.aggregate_results.at(&aggregate);
}

ExpressionPtr Binder::bind_cast(const sql::Cast& cast, Block& block) {
  ExpressionPtr operand = bind_expression(*cast.operand, block);
  if (cast.form == sql::CastForm::kBinaryOperator) {
    types::FieldType type = types::FieldType::of(types::TypeCode::kVarString);
    type.flen = types::kUnspecifiedLength;
    type.set_flag(types::field_flag::kBinary);
    type.collation = types::find_collation("binary");
    return expression::make_cast(std::move(operand), type, build_);
  }
  return expression::make_cast(std::move(operand), sql::field_type_of(*cast.type, build_.connection_collation), build_);
}

ExpressionPtr Binder::bind_default(const sql::DefaultValue& syntax, Block& block) {
  if (syntax.column == nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "DEFAULT in an expression");
  const ExpressionPtr bound = bind_column(*syntax.column, block);
  const ColumnRef* column = as_column(bound);
  if (column == nullptr) throw SqlError(ErrorCode::kNoDefaultForField, syntax.column->column);
  for (const Block* owner = &block; owner != nullptr; owner = owner->outer) {
    for (const ScopeColumn& visible : owner->columns) {
      if (visible.column.column_id != column->column_id() || visible.column.original_table.empty()) continue;
      std::string database;
      const auto table = find_table(visible.column.database, visible.column.original_table, database);
      const catalog::ColumnInfo* info = table->find_public_column(catalog::to_lower(visible.column.original_name));
      if (info != nullptr) return default_value(*table, info->offset, true);
    }
  }
  throw SqlError(ErrorCode::kNoDefaultForField, syntax.column->column);
}

}  // namespace sluice::planner
