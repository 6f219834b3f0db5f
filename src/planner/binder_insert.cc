// INSERT, REPLACE and LOAD DATA.
#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/table_info.h"
#include "planner/binder.h"
#include "planner/insert_query.h"
#include "planner/write_tools.h"

namespace sluice::planner {

using catalog::to_lower;

namespace {

bool refers_to(const Expression& expression, const std::vector<std::int64_t>& ids) {
  for (std::int64_t id : columns_of(expression)) {
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return true;
  }
  return false;
}

}  // namespace

std::vector<int> Binder::insert_columns(sql::List<const sql::ColumnReference*> written,
                                        const catalog::TableInfo& table) {
  std::vector<int> offsets;
  for (const sql::ColumnReference* reference : written) {
    const catalog::ColumnInfo* info = table.find_public_column(to_lower(reference->column));
    const bool wrong_table = !reference->table.empty() && to_lower(reference->table) != table.name.lower;
    if (info == nullptr || info->hidden || wrong_table) throw_unknown_column(*reference, Clause::kFieldList);
    if (std::find(offsets.begin(), offsets.end(), info->offset) != offsets.end())
      throw SqlError(ErrorCode::kFieldSpecifiedTwice, reference->column);
    offsets.push_back(info->offset);
  }
  return offsets;
}

void Binder::check_generated_value(const catalog::ColumnInfo& column, const catalog::TableInfo& table) const {
  const SqlError error(ErrorCode::kNonDefaultValueForGeneratedColumn, column.name.original, table.name.original);
  // Debian's mysqldump writes values of generated columns and reloads them outside strict mode, where its own server ignores them.
  if (build_.sql_mode.is_strict()) throw error;
  if (context_.eval != nullptr && context_.eval->warnings != nullptr) context_.eval->warnings->append(error);
}

void Binder::bind_insert_rows(const sql::InsertStatement& statement, const std::string& database, InsertPlan& plan,
                              LogicalPtr& child) {
  const catalog::TableInfo& table = *plan.target.source.table;
  std::vector<std::int64_t> ids;
  Block block = table_block(database, table, ids);
  block.clause = Clause::kFieldList;
  // A column list and an empty row, or no list and an empty row: every column takes its default.
  if (!statement.rows.empty() && statement.rows[0].empty() && !statement.is_column_list_written) plan.columns.clear();
  std::vector<LogicalPtr> row_plans;
  bool has_subquery = false;
  std::size_t number = 0;
  plan.rows.reserve(statement.rows.size());
  for (const sql::ExpressionList& row : statement.rows) {
    if (++number % 64 == 0) poll();
    if (row.size() != plan.columns.size()) throw SqlError(ErrorCode::kWrongValueCountOnRow, number);
    std::vector<ExpressionPtr> values;
    values.reserve(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const catalog::ColumnInfo& info = table.columns[static_cast<std::size_t>(plan.columns[i])];
      if (is_default_keyword(*row[i])) {
        values.push_back(nullptr);
        continue;
      }
      ExpressionPtr value;
      if (const auto* literal = row[i]->try_as<sql::Literal>()) {
        value = bind_literal(*literal);
      } else {
        value = fold(bind_expression(*row[i], block));
      }
      const auto* default_function = row[i]->try_as<sql::DefaultValue>();
      if (info.is_generated()) {
        if (default_function == nullptr) check_generated_value(info, table);
        value = nullptr;
      }
      if (value != nullptr && value->has_columns()) plan.rows_refer_to_columns |= refers_to(*value, ids);
      // The row does not exist yet when its subqueries run.
      if (block.plan->kind != LogicalKind::kDual) {
        for (const std::int64_t id : free_columns(*block.plan)) {
          const auto own = std::find(ids.begin(), ids.end(), id);
          if (own == ids.end()) continue;
          throw SqlError(ErrorCode::kBadFieldError,
                         table.columns[static_cast<std::size_t>(own - ids.begin())].name.original, "field list");
        }
      }
      values.push_back(std::move(value));
    }
    has_subquery = has_subquery || block.plan->kind != LogicalKind::kDual;
    row_plans.push_back(std::exchange(block.plan, std::make_unique<LogicalDual>()));
    plan.rows.push_back(std::move(values));
  }
  if (!has_subquery) {
    if (plan.rows_refer_to_columns) {
      for (auto& values : plan.rows) {
        for (ExpressionPtr& value : values) {
          if (value != nullptr) value = at_positions(value, ids, 0);
        }
      }
    }
    return;
  }
  if (plan.rows_refer_to_columns)
    throw SqlError(ErrorCode::kNotSupportedYet, "a subquery beside a column reference in VALUES");
  std::vector<LogicalPtr> queries;
  for (std::size_t r = 0; r < plan.rows.size(); ++r) {
    auto projection = std::make_unique<LogicalProjection>();
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
      ExpressionPtr value = plan.rows[r][i] != nullptr ? plan.rows[r][i] : default_value(table, plan.columns[i], false);
      OutputColumn column;
      column.column_id = next_column_id();
      column.type = value->type();
      projection->schema.push_back(std::move(column));
      projection->expressions.push_back(std::move(value));
    }
    projection->children.push_back(std::move(row_plans[r]));
    queries.push_back(std::move(projection));
  }
  plan.rows.clear();
  child = make_union_all(std::move(queries));
}

