#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/name.h"
#include "expression/function_registry.h"
#include "expression/type_inference.h"
#include "planner/binder.h"
#include "planner/column_supply.h"
#include "planner/functional_dependency.h"
#include "planner/ranges.h"
#include "sql/ast_visitor.h"

namespace sluice::planner {

using catalog::to_lower;

namespace {

/// `5` in ORDER BY 5: an output position, or 0.
std::uint64_t output_position(const sql::Expression& syntax) {
  const auto* literal = syntax.try_as<sql::Literal>();
  if (literal == nullptr || syntax.is_parenthesised || literal->literal_kind != sql::LiteralKind::kInteger) return 0;
  return literal->integer == 0 ? UINT64_MAX : literal->integer;
}

bool has_aggregate(const sql::Expression& syntax) {
  bool found = false;
  sql::walk_expression(syntax, [&](const sql::Expression& node) {
    found = found || node.kind == sql::ExpressionKind::kAggregate;
    return !found;
  });
  return found;
}

/// Where the first quoted text of `source` ends, its closing quote included.
std::size_t end_of_first_string(std::string_view source) {
  const char quote = source.empty() ? '\0' : source[0];
  if (quote != '\'' && quote != '"') return source.size();
  for (std::size_t i = 1; i < source.size(); ++i) {
    if (source[i] == '\\') {
      ++i;
    } else if (source[i] == quote) {
      if (i + 1 >= source.size() || source[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return source.size();
}

/// What is kept of a name that no alias gives: 255 bytes at most, whole characters.
std::string_view cut_name(std::string_view name) {
  constexpr std::size_t kMostNameBytes = 255;
  if (name.size() <= kMostNameBytes) return name;
  std::size_t end = kMostNameBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end);
}

/// `text` without what cannot be seen at its beginning, as a name.
std::string seen_name(std::string_view text) {
  const auto is_seen = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f'; };
  text.remove_prefix(static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_seen) - text.begin()));
  return std::string(cut_name(text));
}

/// The name of a string literal: the first of the strings that make it, without what cannot be seen at its beginning.
std::string string_item_name(const sql::Literal& literal, std::string_view source) {
  if (const std::size_t end = end_of_first_string(source); end < source.size()) {
    const sql::ParsedExpression first = sql::parse_expression(source.substr(0, end));
    if (const auto* text = first.expression->try_as<sql::Literal>()) return seen_name(text->text);
  }
  return seen_name(literal.text);
}

/// MySQL's name of a select item without alias: a column's own name, a string's value, else the text.
std::string item_name(const sql::SelectItem& item) {
  if (item.is_alias_written) return std::string(item.alias);
  const sql::Expression* inner = item.expression;
  while (const auto* unary = inner->try_as<sql::Unary>()) {
    if (unary->op != sql::UnaryOperator::kPlus) break;
    inner = unary->operand;
  }
  if (const auto* column = inner->try_as<sql::ColumnReference>()) return std::string(column->column);
  if (const auto* literal = inner->try_as<sql::Literal>(); literal != nullptr && inner == item.expression) {
    if (literal->literal_kind == sql::LiteralKind::kString) return string_item_name(*literal, item.text);
    if (literal->literal_kind == sql::LiteralKind::kNull) return "NULL";
    if (literal->literal_kind == sql::LiteralKind::kBoolean) return literal->integer != 0 ? "TRUE" : "FALSE";
  }
  return std::string(cut_name(item.text));
}

std::vector<OutputColumn> visible_columns(const std::vector<Block::Item>& items) {
  std::vector<OutputColumn> columns;
  for (const Block::Item& item : items) columns.push_back(item.column);
  return columns;
}

std::vector<sql::ResolvedItem> resolved_list(const std::vector<Block::Item>& items) {
  std::vector<sql::ResolvedItem> list;
  for (const Block::Item& item : items) {
    sql::ResolvedItem& resolved = list.emplace_back();
    resolved.alias = item.column.name;
    if (item.syntax != nullptr) {
      resolved.expression = item.syntax;
      resolved.is_named = item.is_alias || item.syntax->kind == sql::ExpressionKind::kColumn;
      continue;
    }
    resolved.schema = item.column.database;
    resolved.table = item.column.table;
    resolved.column = item.column.name;
    resolved.is_named = true;
  }
  return list;
}

}  // namespace

LogicalPtr Binder::bind_select(const sql::SelectQuery& select, Block* outer) {
  poll();
  ++select_depth_;
  Block block;
  block.outer = outer;
  block.hint_name = "sel_" + std::to_string(++select_count_);
  hint_registry_.add(select.hints, block.hint_name, statement_hints,
                     context_.eval == nullptr ? nullptr : context_.eval->warnings);
  block.hints = std::make_shared<HintSet>(hint_registry_.block(block.hint_name));
  block.hints->straight_join |= select.is_straight_join;
  if (!select.windows.empty()) throw SqlError(ErrorCode::kNotSupportedYet, "window function");

  const bool locks = select.locking != nullptr && select.locking->strength != sql::LockStrength::kNone && !in_view_;
  const bool outer_lock = std::exchange(lock_sources_, locks || (in_write_ && outer == nullptr && lock_sources_));
  locks_rows = locks_rows || locks;
  if (select.from != nullptr) {
    bind_from(*select.from, block);
  } else {
    block.plan = std::make_unique<LogicalDual>();
  }
  lock_sources_ = outer_lock;

  name_items(select, block);
  if (select.where != nullptr) {
    block.clause = Clause::kWhere;
    bind_conditions(*select.where, block);
  }
  if (locks) add_lock(*select.locking, block);

  bind_group_by(select, select, block);
  bind_items(block);
  if (context_.resolved_lists != nullptr) (*context_.resolved_lists)[&select] = resolved_list(block.items);

  block.is_distinct = select.distinct == sql::Distinctness::kDistinct;
  if (select.having != nullptr) {
    block.clause = Clause::kHaving;
    bind_conditions(*select.having, block);
  }
  std::vector<SortKey> keys = bind_order_by(select.order_by, block);
  if (block.is_distinct) add_distinct(block);
  add_sort(std::move(keys), block.plan);
  if (select.limit != nullptr) add_limit(*select.limit, block.plan);

  auto result = std::make_unique<LogicalProjection>();
  result->schema = visible_columns(block.items);
  for (const Block::Item& item : block.items) result->expressions.push_back(item.reference);
  result->children.push_back(std::move(block.plan));
  supply_columns(*result->children[0], used_columns(*result));
  --select_depth_;  // an error ends the binding as a whole
  return result;
}

void Binder::add_wildcard(const sql::SelectItem& item, Block& block) {
  const std::string table = to_lower(item.wildcard_table);
  const std::string database = to_lower(item.wildcard_schema);
  bool any = false;
  for (const ScopeColumn& column : block.columns) {
    if (column.hidden) continue;
    if (table.empty() ? column.merged_away
                      : column.lower_table != table || (!database.empty() && column.lower_database != database))
      continue;
    any = true;
    Block::Item added;
    added.lower_name = column.lower_name;
    added.expression = column_ref(column.column);
    added.column = column.column;
    block.items.push_back(std::move(added));
  }
  if (any) return;
  if (table.empty()) throw SqlError(ErrorCode::kNoTablesUsed);
  throw SqlError(ErrorCode::kBadTableError, item.wildcard_table);
}

/// The select list before it is bound: its names, for GROUP BY.
void Binder::name_items(const sql::SelectQuery& select, Block& block) {
  for (const sql::SelectItem& item : select.items) {
    if (item.expression == nullptr) {
      add_wildcard(item, block);
      continue;
    }
    Block::Item named;
    named.syntax = item.expression;
    named.is_alias = item.is_alias_written;
    named.column.name = item_name(item);
    named.lower_name = to_lower(named.column.name);
    block.items.push_back(std::move(named));
  }
}

ExpressionPtr Binder::over_groups(const ExpressionPtr& expression, const Block& block) {
  if (block.aggregate == nullptr || block.group_from.empty()) return expression;
  return replace_subtrees(expression, block.group_from, block.group_to);
}

ExpressionPtr Binder::bind_group_item(const sql::OrderItem& item, Block& block) {
  const std::uint64_t position = output_position(*item.expression);
  if (position == 0) {
    const auto* const name = item.expression->try_as<sql::ColumnReference>();
    return fold(name != nullptr ? bind_group_column(*name, block) : bind_expression(*item.expression, block));
  }
  if (position > block.items.size()) {
    throw SqlError(ErrorCode::kBadFieldError, position == UINT64_MAX ? std::string("0") : std::to_string(position),
                   "group statement");
  }
  const Block::Item& target = block.items[position - 1];
  if (target.syntax == nullptr) return target.expression;
  if (has_aggregate(*target.syntax)) throw SqlError(ErrorCode::kWrongGroupField, target.column.name);
  block.clause = Clause::kFieldList;
  ExpressionPtr bound = fold(bind_expression(*target.syntax, block));
  block.clause = Clause::kGroupBy;
  return bound;
}

void Binder::bind_group_by(const sql::SelectQuery& select, const sql::Query& query, Block& block) {
  if (select.is_rollup) throw SqlError(ErrorCode::kNotSupportedYet, "WITH ROLLUP");
  std::vector<const sql::Aggregate*> found;
  for (const sql::SelectItem& item : select.items) {
    if (item.expression != nullptr) find_aggregates(*item.expression, nullptr, block, found);
  }
  if (select.having != nullptr) find_aggregates(*select.having, nullptr, block, found);
  for (const sql::OrderItem& item : query.order_by) find_aggregates(*item.expression, nullptr, block, found);

  block.is_grouped = !select.group_by.empty() || !found.empty();
  if (!block.is_grouped) return;
  block.pending_aggregate = std::make_unique<LogicalAggregate>();
  LogicalAggregate& aggregate = *block.pending_aggregate;
  block.clause = Clause::kGroupBy;
  for (const sql::OrderItem& item : select.group_by) {
    if (has_aggregate(*item.expression)) throw SqlError(ErrorCode::kInvalidGroupFuncUse);
    aggregate.group_by.push_back(bind_group_item(item, block));
  }
  for (const sql::Aggregate* syntax : found) add_aggregate(*syntax, block, block);

  for (std::size_t i = 0; i < aggregate.group_by.size(); ++i) {
    const ExpressionPtr& expression = aggregate.group_by[i];
    OutputColumn column;
    if (const ColumnRef* plain = as_column(expression)) {
      if (block.group_columns.contains(plain->column_id())) continue;
      const OutputColumn* known = find_column(*block.plan, plain->column_id());
      if (known == nullptr) continue;  // an outer column: one value for all groups
      column = *known;
      block.group_columns.insert(column.column_id);
    } else {
      column.column_id = next_column_id();
      column.type = expression->type();
      block.group_columns.insert(column.column_id);
      block.group_from.push_back(expression);
      block.group_to.push_back(column_ref(column));
    }
    aggregate.group_outputs.push_back(static_cast<int>(i));
    aggregate.schema.push_back(std::move(column));
  }
  using Method = LogicalAggregate::Method;
  if (block.hints->hash_aggregate) aggregate.method = Method::kHash;
  if (block.hints->stream_aggregate) aggregate.method = Method::kStream;
  aggregate.children.push_back(std::move(block.plan));
  block.aggregate = block.pending_aggregate.get();
  block.plan = std::move(block.pending_aggregate);
}

void Binder::add_aggregate(const sql::Aggregate& syntax, Block& block, Block& home) {
  if (const auto known = home.aggregate_results.find(&syntax); known != home.aggregate_results.end()) {
    block.aggregate_results[&syntax] = known->second;
    return;
  }
  LogicalAggregate& aggregate = home.aggregate != nullptr ? *home.aggregate : *home.pending_aggregate;
  const bool was_inside = std::exchange(home.inside_aggregate, true);
  std::vector<ExpressionPtr> arguments;
  if (syntax.is_star) arguments.push_back(expression::make_int(1));
  for (const sql::Expression* argument : syntax.arguments) {
    if (has_aggregate(*argument)) throw SqlError(ErrorCode::kInvalidGroupFuncUse);
    arguments.push_back(fold(bind_expression(*argument, home)));
  }
  expression::AggregateDescriptor descriptor =
      expression::make_aggregate(syntax.name, std::move(arguments), syntax.is_distinct, build_);
  for (const sql::OrderItem& item : syntax.order_by) {
    ExpressionPtr key;
    if (const std::uint64_t position = output_position(*item.expression); position != 0) {
      if (position > syntax.arguments.size())
        throw SqlError(ErrorCode::kBadFieldError, std::to_string(position), "order clause");
      key = bind_expression(*syntax.arguments[position - 1], home);
    } else {
      key = bind_expression(*item.expression, home);
    }
    descriptor.order_by.push_back({std::move(key), item.descending});
  }
  descriptor.separator = std::string(syntax.separator);
  home.inside_aggregate = was_inside;
  poll();
  const auto [first, last] = home.aggregates_by_hash.equal_range(descriptor.hash());
  for (auto same = first; same != last; ++same) {
    const std::size_t i = same->second;
    if (!aggregate.aggregates[i].equals(descriptor)) continue;
    home.aggregate_results[&syntax] = column_ref(aggregate.schema[i]);
    block.aggregate_results[&syntax] = home.aggregate_results[&syntax];
    return;
  }
  OutputColumn column;
  column.column_id = next_column_id();
  column.type = descriptor.result_type;
  home.aggregate_results[&syntax] = column_ref(column);
  block.aggregate_results[&syntax] = home.aggregate_results[&syntax];
  home.aggregates_by_hash.emplace(descriptor.hash(), aggregate.aggregates.size());
  home.aggregate_ids.insert(column.column_id);
  const auto at = static_cast<std::ptrdiff_t>(aggregate.aggregates.size());
  aggregate.aggregates.push_back(std::move(descriptor));
  aggregate.schema.insert(aggregate.schema.begin() + at, std::move(column));
}

void Binder::check_grouping(const ExpressionPtr& expression, std::size_t number, std::string_view place, Block& block) {
  if (block.aggregate == nullptr || !build_.sql_mode.has(types::SqlMode::kOnlyFullGroupBy)) return;
  const ColumnSet used = columns_of(*expression);
  if (used.empty()) return;
  // As long as the item is a value of the groups, as most are, nothing needs to be known about the rest.
  if (const ColumnRef* column = as_column(expression)) {
    if (block.aggregate_ids.contains(column->column_id())) return;
  }
  const ColumnSet outputs = block.aggregate->output_ids();
  const LogicalNode& input = *block.aggregate->children[0];
  for (std::int64_t id : used) {
    if (outputs.contains(id) || !can_supply(input, id)) continue;
    if (block.group_columns.size() > 0 && determined_columns(input, block.group_columns).contains(id)) continue;
    const std::string name = display_name(*find_column(input, id));
    if (block.aggregate->is_scalar()) {
      if (determined_columns(input, {}).contains(id)) continue;
      throw SqlError(ErrorCode::kMixOfGroupFuncAndFieldsIncompatible, number, name);
    }
    throw SqlError(ErrorCode::kWrongFieldWithGroup, number, place, name);
  }
}

void Binder::bind_items(Block& block) {
  block.clause = Clause::kFieldList;
  bool sequential = false;
  for (std::size_t i = 0; i < block.items.size(); ++i) {
    Block::Item& item = block.items[i];
    poll();
    ExpressionPtr bound =
        item.expression != nullptr ? item.expression : over_groups(fold(bind_expression(*item.syntax, block)), block);
    check_grouping(bound, i + 1, "SELECT list", block);
    if (const ColumnRef* plain = as_column(bound)) {
      const OutputColumn* known = find_column(*block.plan, plain->column_id());
      const std::string name = item.column.name;
      if (known != nullptr) {
        item.column = *known;
        item.column.database.clear();
        item.column.table.clear();
      }
      // The names that the client sees are those by which the query knows the column.
      for (const ScopeColumn& visible : block.columns) {
        if (visible.column.column_id == plain->column_id()) {
          item.column = visible.column;
          break;
        }
      }
      if (known != nullptr) item.column.type = known->type;
      if (known == nullptr) {
        item.column = OutputColumn{};
        item.column.column_id = next_column_id();  // an outer column
        item.column.type = bound->type();
      }
      item.column.name = name;
      item.expression = bound;
      item.reference = column_ref(item.column);
    } else {
      item.column.column_id = next_column_id();
      item.column.type = bound->type();
      item.expression = bound;
      item.reference = column_ref(item.column);
      sequential = sequential || (bound->needs_session() && !bound->is_deterministic());
    }
  }
  block.items_are_bound = true;
  auto projection = std::make_unique<LogicalProjection>();
  projection->sequential = sequential;
  ColumnSet added;
  for (const Block::Item& item : block.items) {
    if (added.contains(item.column.column_id)) continue;
    added.insert(item.column.column_id);
    projection->schema.push_back(item.column);
    projection->expressions.push_back(item.expression);
  }
  projection->children.push_back(std::move(block.plan));
  block.projection = projection.get();
  block.plan = std::move(projection);
}

std::vector<SortKey> Binder::bind_order_by(sql::List<sql::OrderItem> order, Block& block) {
  block.clause = Clause::kOrderBy;
  std::vector<SortKey> keys;
  std::size_t number = 0;
  for (const sql::OrderItem& item : order) {
    ++number;
    ExpressionPtr key;
    if (const std::uint64_t position = output_position(*item.expression); position != 0) {
      if (position > block.items.size()) {
        throw SqlError(ErrorCode::kBadFieldError, position == UINT64_MAX ? std::string("0") : std::to_string(position),
                       "order clause");
      }
      key = block.items[position - 1].reference;
    } else if (const auto* column = item.expression->try_as<sql::ColumnReference>()) {
      key = find_in_items(*column, block);
    }
    if (key == nullptr) {
      key = over_groups(fold(bind_expression(*item.expression, block)), block);
      std::vector<ExpressionPtr> from;
      std::vector<ExpressionPtr> to;
      for (const Block::Item& bound : block.items) {
        if (as_column(bound.expression) != nullptr || as_constant(bound.expression) != nullptr) continue;
        from.push_back(bound.expression);
        to.push_back(bound.reference);
      }
      key = replace_subtrees(key, from, to);
      check_grouping(key, number, "ORDER BY", block);
    }
    if (as_constant(key) != nullptr) continue;
    if (block.is_distinct && build_.sql_mode.has(types::SqlMode::kOnlyFullGroupBy)) {
      ColumnSet selected;
      for (const Block::Item& bound : block.items) selected.insert(bound.column.column_id);
      for (std::int64_t id : columns_of(*key)) {
        if (selected.contains(id)) continue;
        const OutputColumn* known = find_column(*block.plan, id);
        if (known != nullptr)
          throw SqlError(ErrorCode::kFieldInOrderNotSelect, number, "ORDER BY clause", display_name(*known),
                         "DISTINCT");
      }
    }
    // A column of ENUM or SET orders by its numbers, what an expression makes of labels by their text.
    const bool is_label = key->type().code == types::TypeCode::kEnum || key->type().code == types::TypeCode::kSet;
    if (is_label && as_column(key) == nullptr) {
      const types::FieldType& type = key->type();
      key = expression::make_cast(key, expression::varchar_type(expression::text_length(type), type.collation), build_);
    }
    keys.push_back({std::move(key), item.descending});
  }
  return keys;
}

void Binder::add_distinct(Block& block) {
  auto distinct = std::make_unique<LogicalAggregate>();
  ColumnSet added;
  for (const Block::Item& item : block.items) {
    if (added.contains(item.column.column_id)) continue;
    added.insert(item.column.column_id);
    distinct->group_outputs.push_back(static_cast<int>(distinct->group_by.size()));
    distinct->group_by.push_back(item.reference);
    distinct->schema.push_back(item.column);
  }
  if (block.hints->hash_aggregate) distinct->method = LogicalAggregate::Method::kHash;
  if (block.hints->stream_aggregate) distinct->method = LogicalAggregate::Method::kStream;
  distinct->children.push_back(std::move(block.plan));
  block.plan = std::move(distinct);
}

LimitBounds Binder::limit_bounds(const sql::LimitClause& limit) {
  LimitBounds bounds;
  Block empty;
  const auto read = [&](const sql::Expression& syntax, std::uint64_t& number, ExpressionPtr& expression) {
    if (const auto* literal = syntax.try_as<sql::Literal>()) {
      number = literal->literal_kind == sql::LiteralKind::kDecimal ? UINT64_MAX
                                                                   : literal->integer;  // beyond 64 bits: no limit
      return;
    }
    expression = bind_expression(syntax, empty);
    if (context_.eval == nullptr) return;
    const types::Value value = expression->evaluate_constant(*context_.eval);
    const std::optional<std::uint64_t> given = limit_number(value);
    // NULL is what a parameter is while its statement is being prepared; at execution it is an error (resolve_limit).
    if (!given && !value.is_null()) throw SqlError(ErrorCode::kWrongArguments, "LIMIT");
    if (given) number = *given;
  };
  read(*limit.count, bounds.count, bounds.count_expression);
  if (limit.offset != nullptr) read(*limit.offset, bounds.offset, bounds.offset_expression);
  return bounds;
}

void Binder::add_sort(std::vector<SortKey> keys, LogicalPtr& plan) {
  if (keys.empty()) return;
  auto sort = std::make_unique<LogicalSort>();
  sort->keys = std::move(keys);
  sort->schema = plan->schema;
  sort->children.push_back(std::move(plan));
  plan = std::move(sort);
}

void Binder::add_limit(const sql::LimitClause& syntax, LogicalPtr& plan) {
  auto limit = std::make_unique<LogicalLimit>();
  limit->bounds = limit_bounds(syntax);
  limit->schema = plan->schema;
  limit->children.push_back(std::move(plan));
  plan = std::move(limit);
}

void Binder::add_lock(const sql::LockingClause& locking, Block& block) {
  auto lock = std::make_unique<LogicalLock>();
  lock->strength = locking.strength == sql::LockStrength::kShare ? LockStrength::kShare : LockStrength::kUpdate;
  switch (locking.wait) {
    case sql::LockWait::kWait:
      lock->request.wait = LockWait::kWait;
      break;
    case sql::LockWait::kNoWait:
      lock->request.wait = LockWait::kNoWait;
      break;
    case sql::LockWait::kSkipLocked:
      lock->request.wait = LockWait::kSkipLocked;
      break;
    case sql::LockWait::kWaitSeconds:
      lock->request.wait = LockWait::kSeconds;
      break;
  }
  lock->request.wait_seconds = locking.wait_seconds;
  std::set<std::string> wanted;
  for (const sql::ObjectName& name : locking.of_tables) {
    const std::string lower = to_lower(name.name);
    bool known = false;
    for (const auto& table : block.tables) known = known || table.second == lower;
    if (!known) throw SqlError(ErrorCode::kUnresolvedTableLock, name.name);
    wanted.insert(lower);
  }
  const auto collect = [&](auto& self, LogicalNode& node) -> void {
    if (auto* source = node.try_as<DataSource>()) {
      if (!source->lock || source->is_memory_table) return;
      if (!wanted.empty() && !wanted.contains(to_lower(source->source.alias))) {
        source->lock.reset();
        return;
      }
      source->lock = lock->request;
      lock->tables.push_back({source->source, source->handle_ids});
      return;
    }
    // Only tables of this FROM clause: derived tables begin with a projection.
    if (node.kind == LogicalKind::kJoin) {
      self(self, *node.children[0]);
      if (!node.as<LogicalJoin>().is_semi_kind()) self(self, *node.children[1]);
    } else if (node.kind == LogicalKind::kSelection) {
      self(self, *node.children[0]);
    }
  };
  collect(collect, *block.plan);
  if (lock->tables.empty()) return;
  lock->schema = block.plan->schema;
  lock->children.push_back(std::move(block.plan));
  block.plan = std::move(lock);
}

LogicalPtr Binder::bind_values(const sql::ValuesQuery& values, Block* outer) {
  std::vector<LogicalPtr> rows;
  for (const sql::ExpressionList& list : values.rows) {
    if (rows.size() % 64 == 0) poll();
    if (!rows.empty() && list.size() != values.rows[0].size())
      throw SqlError(ErrorCode::kWrongValueCountOnRow, rows.size() + 1);
    Block block;
    block.outer = outer;
    block.hints = std::make_shared<HintSet>();
    block.plan = std::make_unique<LogicalDual>();
    std::vector<ExpressionPtr> expressions = bind_list(list, block);
    auto projection = std::make_unique<LogicalProjection>();
    for (ExpressionPtr& expression : expressions) {
      OutputColumn column;
      column.column_id = next_column_id();
      column.type = expression->type();
      column.name = "column_" + std::to_string(projection->schema.size());
      projection->schema.push_back(std::move(column));
      projection->expressions.push_back(std::move(expression));
    }
    projection->children.push_back(std::move(block.plan));
    rows.push_back(std::move(projection));
  }
  return make_union_all(std::move(rows));
}

}  // namespace sluice::planner
