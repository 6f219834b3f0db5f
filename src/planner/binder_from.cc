#include "base/check.h"
#include "base/sql_error.h"
#include "base/warnings.h"
#include "catalog/schema.h"
#include "catalog/statistics.h"
#include "planner/binder.h"
#include "sql/ast_visitor.h"

namespace sluice::planner {

using catalog::to_lower;

void Binder::add_privilege(std::string_view database, std::string_view table, std::string_view privilege) {
  if (in_view_) return;  // a view is run with its definer's rights
  PrivilegeRequirement requirement{std::string(database), std::string(table), std::string(privilege)};
  for (const PrivilegeRequirement& known : privileges) {
    if (known == requirement) return;
  }
  privileges.push_back(std::move(requirement));
}

std::shared_ptr<const catalog::TableInfo> Binder::find_table(std::string_view database, std::string_view table,
                                                             std::string& database_out) {
  const std::string_view wanted = database.empty() ? std::string_view(current_database_) : database;
  if (wanted.empty()) throw SqlError(ErrorCode::kNoDbError);
  if (context_.memory_tables != nullptr) {
    if (auto found = context_.memory_tables->find(wanted, table)) {
      database_out = std::string(wanted);
      return found;
    }
    if (context_.memory_tables->is_memory_database(wanted)) throw SqlError(ErrorCode::kNoSuchTable, wanted, table);
  }
  SLUICE_CHECK(context_.schema != nullptr, "planning without a schema");
  auto found = context_.schema->find_public_table(wanted, table);
  if (found == nullptr) {
    throw SqlError(ErrorCode::kNoSuchTable, wanted, table);
  }
  const catalog::DatabaseInfo* info = context_.schema->find_public_database(wanted);
  database_out = info == nullptr ? std::string(wanted) : info->name.original;
  return found;
}

CteBinding* Binder::find_cte(std::string_view lower_name) {
  for (CteBinding* cte = innermost_cte_; cte != nullptr; cte = cte->outer) {
    if (cte->lower_name == lower_name) return cte;
  }
  return nullptr;
}

void Binder::expose(const std::vector<OutputColumn>& schema, const std::string& database, const std::string& alias,
                    Block& block) {
  const std::string lower_database = to_lower(database);
  const std::string lower_alias = to_lower(alias);
  for (const OutputColumn& column : schema) {
    ScopeColumn visible;
    visible.column = column;
    visible.lower_database = lower_database;
    visible.lower_table = lower_alias;
    visible.lower_name = to_lower(column.name);
    block.columns.push_back(std::move(visible));
  }
}

void Binder::add_table_name(const std::string& database, const std::string& alias, Block& block) {
  std::pair<std::string, std::string> name{to_lower(database), to_lower(alias)};
  for (const auto& known : block.tables) {
    if (known == name) throw SqlError(ErrorCode::kNonuniqTable, alias);
  }
  block.tables.push_back(std::move(name));
}

std::unique_ptr<DataSource> Binder::make_source(const std::string& database,
                                                std::shared_ptr<const catalog::TableInfo> table,
                                                const std::string& alias, Block& block) {
  auto source = std::make_unique<DataSource>();
  source->source = {database, alias, table};
  source->is_memory_table =
      context_.memory_tables != nullptr && context_.memory_tables->find(database, table->name.original) == table;
  if (lock_sources_) source->lock.emplace();
  source->block_hints = block.hints;
  if (!source->is_memory_table && context_.statistics != nullptr)
    source->statistics = context_.statistics->find(table->id);
  if (!source->is_memory_table) {
    bool known = false;
    for (std::int64_t id : table_ids) known = known || id == table->id;
    if (!known) table_ids.push_back(table->id);
  }
  source->all_column_ids.resize(table->columns.size());
  for (const catalog::ColumnInfo& info : table->columns) {
    const std::int64_t id = next_column_id();
    source->all_column_ids[static_cast<std::size_t>(info.offset)] = id;
    if (!info.is_public()) continue;
    OutputColumn column{
        id, value_type(info), database, alias, table->name.original, info.name.original, info.name.original};
    source->schema.push_back(std::move(column));
    source->column_offsets.push_back(info.offset);
  }
  if (!source->is_memory_table && table->has_hidden_row_id()) {
    source->row_id_column = next_column_id();
    types::FieldType type = types::FieldType::bigint();
    type.set_flag(types::field_flag::kNotNull);
    source->schema.push_back(
        {source->row_id_column, type, database, alias, table->name.original, "_tidb_rowid", "_tidb_rowid"});
    source->column_offsets.push_back(kRowIdOffset);
    source->handle_ids = {source->row_id_column};
  } else if (table->pk_is_handle) {
    source->handle_ids = {source->all_column_ids[static_cast<std::size_t>(table->handle_column()->offset)]};
  } else if (const catalog::IndexInfo* primary = table->primary_index();
             table->is_common_handle && primary != nullptr) {
    for (const catalog::IndexColumn& part : primary->columns) {
      source->handle_ids.push_back(source->all_column_ids[static_cast<std::size_t>(part.offset)]);
    }
  }
  return source;
}

AccessHints Binder::access_hints(const sql::NamedTable& table, const std::string& alias, const catalog::TableInfo& info,
                                 Block& block) {
  AccessHints hints;
  const auto check = [&](const std::string& name) {
    if (name == "primary" && info.has_clustered_primary_key()) return true;
    const catalog::IndexInfo* index = info.find_index(name);
    return index != nullptr && index->is_public();
  };
  for (const sql::IndexHint& hint : table.index_hints) {
    if (hint.kind == sql::IndexHintKind::kUse && hint.indexes.empty()) hints.use_none = true;
    for (sql::Name name : hint.indexes) {
      std::string lower = to_lower(name);
      if (!check(lower)) throw SqlError(ErrorCode::kKeyDoesNotExits, name, info.name.original);
      if (hint.kind == sql::IndexHintKind::kIgnore)
        hints.ignore.push_back(std::move(lower));
      else
        hints.use.push_back(std::move(lower));
      hints.force |= hint.kind == sql::IndexHintKind::kForce;
    }
  }
  if (block.hints == nullptr) return hints;
  const std::string lower_alias = to_lower(alias);
  for (HintSet::IndexHint& hint : block.hints->indexes) {
    if (hint.table != lower_alias) continue;
    hint.used = true;
    std::vector<std::string>* list = &hints.use;
    if (hint.name == "ignore_index") list = &hints.ignore;
    if (hint.name == "order_index") list = &hints.keep_order;
    if (hint.name == "no_order_index") list = &hints.no_keep_order;
    if (hint.name == "use_index" && hint.indexes.empty()) hints.use_none = true;
    hints.force |= hint.name == "force_index";
    for (const std::string& name : hint.indexes) {
      if (!check(name)) {
        if (context_.eval != nullptr && context_.eval->warnings != nullptr) {
          context_.eval->warnings->append(SqlError(ErrorCode::kKeyDoesNotExits, name, info.name.original));
        }
        continue;
      }
      list->push_back(name);
      if (list == &hints.keep_order || list == &hints.no_keep_order) hints.use.push_back(name);
    }
  }
  return hints;
}

void Binder::bind_named_table(const sql::NamedTable& table, Block& block) {
  if (table.sample != nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "TABLESAMPLE");
  if (table.as_of_timestamp != nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "AS OF TIMESTAMP");
  if (table.name.schema.empty()) {
    if (CteBinding* cte = find_cte(to_lower(table.name.name))) return bind_cte(*cte, table, block);
  }
  std::string database;
  auto info = find_table(table.name.schema, table.name.name, database);
  const std::string alias(table.alias.empty() ? std::string_view(table.name.name) : std::string_view(table.alias));
  add_privilege(database, info->name.original, "SELECT");
  if (info->is_view()) return bind_view(*info, database, alias, block);
  if (!table.partitions.empty()) throw SqlError(ErrorCode::kPartitionClauseOnNonpartitioned);
  auto source = make_source(database, std::move(info), alias, block);
  source->hints = access_hints(table, alias, *source->source.table, block);
  add_table_name(database, alias, block);
  const std::size_t first = block.columns.size();
  expose(source->schema, database, alias, block);
  for (std::size_t i = first; i < block.columns.size(); ++i) {
    const int offset = source->column_offsets[i - first];
    block.columns[i].hidden =
        offset == kRowIdOffset || source->source.table->columns[static_cast<std::size_t>(offset)].hidden;
    if (offset != kRowIdOffset && block.columns[i].hidden)
      block.columns[i].lower_name.clear();  // columns of expression indexes have no usable name
  }
  block.plan = std::move(source);
}

void Binder::bind_derived_table(const sql::DerivedTable& table, Block& block) {
  if (table.alias.empty()) throw SqlError(ErrorCode::kDerivedMustHaveAlias);
  LogicalPtr plan =
      bind_query(*table.query, table.is_lateral && block.lateral != nullptr ? block.lateral : block.outer);
  if (!table.columns.empty() && table.columns.size() != plan->schema.size()) throw SqlError(ErrorCode::kViewWrongList);
  std::set<std::string> names;
  std::vector<OutputColumn> visible = plan->schema;
  for (std::size_t i = 0; i < visible.size(); ++i) {
    OutputColumn& column = visible[i];
    if (!table.columns.empty()) column.name = table.columns[i];
    column.table = table.alias;
    column.database.clear();
    if (!names.insert(to_lower(column.name)).second) throw SqlError(ErrorCode::kDupFieldname, column.name);
  }
  add_table_name("", std::string(table.alias), block);
  expose(visible, "", std::string(table.alias), block);
  block.plan = std::move(plan);
}

void Binder::bind_view(const catalog::TableInfo& view, const std::string& database, const std::string& alias,
                       Block& block) {
  const std::string key = to_lower(database) + "." + view.name.lower;
  for (const std::string& name : view_stack_) {
    if (name == key) throw SqlError(ErrorCode::kViewRecursive, database, view.name.original);
  }
  const bool known = std::find(table_ids.begin(), table_ids.end(), view.id) != table_ids.end();
  if (!known) table_ids.push_back(view.id);
  view_stack_.push_back(key);
  const std::string outer_database = std::exchange(current_database_, database);
  const bool outer_in_view = std::exchange(in_view_, true);
  CteBinding* const outer_cte = std::exchange(innermost_cte_, nullptr);
  LogicalPtr plan;
  try {
    view_texts_.push_back(sql::parse_copy(view.view->select));
    const auto& statements = view_texts_.back().statements();
    SLUICE_CHECK(statements.size() == 1 && statements[0]->kind == sql::StatementKind::kQuery,
                 "a view's text is not one query");
    plan = bind_query(*statements[0]->as<sql::QueryStatement>().query, nullptr);
  } catch (const SqlError& error) {
    if (error.code() == ErrorCode::kNoSuchTable || error.code() == ErrorCode::kBadFieldError ||
        error.code() == ErrorCode::kSpDoesNotExist) {
      throw SqlError(ErrorCode::kViewInvalid, database, view.name.original);
    }
    throw;
  }
  view_stack_.pop_back();
  current_database_ = outer_database;
  in_view_ = outer_in_view;
  innermost_cte_ = outer_cte;
  if (plan->schema.size() < view.view->columns.size())
    throw SqlError(ErrorCode::kViewInvalid, database, view.name.original);
  std::vector<OutputColumn> visible(plan->schema.begin(),
                                    plan->schema.begin() + static_cast<std::ptrdiff_t>(view.view->columns.size()));
  for (std::size_t i = 0; i < visible.size(); ++i) {
    visible[i].name = view.view->columns[i].original;
    visible[i].table = alias;
    visible[i].database = database;
  }
  add_table_name(database, alias, block);
  expose(visible, database, alias, block);
  block.plan = std::move(plan);
}

void Binder::bind_cte(CteBinding& cte, const sql::NamedTable& table, Block& block) {
  const std::string alias(table.alias.empty() ? std::string_view(table.name.name) : std::string_view(table.alias));
  std::vector<OutputColumn> visible;
  if (cte.is_being_bound) {
    if (!cte.recursive_with || cte.definition == nullptr)
      throw SqlError(ErrorCode::kCteRecursiveRequiresNonrecursiveFirst, cte.syntax->name);
    if (cte.was_referenced_recursively || select_depth_ != cte.recursive_depth)
      throw SqlError(ErrorCode::kInvalidRequiresSingleReference, cte.syntax->name);
    cte.was_referenced_recursively = true;
    auto scan = std::make_unique<LogicalCteTable>();
    scan->cte_id = cte.definition->id;
    scan->name = cte.definition->name;
    visible = cte.definition->schema;
    for (OutputColumn& column : visible) column.column_id = next_column_id();
    scan->schema = visible;
    block.plan = std::move(scan);
  } else {
    define_recursive_cte(cte);
    auto scan = std::make_unique<LogicalCteScan>();
    scan->definition = cte.definition;
    scan->alias = alias;
    ++cte.definition->reference_count;
    visible = cte.definition->schema;
    for (std::size_t i = 0; i < visible.size(); ++i) {
      visible[i].column_id = next_column_id();
      visible[i].database.clear();
      visible[i].original_table.clear();
      scan->columns.push_back(static_cast<int>(i));
    }
    scan->schema = visible;
    block.plan = std::move(scan);
  }
  for (OutputColumn& column : visible) column.table = alias;
  add_table_name("", alias, block);
  expose(visible, "", alias, block);
}

namespace {

bool groups_rows(const sql::SelectQuery& select) {
  bool found = !select.group_by.empty();
  const auto look = [&](const sql::Expression* syntax) {
    if (syntax == nullptr) return;
    sql::walk_expression(*syntax, [&](const sql::Expression& node) {
      found =
          found || node.kind == sql::ExpressionKind::kAggregate || node.kind == sql::ExpressionKind::kWindowFunction;
      return !found;
    });
  };
  for (const sql::SelectItem& item : select.items) look(item.expression);
  look(select.having);
  return found;
}

/// Whether a table named `lower_name` stands where an outer join fills in NULLs.
bool is_optional_in(const sql::TableReference& reference, std::string_view lower_name, bool is_optional) {
  if (const auto* join = reference.try_as<sql::Join>()) {
    return is_optional_in(*join->left, lower_name, is_optional || join->join_kind == sql::JoinKind::kRight) ||
           is_optional_in(*join->right, lower_name, is_optional || join->join_kind == sql::JoinKind::kLeft);
  }
  const auto* named = reference.try_as<sql::NamedTable>();
  return is_optional && named != nullptr && named->name.schema.empty() && to_lower(named->name.name) == lower_name;
}

/// Throws 1235, 3575 or 3576 for what the recursive part of the CTE `name` may not be.
void check_recursive_part(const sql::SetOperand& operand, std::string_view name) {
  const auto check_operator = [](sql::SetOperator op) {
    if (op == sql::SetOperator::kUnion) return;
    const std::string name = op == sql::SetOperator::kExcept ? "EXCEPT" : "INTERSECT";
    throw SqlError(ErrorCode::kNotSupportedYet,
                   name +
                       " between seed part and recursive part, hint: The operator between seed part and recursive "
                       "part must bu UNION[DISTINCT] or UNION ALL");
  };
  check_operator(operand.op);
  if (const auto* nested = operand.query->try_as<sql::SetOperationQuery>()) {
    for (const sql::SetOperand& part : nested->operands.subspan(1)) check_operator(part.op);
  }
  const auto* const select = operand.query->try_as<sql::SelectQuery>();
  const bool is_distinct = select != nullptr && select->distinct == sql::Distinctness::kDistinct;
  if (is_distinct || !operand.query->order_by.empty() || operand.query->limit != nullptr) {
    throw SqlError(ErrorCode::kNotSupportedYet,
                   "ORDER BY / LIMIT / SELECT DISTINCT in recursive query block of Common Table Expression");
  }
  if (select == nullptr) return;
  if (groups_rows(*select)) throw SqlError(ErrorCode::kCteRecursiveForbidsAggregation, name);
  if (select->from != nullptr && is_optional_in(*select->from, to_lower(name), false))
    throw SqlError(ErrorCode::kCteRecursiveForbiddenJoinOrder, name);
}

}  // namespace

/// Binds a CTE's body at its first use.
void Binder::define_recursive_cte(CteBinding& cte) {
  if (cte.definition != nullptr) return;
  CteBinding* const outer_cte = std::exchange(innermost_cte_, cte.recursive_with ? &cte : cte.outer);
  auto definition = std::make_shared<LogicalCte>();
  definition->id = ++last_cte_id_;
  definition->name = std::string(cte.syntax->name);
  const auto name_columns = [&](std::vector<OutputColumn>& schema) {
    if (!cte.syntax->columns.empty() && cte.syntax->columns.size() != schema.size())
      throw SqlError(ErrorCode::kViewWrongList);
    std::set<std::string> names;
    for (std::size_t i = 0; i < schema.size(); ++i) {
      if (!cte.syntax->columns.empty()) schema[i].name = cte.syntax->columns[i];
      schema[i].original_table.clear();
      schema[i].original_name.clear();
      if (!names.insert(to_lower(schema[i].name)).second) throw SqlError(ErrorCode::kDupFieldname, schema[i].name);
    }
  };
  const sql::Query& body = *cte.syntax->query;
  const auto* set_operation = body.try_as<sql::SetOperationQuery>();
  cte.is_being_bound = cte.recursive_with;
  if (!cte.recursive_with || set_operation == nullptr) {
    try {
      definition->seed = bind_query(body, cte.block);
    } catch (const SqlError& error) {
      if (error.code() == ErrorCode::kCteRecursiveRequiresNonrecursiveFirst && set_operation == nullptr) {
        throw SqlError(ErrorCode::kCteRecursiveRequiresUnion, cte.syntax->name);
      }
      throw;
    }
    definition->schema = definition->seed->schema;
    name_columns(definition->schema);
  } else {
    std::vector<LogicalPtr> seeds;
    std::vector<LogicalPtr> recursive;
    bool all = true;
    bool mixed = false;
    for (std::size_t i = 0; i < set_operation->operands.size(); ++i) {
      const sql::SetOperand& operand = set_operation->operands[i];
      cte.was_referenced_recursively = false;
      if (i > 0 && recursive.empty()) {
        // The types that the recursive part sees are those of the rows that start the recursion.
        definition->schema = seeds[0]->schema;
        for (std::size_t column = 0; column < definition->schema.size(); ++column) {
          std::vector<types::FieldType> types;
          for (const LogicalPtr& seed : seeds) {
            if (seed->schema.size() != definition->schema.size())
              throw SqlError(ErrorCode::kWrongNumberOfColumnsInSelect);
            types.push_back(seed->schema[column].type);
          }
          definition->schema[column].type = expression::merge_types(types);
          types::FieldType& type = definition->schema[column].type;
          type.clear_flag(types::field_flag::kNotNull);
          // Later rows are not bound by the digits of the numbers that start the recursion.
          if (type.code == types::TypeCode::kLongLong) type.flen = std::max(type.flen, 20);
          definition->schema[column].column_id = next_column_id();
        }
        name_columns(definition->schema);
        cte.definition = definition;
      }
      cte.recursive_depth = select_depth_ + 1;
      LogicalPtr plan = bind_query(*operand.query, cte.block);
      if (i > 0 && plan->schema.size() != definition->schema.size())
        throw SqlError(ErrorCode::kWrongNumberOfColumnsInSelect);
      if (cte.was_referenced_recursively) {
        check_recursive_part(operand, cte.syntax->name);
        recursive.push_back(std::move(plan));
        all = all && operand.is_all;
      } else {
        if (!recursive.empty()) throw SqlError(ErrorCode::kCteRecursiveRequiresNonrecursiveFirst, cte.syntax->name);
        mixed = mixed || (i > 0 && (!operand.is_all || operand.op != sql::SetOperator::kUnion));
        seeds.push_back(std::move(plan));
      }
    }
    cte.is_being_bound = false;
    if (recursive.empty()) {
      cte.definition = nullptr;
      seeds.clear();
      definition->seed = bind_query(body, cte.block);
      definition->schema = definition->seed->schema;
      name_columns(definition->schema);
    } else {
      if (!body.order_by.empty())
        throw SqlError(ErrorCode::kNotSupportedYet, "ORDER BY over UNION in recursive Common Table Expression");
      std::vector<types::FieldType> types;
      for (const OutputColumn& column : definition->schema) types.push_back(column.type);
      definition->seed = make_union_all(std::move(seeds));
      if (mixed) definition->seed = make_distinct(std::move(definition->seed));
      definition->seed = cast_columns(std::move(definition->seed), types);
      definition->recursive = cast_columns(make_union_all(std::move(recursive)), types);
      definition->distinct = !all;
      if (body.limit != nullptr) definition->limit = limit_bounds(*body.limit);
    }
  }
  cte.is_being_bound = false;
  cte.definition = definition;
  ctes.push_back(definition);
  innermost_cte_ = outer_cte;
}

void Binder::bind_from(const sql::TableReference& syntax, Block& block) {
  poll();
  switch (syntax.kind) {
    case sql::TableReferenceKind::kTable:
      bind_named_table(syntax.as<sql::NamedTable>(), block);
      break;
    case sql::TableReferenceKind::kDerived:
      bind_derived_table(syntax.as<sql::DerivedTable>(), block);
      break;
    case sql::TableReferenceKind::kJoin:
      bind_join(syntax.as<sql::Join>(), block);
      break;
  }
}

/// USING and NATURAL: the equalities, and `joined`'s columns in the order of *: common ones first.
std::vector<ExpressionPtr> Binder::merge_columns(const sql::Join& join, Block& left, Block& right, Block& joined) {
  const auto find = [&](const Block& side, const std::string& name) -> int {
    int found = -1;
    for (std::size_t i = 0; i < side.columns.size(); ++i) {
      const ScopeColumn& column = side.columns[i];
      if (column.lower_name != name || column.merged_away || column.hidden) continue;
      if (found >= 0) throw SqlError(ErrorCode::kNonUniqError, name, "from clause");
      found = static_cast<int>(i);
    }
    return found;
  };
  std::vector<std::string> names;
  if (join.is_natural) {
    for (const ScopeColumn& column : left.columns) {
      if (column.merged_away || column.hidden) continue;
      bool on_the_right = false;
      for (const ScopeColumn& other : right.columns)
        on_the_right |= !other.merged_away && !other.hidden && other.lower_name == column.lower_name;
      if (on_the_right) names.push_back(column.lower_name);
    }
  } else {
    for (sql::Name name : join.using_columns) names.push_back(to_lower(name));
  }
  const bool keep_right = join.join_kind == sql::JoinKind::kRight;
  std::vector<ExpressionPtr> conditions;
  std::vector<ScopeColumn> merged;
  for (const std::string& name : names) {
    const int l = find(left, name);
    const int r = find(right, name);
    if (l < 0 || r < 0) throw SqlError(ErrorCode::kBadFieldError, name, "from clause");
    ScopeColumn& from_left = left.columns[static_cast<std::size_t>(l)];
    ScopeColumn& from_right = right.columns[static_cast<std::size_t>(r)];
    conditions.push_back(call("eq", {column_ref(from_left.column), column_ref(from_right.column)}));
    merged.push_back(keep_right ? from_right : from_left);
    from_left.merged_away = true;
    from_right.merged_away = true;
  }
  // Common columns first; their other appearances stay reachable by qualified name.
  std::vector<std::int64_t> merged_ids;
  for (const ScopeColumn& column : merged) {
    merged_ids.push_back(column.column.column_id);
    joined.columns.push_back(column);
    joined.columns.back().merged_away = false;
  }
  const auto append_rest = [&](Block& side) {
    for (ScopeColumn& column : side.columns) {
      if (std::find(merged_ids.begin(), merged_ids.end(), column.column.column_id) != merged_ids.end() &&
          column.merged_away)
        continue;
      joined.columns.push_back(std::move(column));
    }
  };
  append_rest(keep_right ? right : left);
  append_rest(keep_right ? left : right);
  return conditions;
}

namespace {

bool has_subquery(const sql::Expression& syntax) {
  bool found = false;
  sql::walk_expression(syntax, [&](const sql::Expression& part) {
    using Kind = sql::ExpressionKind;
    found = found || part.kind == Kind::kExists || part.kind == Kind::kInSubquery ||
            part.kind == Kind::kQuantifiedComparison || part.kind == Kind::kSubquery;
    return !found;
  });
  return found;
}

}  // namespace

void Binder::bind_join(const sql::Join& syntax, Block& block) {
  Block left;
  Block right;
  left.outer = right.outer = block.outer;
  left.hints = right.hints = block.hints;
  left.lateral = block.lateral;
  bind_from(*syntax.left, left);
  right.lateral = &left;
  bind_from(*syntax.right, right);

  auto join = std::make_unique<LogicalJoin>();
  join->type = syntax.join_kind == sql::JoinKind::kLeft    ? JoinType::kLeftOuter
               : syntax.join_kind == sql::JoinKind::kRight ? JoinType::kRightOuter
                                                           : JoinType::kInner;
  join->straight = syntax.is_straight || (block.hints != nullptr && block.hints->straight_join);
  join->children.push_back(std::move(left.plan));
  join->children.push_back(std::move(right.plan));
  join->dependent = free_columns(*join->children[1]).intersects(join->children[0]->output_ids());
  set_join_schema(*join);

  Block joined;
  joined.outer = block.outer;
  joined.hints = block.hints;
  joined.clause = Clause::kOn;
  if (syntax.is_natural || !syntax.using_columns.empty()) {
    join->conditions = merge_columns(syntax, left, right, joined);
  } else {
    for (Block* side : {&left, &right}) {
      for (ScopeColumn& column : side->columns) joined.columns.push_back(std::move(column));
    }
  }
  // What an outer join makes NULL is nullable from here on.
  for (ScopeColumn& column : joined.columns) {
    const int position = find_position(join->schema, column.column.column_id);
    if (position >= 0) column.column.type = join->schema[static_cast<std::size_t>(position)].type;
  }
  const bool inner = join->type == JoinType::kInner;
  LogicalJoin* const join_node = join.get();
  joined.plan = std::move(join);
  if (syntax.on != nullptr) {
    if (inner) {
      bind_conditions(*syntax.on, joined);
    } else if (has_subquery(*syntax.on)) {
      // The pairs of an outer join are what its condition accepts: the filtered inner side, seen from each row of the outer one.
      if (join_node->type == JoinType::kRightOuter) {
        join_node->type = JoinType::kLeftOuter;
        std::swap(join_node->children[0], join_node->children[1]);
      }
      LogicalPtr outer_join = std::exchange(joined.plan, std::move(join_node->children[1]));
      bind_conditions(*syntax.on, joined);
      join_node->children[1] = std::exchange(joined.plan, std::move(outer_join));
      join_node->dependent = free_columns(*join_node->children[1]).intersects(join_node->children[0]->output_ids());
      set_join_schema(*join_node);
    } else {
      expression::split_conjuncts(bind_expression(*syntax.on, joined), join_node->conditions);
    }
  }
  for (Block* side : {&left, &right}) {
    for (auto& name : side->tables) {
      if (std::find(block.tables.begin(), block.tables.end(), name) != block.tables.end())
        throw SqlError(ErrorCode::kNonuniqTable, name.second);
      block.tables.push_back(std::move(name));
    }
  }
  for (ScopeColumn& column : joined.columns) block.columns.push_back(std::move(column));
  block.plan = std::move(joined.plan);
}

}  // namespace sluice::planner
