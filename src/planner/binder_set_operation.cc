#include <span>
#include <vector>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/name.h"
#include "planner/binder.h"
#include "planner/binder_with_scope.h"

namespace sluice::planner {

LogicalPtr Binder::bind_query(const sql::Query& query, Block* outer) {
  poll();
  if (query.into != nullptr && &query != whole_query)
    throw SqlError(ErrorCode::kWrongUsage, "INTO", "a subquery or an operand of UNION");
  WithScope with(*this, query.with, outer);
  switch (query.kind) {
    case sql::QueryKind::kSelect:
      return bind_select(query.as<sql::SelectQuery>(), outer);
    case sql::QueryKind::kTable: {
      // TABLE t is SELECT * FROM t.
      sql::SelectItem all;
      sql::SelectQuery select;
      select.items = {&all, 1};
      select.from = query.as<sql::TableQuery>().table;
      select.order_by = query.order_by;
      select.limit = query.limit;
      select.locking = query.locking;
      return bind_select(select, outer);
    }
    case sql::QueryKind::kValues:
      return order_and_limit(query, bind_values(query.as<sql::ValuesQuery>(), outer), outer);
    case sql::QueryKind::kSetOperation:
      return order_and_limit(query, bind_set_operation(query.as<sql::SetOperationQuery>(), outer), outer);
  }
  SLUICE_CHECK(false, "unknown kind of query");
  return nullptr;
}

LogicalPtr Binder::order_and_limit(const sql::Query& query, LogicalPtr plan, Block* outer) {
  if (!query.order_by.empty()) {
    // The names are those of the result; expressions are computed over it.
    Block block;
    block.outer = outer;
    block.hints = std::make_shared<HintSet>();
    for (const OutputColumn& column : plan->schema) {
      Block::Item item;
      item.lower_name = catalog::to_lower(column.name);
      item.column = column;
      item.expression = item.reference = column_ref(column);
      block.items.push_back(std::move(item));
    }
    expose(plan->schema, "", "", block);
    const std::vector<OutputColumn> result = plan->schema;
    block.plan = std::move(plan);
    std::vector<SortKey> keys = bind_order_by(query.order_by, block);
    plan = std::move(block.plan);
    add_sort(std::move(keys), plan);
    if (plan->schema.size() != result.size()) {
      auto trim = std::make_unique<LogicalProjection>();
      trim->schema = result;
      for (const OutputColumn& column : result) trim->expressions.push_back(column_ref(column));
      if (query.limit != nullptr) add_limit(*query.limit, plan);
      trim->children.push_back(std::move(plan));
      return trim;
    }
  }
  if (query.limit != nullptr) add_limit(*query.limit, plan);
  return plan;
}

LogicalPtr Binder::cast_columns(LogicalPtr input, const std::vector<types::FieldType>& types) {
  bool same = true;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const types::FieldType& have = input->schema[i].type;
    same = same && have.code == types[i].code && have.is_unsigned() == types[i].is_unsigned() &&
           have.collation == types[i].collation && have.decimals == types[i].decimals &&
           physical_type(have) == physical_type(types[i]) && types[i].code != types::TypeCode::kEnum &&
           types[i].code != types::TypeCode::kSet;
  }
  if (same) return input;
  auto projection = std::make_unique<LogicalProjection>();
  for (std::size_t i = 0; i < types.size(); ++i) {
    const OutputColumn& from = input->schema[i];
    ExpressionPtr value = column_ref(from);
    OutputColumn column = from;
    if (!(from.type == types[i])) {
      const types::FieldType& have = from.type;
      const bool lies_alike = physical_type(have) == physical_type(types[i]) && have.code == types[i].code &&
                              have.collation == types[i].collation && have.decimals == types[i].decimals &&
                              have.is_unsigned() == types[i].is_unsigned();
      if (!lies_alike) value = expression::make_cast(std::move(value), types[i], build_);
      if (as_column(value) == nullptr) column.column_id = next_column_id();
      column.type = types[i];
    }
    projection->schema.push_back(std::move(column));
    projection->expressions.push_back(std::move(value));
  }
  projection->children.push_back(std::move(input));
  return projection;
}