void Binder::bind_on_duplicate(const sql::InsertStatement& statement, const std::string& database, InsertPlan& plan,
                               const std::vector<OutputColumn>& child) {
  if (statement.on_duplicate_update.empty()) return;
  const catalog::TableInfo& table = *plan.target.source.table;
  std::vector<std::int64_t> ids;
  Block block = table_block(database, table, ids);
  // The row to be inserted, as VALUES(c) and under the row's alias.
  std::vector<std::int64_t> inserted_ids;
  std::vector<OutputColumn> inserted;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    OutputColumn column = block.columns[i].column;
    column.column_id = next_column_id();
    inserted_ids.push_back(column.column_id);
    inserted.push_back(std::move(column));
  }
  if (!statement.row_alias.empty()) {
    std::vector<OutputColumn> aliased = inserted;
    if (!statement.row_alias_columns.empty()) {
      if (statement.row_alias_columns.size() != plan.columns.size()) throw SqlError(ErrorCode::kViewWrongList);
      aliased.clear();
      for (std::size_t i = 0; i < plan.columns.size(); ++i) {
        aliased.push_back(inserted[static_cast<std::size_t>(plan.columns[i])]);
        aliased.back().name = statement.row_alias_columns[i];
      }
    }
    expose(aliased, "", std::string(statement.row_alias), block);
  }
  const std::size_t own_columns = block.columns.size();
  for (const OutputColumn& column : child) {
    ScopeColumn visible;
    visible.column = column;
    visible.lower_name = to_lower(column.name);
    visible.lower_table = to_lower(column.table);
    visible.lower_database = to_lower(column.database);
    for (std::size_t i = 0; i < block.columns.size(); ++i) {
      const ScopeColumn& known = block.columns[i];
      if (known.lower_name != visible.lower_name) continue;
      // An unqualified name that the table has means the table's column; a column that is selected twice is the same one.
      visible.merged_away |= i < own_columns;
      visible.hidden |= i >= own_columns && !known.lower_table.empty() && known.lower_table == visible.lower_table &&
                        known.lower_database == visible.lower_database;
    }
    block.columns.push_back(std::move(visible));
  }
  find_inserted_value_ = [&](const sql::ColumnReference& reference) -> ExpressionPtr {
    const catalog::ColumnInfo* info = table.find_public_column(to_lower(reference.column));
    return info == nullptr ? nullptr : column_ref(inserted[static_cast<std::size_t>(info->offset)]);
  };
  const auto width = static_cast<int>(table.columns.size());
  std::vector<std::int64_t> child_ids;
  for (const OutputColumn& column : child) child_ids.push_back(column.column_id);
  for (const sql::Assignment& syntax : statement.on_duplicate_update) {
    const catalog::ColumnInfo* info = table.find_public_column(to_lower(syntax.column->column));
    const bool wrong_table = !syntax.column->table.empty() && to_lower(syntax.column->table) != table.name.lower;
    if (info == nullptr || wrong_table) throw_unknown_column(*syntax.column, Clause::kFieldList);
    Assignment assignment;
    assignment.offset = info->offset;
    if (!is_default_keyword(*syntax.value)) {
      if (info->is_generated())
        throw SqlError(ErrorCode::kNonDefaultValueForGeneratedColumn, info->name.original, table.name.original);
      ExpressionPtr value = fold(bind_expression(*syntax.value, block));
      if (block.plan->kind != LogicalKind::kDual)
        throw SqlError(ErrorCode::kNotSupportedYet, "a subquery in ON DUPLICATE KEY UPDATE");
      value = at_positions(value, ids, 0);
      value = at_positions(value, inserted_ids, width);
      assignment.expression = at_positions(value, child_ids, 2 * width);
    } else if (info->is_generated()) {
      continue;
    }
    plan.on_duplicate.push_back(std::move(assignment));
  }
  find_inserted_value_ = nullptr;
}