namespace {

/// What the expression of the select list says that gives the column `id` of `node`, which belongs to a SELECT's own block:
/// sorting, DISTINCT and LIMIT stand above the projection of the select list.
types::CollationClaim claim_of_item(const LogicalNode& node, std::int64_t id) {
  const int position = find_position(node.schema, id);
  if (position < 0) return {};
  switch (node.kind) {
    case LogicalKind::kProjection:
      return node.as<LogicalProjection>().expressions[static_cast<std::size_t>(position)]->claim();
    case LogicalKind::kAggregate:
    case LogicalKind::kSelection:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
      if (find_position(node.children[0]->schema, id) >= 0) return claim_of_item(*node.children[0], id);
      break;
    default:
      break;
  }
  return column_ref(node.schema[static_cast<std::size_t>(position)])->claim();
}

}  // namespace

types::CollationClaim claim_of_output(const LogicalNode& node, std::size_t index) {
  switch (node.kind) {
    case LogicalKind::kProjection: {
      const ExpressionPtr& expression = node.as<LogicalProjection>().expressions[index];
      const ColumnRef* const column = as_column(expression);
      const bool is_below = column != nullptr && find_position(node.children[0]->schema, column->column_id()) >= 0;
      return is_below ? claim_of_item(*node.children[0], column->column_id()) : expression->claim();
    }
    case LogicalKind::kSelection:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
      return claim_of_output(*node.children[0], index);
    default:
      return column_ref(node.schema[index])->claim();
  }
}

namespace {

/// The type of column `index` of a set operation of `inputs`. Throws SqlError 1267 if their collations do not go together.
types::FieldType merged_type(std::span<const LogicalPtr> inputs, std::size_t index) {
  std::vector<types::FieldType> own;
  bool nullable = false;
  for (const LogicalPtr& input : inputs) {
    own.push_back(input->schema[index].type);
    nullable = nullable || !own.back().not_null();
  }
  types::FieldType type = expression::merge_types(own);
  if (type.is_string() && !type.is_binary_string()) {
    std::vector<types::CollationClaim> claims;
    for (const LogicalPtr& input : inputs) {
      types::CollationClaim claim = claim_of_output(*input, index);
      if (claim.collation != nullptr && claim.coercibility != types::Coercibility::kIgnorable) claims.push_back(claim);
    }
    if (!claims.empty()) type.collation = types::resolve_collation(claims, "UNION", types::MustAgree::kYes).collation;
  }
  if (nullable) type.clear_flag(types::field_flag::kNotNull);
  return type;
}

}  // namespace

LogicalPtr Binder::make_union_all(std::vector<LogicalPtr> inputs) {
  if (inputs.size() == 1) return std::move(inputs[0]);
  const std::size_t width = inputs[0]->schema.size();
  for (const LogicalPtr& input : inputs) {
    if (input->schema.size() != width) throw SqlError(ErrorCode::kWrongNumberOfColumnsInSelect);
  }
  std::vector<types::FieldType> types;
  for (std::size_t column = 0; column < width; ++column) types.push_back(merged_type(inputs, column));
  auto all = std::make_unique<LogicalUnionAll>();
  for (std::size_t column = 0; column < width; ++column) {
    OutputColumn output;
    output.column_id = next_column_id();
    output.type = types[column];
    output.name = inputs[0]->schema[column].name;
    all->schema.push_back(std::move(output));
  }
  for (LogicalPtr& input : inputs) {
    if (all->children.size() % 64 == 0) poll();
    all->children.push_back(cast_columns(std::move(input), types));
  }
  return all;
}

LogicalPtr Binder::make_distinct(LogicalPtr input) {
  auto distinct = std::make_unique<LogicalAggregate>();
  for (const OutputColumn& column : input->schema) {
    distinct->group_outputs.push_back(static_cast<int>(distinct->group_by.size()));
    distinct->group_by.push_back(column_ref(column));
    distinct->schema.push_back(column);
  }
  distinct->children.push_back(std::move(input));
  return distinct;
}

/// EXCEPT and INTERSECT: anti semi and semi joins in which NULL equals NULL, over the distinct left side.
LogicalPtr Binder::combine(LogicalPtr left, LogicalPtr right, sql::SetOperator op, bool all) {
  if (all)
    throw SqlError(ErrorCode::kNotSupportedYet, op == sql::SetOperator::kExcept ? "EXCEPT ALL" : "INTERSECT ALL");
  if (left->schema.size() != right->schema.size()) throw SqlError(ErrorCode::kWrongNumberOfColumnsInSelect);
  LogicalPtr sides[] = {std::move(left), std::move(right)};
  std::vector<types::FieldType> types;
  for (std::size_t i = 0; i < sides[0]->schema.size(); ++i) types.push_back(merged_type(sides, i));
  auto join = std::make_unique<LogicalJoin>();
  join->type = op == sql::SetOperator::kExcept ? JoinType::kAntiSemi : JoinType::kSemi;
  join->children.push_back(make_distinct(cast_columns(std::move(sides[0]), types)));
  join->children.push_back(cast_columns(std::move(sides[1]), types));
  for (std::size_t i = 0; i < types.size(); ++i) {
    join->conditions.push_back(
        call("nulleq", {column_ref(join->children[0]->schema[i]), column_ref(join->children[1]->schema[i])}));
  }
  set_join_schema(*join);
  return join;
}

LogicalPtr Binder::bind_set_operation(const sql::SetOperationQuery& query, Block* outer) {
  // Runs of UNION become one UnionAll; a DISTINCT one makes everything to its left distinct.
  std::vector<LogicalPtr> pending;
  for (const sql::SetOperand& operand : query.operands) {
    poll();
    LogicalPtr plan = bind_query(*operand.query, outer);
    if (pending.empty()) {
      pending.push_back(std::move(plan));
      continue;
    }
    if (operand.op != sql::SetOperator::kUnion) {
      LogicalPtr left = make_union_all(std::move(pending));
      pending.clear();
      pending.push_back(combine(std::move(left), std::move(plan), operand.op, operand.is_all));
      continue;
    }
    if (plan->schema.size() != pending[0]->schema.size()) throw SqlError(ErrorCode::kWrongNumberOfColumnsInSelect);
    pending.push_back(std::move(plan));
    if (operand.is_all) continue;
    // A UNION DISTINCT further right makes this one redundant.
    bool later_distinct = false;
    const sql::SetOperand* const next = &operand + 1;
    for (const sql::SetOperand* rest = next; rest != query.operands.data() + query.operands.size(); ++rest) {
      if (rest->op != sql::SetOperator::kUnion) break;
      later_distinct = later_distinct || !rest->is_all;
    }
    if (later_distinct) continue;
    LogicalPtr merged = make_distinct(make_union_all(std::move(pending)));
    pending.clear();
    pending.push_back(std::move(merged));
  }
  LogicalPtr result = make_union_all(std::move(pending));
  // The names are the first operand's, without tables.
  bool plain = false;
  for (const OutputColumn& column : result->schema) plain = plain || !column.original_table.empty();
  if (!plain) return result;
  auto projection = std::make_unique<LogicalProjection>();
  for (const OutputColumn& column : result->schema) {
    OutputColumn renamed = column;
    renamed.table.clear();
    renamed.database.clear();
    projection->schema.push_back(std::move(renamed));
    projection->expressions.push_back(column_ref(column));
  }
  projection->children.push_back(std::move(result));
  return projection;
}

}  // namespace sluice::planner