Binder::WriteStatement Binder::bind_insert(const sql::InsertStatement& statement) {
  in_write_ = true;
  current_database_ = context_.current_database;
  std::string database;
  auto table = find_table(statement.table.schema, statement.table.name, database);
  if (table->is_view())
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "insert into view " + table->name.original + " is not supported now");
  if (context_.memory_tables != nullptr && context_.memory_tables->find(database, table->name.original) == table) {
    throw SqlError(ErrorCode::kNonInsertableTable, table->name.original, "INSERT");
  }
  if (!statement.partitions.empty()) throw SqlError(ErrorCode::kPartitionClauseOnNonpartitioned);
  hint_registry_.add(statement.hints, "ins_1", statement_hints,
                     context_.eval == nullptr ? nullptr : context_.eval->warnings);
  add_privilege(database, table->name.original, "INSERT");
  if (statement.is_replace) add_privilege(database, table->name.original, "DELETE");
  if (!statement.on_duplicate_update.empty()) add_privilege(database, table->name.original, "UPDATE");
  table_ids.push_back(table->id);

  auto plan = std::make_unique<InsertPlan>();
  plan->target = write_target(database, table, table->name.original);
  plan->mode = statement.is_replace ? InsertMode::kReplace : InsertMode::kInsert;
  plan->ignore = statement.is_ignore;
  if (statement.is_column_list_written) {
    plan->columns = insert_columns(statement.columns, *table);
  } else {
    for (const catalog::ColumnInfo& info : table->columns) {
      if (info.is_public() && !info.hidden) plan->columns.push_back(info.offset);
    }
  }
  WriteStatement result;
  if (statement.query != nullptr) {
    std::optional<ExtendedQuery> extended = with_assigned_columns(statement, *table);
    if (extended) extended->query.items = extended->items;
    result.child = bind_query(extended ? extended->query : *statement.query, nullptr);
    if (result.child->schema.size() - (extended ? extended->added : 0) != plan->columns.size())
      throw SqlError(ErrorCode::kWrongValueCountOnRow, 1);
    for (int offset : plan->columns) {
      const catalog::ColumnInfo& info = table->columns[static_cast<std::size_t>(offset)];
      if (info.is_generated())
        throw SqlError(ErrorCode::kNonDefaultValueForGeneratedColumn, info.name.original, table->name.original);
    }
  } else {
    bind_insert_rows(statement, database, *plan, result.child);
  }
  if (result.child != nullptr) result.required = result.child->output_ids();
  bind_on_duplicate(statement, database, *plan,
                    result.child == nullptr ? std::vector<OutputColumn>{} : result.child->schema);
  result.root = std::move(plan);
  return result;
}

Binder::WriteStatement Binder::bind_load_data(const sql::LoadDataStatement& statement) {
  in_write_ = true;
  current_database_ = context_.current_database;
  std::string database;
  auto table = find_table(statement.table.schema, statement.table.name, database);
  if (table->is_view()) throw SqlError(ErrorCode::kNonInsertableTable, table->name.original, "LOAD");
  if (!statement.partitions.empty()) throw SqlError(ErrorCode::kPartitionClauseOnNonpartitioned);
  add_privilege(database, table->name.original, "INSERT");
  if (statement.on_duplicate == sql::DuplicateHandling::kReplace)
    add_privilege(database, table->name.original, "DELETE");
  table_ids.push_back(table->id);
  auto plan = std::make_unique<LoadDataPlan>();
  plan->target = write_target(database, table, table->name.original);
  plan->mode = statement.on_duplicate == sql::DuplicateHandling::kReplace ? InsertMode::kReplace : InsertMode::kInsert;
  plan->ignore = statement.on_duplicate == sql::DuplicateHandling::kIgnore || statement.is_local;
  if (statement.targets.empty()) {
    for (const catalog::ColumnInfo& info : table->columns) {
      if (info.is_public() && !info.hidden && !info.is_generated()) plan->fields.push_back({info.offset, {}});
    }
  }
  for (const sql::LoadTarget& target : statement.targets) {
    if (target.column == nullptr) {
      plan->fields.push_back({-1, std::string(target.variable)});
      continue;
    }
    plan->fields.push_back({insert_columns({&target.column, 1}, *table)[0], {}});
  }
  std::vector<std::int64_t> ids;
  Block block = table_block(database, *table, ids);
  for (const sql::Assignment& syntax : statement.assignments) {
    const catalog::ColumnInfo* info = table->find_public_column(to_lower(syntax.column->column));
    if (info == nullptr) throw_unknown_column(*syntax.column, Clause::kFieldList);
    Assignment assignment;
    assignment.offset = info->offset;
    if (!is_default_keyword(*syntax.value)) {
      if (info->is_generated())
        throw SqlError(ErrorCode::kNonDefaultValueForGeneratedColumn, info->name.original, table->name.original);
      assignment.expression = at_positions(bind_expression(*syntax.value, block), ids, 0);
      if (block.plan->kind != LogicalKind::kDual)
        throw SqlError(ErrorCode::kNotSupportedYet, "a subquery in LOAD DATA");
    }
    plan->assignments.push_back(std::move(assignment));
  }
  WriteStatement result;
  result.root = std::move(plan);
  return result;
}

}  // namespace sluice::planner
