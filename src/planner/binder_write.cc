#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/foreign_key.h"
#include "catalog/schema.h"
#include "catalog/table_info.h"
#include "planner/binder.h"
#include "planner/binder_with_scope.h"
#include "planner/column_supply.h"
#include "planner/insert_query.h"
#include "types/convert.h"

namespace sluice::planner {

using catalog::to_lower;

namespace {

/// Turns column ids into positions: `positions[i]` is where `ids[i]` stands.
ExpressionPtr at_positions(const ExpressionPtr& expression, const std::vector<std::int64_t>& ids, int first_position) {
  return replace_columns(expression, [&](const ColumnRef& column) -> ExpressionPtr {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == column.column_id()) return column.at_position(first_position + static_cast<int>(i));
    }
    return nullptr;
  });
}

bool refers_to(const Expression& expression, const std::vector<std::int64_t>& ids) {
  for (std::int64_t id : columns_of(expression)) {
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return true;
  }
  return false;
}

bool is_default_keyword(const sql::Expression& syntax) {
  const auto* value = syntax.try_as<sql::DefaultValue>();
  return value != nullptr && value->column == nullptr;
}

}  // namespace

Block Binder::table_block(const std::string& database, const catalog::TableInfo& table,
                          std::vector<std::int64_t>& ids) {
  Block block;
  block.hints = std::make_shared<HintSet>();
  block.plan = std::make_unique<LogicalDual>();
  std::vector<OutputColumn> columns;
  for (const catalog::ColumnInfo& info : table.columns) {
    const std::int64_t id = next_column_id();
    ids.push_back(id);
    columns.push_back({id, value_type(info), database, table.name.original, table.name.original, info.name.original,
                       info.name.original});
  }
  expose(columns, database, table.name.original, block);
  return block;
}

ExpressionPtr Binder::bind_table_expression(std::string_view text, const std::string& database,
                                            const catalog::TableInfo& table) {
  const sql::ParsedExpression parsed = sql::parse_expression(text);
  std::vector<std::int64_t> ids;
  Block block = table_block(database, table, ids);
  return at_positions(bind_expression(*parsed.expression, block), ids, 0);
}

ExpressionPtr Binder::as_column_value(ExpressionPtr bound, const catalog::ColumnInfo& column) {
  // A column rounds what it is given, where a cast of text to an integer cuts.
  if (bound->type().is_string() && column.type.is_integer()) {
    bound = expression::make_cast(
        std::move(bound), types::FieldType::decimal(types::kMaxDecimalPrecision, types::kMaxDecimalScale), build_);
  }
  return expression::make_cast(std::move(bound), column.type, build_);
}

ExpressionPtr Binder::generated_expression(const DataSource& source, int offset) {
  const catalog::ColumnInfo& info = source.source.table->columns[static_cast<std::size_t>(offset)];
  const sql::ParsedExpression parsed = sql::parse_expression(info.generated_expression);
  std::vector<std::int64_t> ids;
  Block block = table_block(source.source.database, *source.source.table, ids);
  const ExpressionPtr bound = as_column_value(bind_expression(*parsed.expression, block), info);
  return replace_columns(bound, [&](const ColumnRef& column) -> ExpressionPtr {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != column.column_id()) continue;
      return std::make_shared<ColumnRef>(source.all_column_ids[i], -1, column.type(), column.display_name());
    }
    return nullptr;
  });
}

ExpressionPtr Binder::implicit_value(const types::FieldType& type) {
  using Kind = types::PhysicalType;
  types::Value value;
  switch (physical_type(type)) {
    case Kind::kInt64:
      value = types::Value(std::int64_t{0});
      break;
    case Kind::kUInt64:
      value = types::Value(std::uint64_t{type.code == types::TypeCode::kEnum ? 1u : 0u});
      break;
    case Kind::kDouble:
      value = types::Value(0.0);
      break;
    case Kind::kDecimal:
      value = types::Value(types::Decimal::from_int64(0));
      break;
    case Kind::kTime:
      value = types::Value(types::Time{});
      break;
    case Kind::kDuration:
      value = types::Value(types::Duration{});
      break;
    case Kind::kString:
      value = types::Value(std::string());
      break;
    case Kind::kJson:
      value = types::Value(types::Json::parse("null"));
      break;
  }
  return std::make_shared<Constant>(std::move(value), type);
}

ColumnDefault Binder::column_default(const catalog::TableInfo& table, int offset) {
  const catalog::ColumnInfo& info = table.columns[static_cast<std::size_t>(offset)];
  ColumnDefault result;
  using Kind = ColumnDefault::Kind;
  if (info.is_generated()) {
    result.kind = Kind::kGenerated;
    return result;
  }
  if (info.type.has_flag(types::field_flag::kAutoIncrement)) {
    result.kind = Kind::kAutoIncrement;
    return result;
  }
  if (info.defaults_to_current_timestamp()) {
    result.kind = Kind::kExpression;
    result.expression =
        expression::make_cast(call("current_timestamp", {expression::make_int(info.type.fsp())}), info.type, build_);
    return result;
  }
  if (info.default_is_expression && info.default_value.has_value()) {
    result.kind = Kind::kExpression;
    result.expression = bind_table_expression(*info.default_value, "", table);
    std::vector<const ColumnRef*> columns;  // other columns of the row may not be set yet
    result.expression->collect_columns(columns);
    if (!columns.empty())
      throw SqlError(ErrorCode::kBadFieldError,
                     table.columns[static_cast<std::size_t>(columns.front()->position())].name.original, "expression");
    return result;
  }
  if (info.default_value.has_value()) {
    types::Value value;
    if (info.type.code == types::TypeCode::kBit) {
      std::uint64_t bits = 0;
      for (const char byte : *info.default_value) bits = bits << 8 | static_cast<unsigned char>(byte);
      value = types::Value(bits);
    } else {
      types::ConversionContext conversion;
      conversion.ignore_truncate = true;
      conversion.purpose = types::ConversionPurpose::kAssign;
      conversion.time_zone = nullptr;  // TIMESTAMP literals are in UTC
      value = types::convert(
          types::Value(*info.default_value),
          types::FieldType::varchar(static_cast<int>(info.default_value->size()), types::default_collation()),
          info.type, conversion);
      if (info.type.code == types::TypeCode::kTimestamp && info.version >= 1 &&
          value.kind() == types::Value::Kind::kTime && value.as_time().packed != 0 && context_.eval != nullptr) {
        value = types::Value(types::timestamp_from_utc(value.as_time(), context_.eval->time_zone));
      }
    }
    result.expression = std::make_shared<Constant>(std::move(value), info.type);
    return result;
  }
  if (info.type.not_null()) {
    result.kind = Kind::kNone;
    result.expression = implicit_value(info.type);
    return result;
  }
  result.expression = std::make_shared<Constant>(types::Value::null(), info.type);
  return result;
}

ExpressionPtr Binder::default_value(const catalog::TableInfo& table, int offset, bool for_default_function) {
  ColumnDefault value = column_default(table, offset);
  const catalog::ColumnInfo& info = table.columns[static_cast<std::size_t>(offset)];
  switch (value.kind) {
    case ColumnDefault::Kind::kConstant:
    case ColumnDefault::Kind::kExpression:
      return value.expression;
    case ColumnDefault::Kind::kAutoIncrement:
      return std::make_shared<Constant>(types::Value::null(), info.type);
    case ColumnDefault::Kind::kGenerated:
      return std::make_shared<Constant>(types::Value::null(), info.type);
    case ColumnDefault::Kind::kNone:
      break;
  }
  if (for_default_function || build_.sql_mode.is_strict())
    throw SqlError(ErrorCode::kNoDefaultForField, info.name.original);
  return value.expression;
}

WriteTarget Binder::write_target(const std::string& database, std::shared_ptr<const catalog::TableInfo> table,
                                 std::string_view alias) {
  WriteTarget target = plain_write_target(database, std::move(table), alias);
  add_foreign_keys(target);
  return target;
}

/// What foreign keys make a write of the table touch beside it: parents, children, and the children's own, as far as rows follow.
void Binder::add_foreign_keys(WriteTarget& target) {
  auto cascades = std::make_shared<CascadeTargets>();
  const auto add_table = [&](const catalog::TableInfo& table) {
    if (std::find(table_ids.begin(), table_ids.end(), table.id) == table_ids.end()) table_ids.push_back(table.id);
  };
  const auto follows = [](catalog::ReferenceAction action) {
    return action == catalog::ReferenceAction::kCascade || action == catalog::ReferenceAction::kSetNull;
  };
  std::vector<catalog::Schema::TableEntry> to_visit{context_.schema->find_entry(target.source.table->id)};
  while (!to_visit.empty()) {
    poll();
    const catalog::Schema::TableEntry entry = std::move(to_visit.back());
    to_visit.pop_back();
    if (entry.table == nullptr) continue;  // a computed table
    for (const catalog::ForeignKeyInfo& key : entry.table->foreign_keys) {
      if (!catalog::is_enforced(key)) continue;
      const auto parent = context_.schema->find_public_table(key.referenced_schema.lower, key.referenced_table.lower);
      if (parent != nullptr) add_table(*parent);
    }
    const std::string& database = entry.database->name.lower;
    for (const catalog::TablePtr& child : context_.schema->tables_referencing(database, entry.table->name.lower)) {
      for (const catalog::ForeignKeyInfo& key : child->foreign_keys) {
        if (!catalog::is_enforced(key) || key.referenced_schema.lower != database ||
            !(key.referenced_table == entry.table->name)) {
          continue;
        }
        add_table(*child);
        if (cascades->tables.contains(child->id) || (!follows(key.on_delete) && !follows(key.on_update))) continue;
        catalog::Schema::TableEntry child_entry = context_.schema->find_entry(child->id);
        const std::string child_database = child_entry.database->name.original;
        cascades->tables.emplace(child->id, plain_write_target(child_database, child, child->name.original));
        to_visit.push_back(std::move(child_entry));
      }
    }
  }
  if (!cascades->tables.empty()) target.cascades = std::move(cascades);
}

WriteTarget Binder::plain_write_target(const std::string& database, std::shared_ptr<const catalog::TableInfo> table,
                                       std::string_view alias) {
  WriteTarget target;
  for (const catalog::ColumnInfo& info : table->columns) {
    target.defaults.push_back(column_default(*table, info.offset));
    if (info.type.has_flag(types::field_flag::kOnUpdateNow)) target.on_update_now.push_back(info.offset);
    if (!info.is_generated()) continue;
    ExpressionPtr bound = bind_table_expression(info.generated_expression, database, *table);
    target.generated.push_back({info.offset, info.generated_stored, std::move(bound)});
  }
  for (const catalog::ConstraintInfo& constraint : table->constraints) {
    if (!constraint.binds_statements()) continue;
    target.checks.push_back({constraint.name.original, bind_table_expression(constraint.expression, database, *table)});
  }
  target.source = {database, std::string(alias), std::move(table)};
  return target;
}

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

std::vector<DataSource*> Binder::written_sources(LogicalNode& plan) {
  std::vector<DataSource*> sources;
  const auto walk = [&](auto& self, LogicalNode& node) -> void {
    if (auto* source = node.try_as<DataSource>()) sources.push_back(source);
    if (node.kind == LogicalKind::kJoin) {
      self(self, *node.children[0]);
      if (!node.as<LogicalJoin>().is_semi_kind()) self(self, *node.children[1]);
    } else if (node.kind == LogicalKind::kSelection || node.kind == LogicalKind::kSort ||
               node.kind == LogicalKind::kLimit) {
      self(self, *node.children[0]);
    }
  };
  walk(walk, plan);
  return sources;
}

ModifyTarget Binder::modify_target(const DataSource& source) {
  ModifyTarget target;
  target.target = write_target(source.source.database, source.source.table, source.source.alias);
  return target;
}

namespace {

/// Fills in where a target's columns stand in the child's output.
void place_target(ModifyTarget& target, const std::vector<std::int64_t>& column_ids,
                  const std::vector<std::int64_t>& handle_ids, const std::vector<OutputColumn>& child_schema) {
  for (const catalog::ColumnInfo& info : target.target.source.table->columns) {
    const std::int64_t id = column_ids[static_cast<std::size_t>(info.offset)];
    target.column_positions.push_back(info.is_public() ? find_position(child_schema, id) : -1);
    SLUICE_CHECK(!info.is_public() || target.column_positions.back() >= 0, "column {} of a written table is not read",
                 info.name.original);
  }
  for (std::int64_t id : handle_ids) {
    target.handle_positions.push_back(find_position(child_schema, id));
    SLUICE_CHECK(target.handle_positions.back() >= 0, "the handle of {} is not read", target.target.source.alias);
  }
}

struct WrittenIds {
  std::vector<std::int64_t> columns;
  std::vector<std::int64_t> handle;
};

/// A table that is updated under two names must keep its primary key: which row the other name means would depend on the
/// order of the changes. Throws 1706.
void check_key_conflict(const UpdatePlan& plan) {
  const auto changes_key = [&](std::size_t target) {
    const catalog::TableInfo& table = *plan.targets[target].target.source.table;
    return std::any_of(plan.assignments.begin(), plan.assignments.end(), [&](const Assignment& assignment) {
      return static_cast<std::size_t>(assignment.target) == target &&
             table.columns[static_cast<std::size_t>(assignment.offset)].type.has_flag(types::field_flag::kPrimaryKey);
    });
  };
  for (std::size_t first = 0; first < plan.targets.size(); ++first) {
    for (std::size_t second = first + 1; second < plan.targets.size(); ++second) {
      const TableReference& one = plan.targets[first].target.source;
      const TableReference& other = plan.targets[second].target.source;
      if (one.table->id == other.table->id && (changes_key(first) || changes_key(second)))
        throw SqlError(ErrorCode::kMultiUpdateKeyConflict, one.alias, other.alias);
    }
  }
}

}  // namespace

Binder::WriteStatement Binder::bind_update(const sql::UpdateStatement& statement) {
  in_write_ = true;
  locks_rows = true;
  current_database_ = context_.current_database;
  Block block;
  hint_registry_.add(statement.hints, "upd_1", statement_hints,
                     context_.eval == nullptr ? nullptr : context_.eval->warnings);
  block.hints = std::make_shared<HintSet>(hint_registry_.block("upd_1"));
  const WithScope with(*this, statement.with, &block);
  lock_sources_ = true;
  bind_from(*statement.tables, block);
  lock_sources_ = false;
  std::vector<DataSource*> sources = written_sources(*block.plan);
  if (statement.where != nullptr) {
    block.clause = Clause::kWhere;
    bind_conditions(*statement.where, block);
  }
  if (!statement.order_by.empty()) {
    std::vector<SortKey> keys = bind_order_by(statement.order_by, block);
    if (!keys.empty()) {
      auto sort = std::make_unique<LogicalSort>();
      sort->keys = std::move(keys);
      sort->schema = block.plan->schema;
      sort->children.push_back(std::move(block.plan));
      block.plan = std::move(sort);
    }
  }
  if (statement.limit != nullptr) add_limit(*statement.limit, block.plan);

  auto plan = std::make_unique<UpdatePlan>();
  plan->ignore = statement.is_ignore;
  std::vector<WrittenIds> written;
  std::vector<const DataSource*> target_sources;
  ColumnSet assigned;
  for (const sql::Assignment& syntax : statement.assignments) {
    block.clause = Clause::kFieldList;
    const ExpressionPtr column = find_in_from(*syntax.column, block);
    if (column == nullptr) throw_unknown_column(*syntax.column, Clause::kFieldList);
    const std::int64_t id = as_column(column)->column_id();
    const DataSource* owner = nullptr;
    int offset = -1;
    for (const DataSource* source : sources) {
      for (std::size_t i = 0; i < source->all_column_ids.size(); ++i) {
        if (source->all_column_ids[i] == id) {
          owner = source;
          offset = static_cast<int>(i);
        }
      }
    }
    if (owner == nullptr || owner->is_memory_table) {
      std::string name(syntax.column->table);
      for (const ScopeColumn& visible : block.columns) {
        if (visible.column.column_id == id) name = visible.column.table;
      }
      throw SqlError(ErrorCode::kNonUpdatableTable, name, "UPDATE");
    }
    const catalog::TableInfo& table = *owner->source.table;
    const catalog::ColumnInfo& info = table.columns[static_cast<std::size_t>(offset)];
    std::size_t target = 0;
    while (target < target_sources.size() && target_sources[target] != owner) ++target;
    if (target == target_sources.size()) {
      target_sources.push_back(owner);
      plan->targets.push_back(modify_target(*owner));
      written.push_back({owner->all_column_ids, owner->handle_ids});
      add_privilege(owner->source.database, table.name.original, "UPDATE");
    }
    Assignment assignment;
    assignment.target = static_cast<int>(target);
    assignment.offset = offset;
    if (is_default_keyword(*syntax.value)) {
      if (info.is_generated()) continue;
    } else {
      if (info.is_generated())
        throw SqlError(ErrorCode::kNonDefaultValueForGeneratedColumn, info.name.original, table.name.original);
      assignment.expression = fold(bind_expression(*syntax.value, block));
      plan->sequential |= columns_of(*assignment.expression).intersects(assigned);
    }
    assigned.insert(id);
    plan->assignments.push_back(std::move(assignment));
  }
  check_key_conflict(*plan);
  if (statement.is_multi_table || plan->targets.size() > 1) plan->sequential = false;

  WriteStatement result;
  for (const Assignment& assignment : plan->assignments) {
    if (assignment.expression != nullptr) collect_columns(*assignment.expression, result.required);
  }
  for (std::size_t i = 0; i < target_sources.size(); ++i) {
    result.required.insert(target_sources[i]->output_ids());
    for (std::int64_t id : written[i].handle) result.required.insert(id);
  }
  supply_columns(*block.plan, result.required);
  result.child = std::move(block.plan);
  result.root = std::move(plan);
  result.finish = [written = std::move(written), stop = context_.stop](PhysicalPlan& root,
                                                                       const std::vector<OutputColumn>& child_schema) {
    auto& update = static_cast<UpdatePlan&>(root);
    for (std::size_t i = 0; i < update.targets.size(); ++i)
      place_target(update.targets[i], written[i].columns, written[i].handle, child_schema);
    for (Assignment& assignment : update.assignments) {
      if (assignment.expression != nullptr)
        assignment.expression = resolve_positions(assignment.expression, child_schema, stop);
    }
  };
  return result;
}

Binder::WriteStatement Binder::bind_delete(const sql::DeleteStatement& statement) {
  in_write_ = true;
  locks_rows = true;
  current_database_ = context_.current_database;
  Block block;
  hint_registry_.add(statement.hints, "del_1", statement_hints,
                     context_.eval == nullptr ? nullptr : context_.eval->warnings);
  block.hints = std::make_shared<HintSet>(hint_registry_.block("del_1"));
  const WithScope with(*this, statement.with, &block);
  lock_sources_ = true;
  bind_from(*statement.tables, block);
  lock_sources_ = false;
  std::vector<DataSource*> sources = written_sources(*block.plan);
  if (statement.where != nullptr) {
    block.clause = Clause::kWhere;
    bind_conditions(*statement.where, block);
  }
  if (!statement.order_by.empty()) {
    std::vector<SortKey> keys = bind_order_by(statement.order_by, block);
    if (!keys.empty()) {
      auto sort = std::make_unique<LogicalSort>();
      sort->keys = std::move(keys);
      sort->schema = block.plan->schema;
      sort->children.push_back(std::move(block.plan));
      block.plan = std::move(sort);
    }
  }
  if (statement.limit != nullptr) add_limit(*statement.limit, block.plan);

  std::vector<const DataSource*> targets;
  if (statement.is_multi_table) {
    for (const sql::ObjectName& name : statement.targets) {
      const DataSource* found = nullptr;
      for (const DataSource* source : sources) {
        const bool alias = to_lower(source->source.alias) == to_lower(name.name);
        const bool table = !name.schema.empty() && source->source.table->name.lower == to_lower(name.name);
        const bool database = name.schema.empty() || to_lower(source->source.database) == to_lower(name.schema);
        if ((alias || table) && database) found = source;
      }
      if (found == nullptr) {
        for (const auto& known : block.tables) {
          if (known.second == to_lower(name.name)) throw SqlError(ErrorCode::kNonUpdatableTable, name.name, "DELETE");
        }
        throw SqlError(ErrorCode::kUnknownTable, name.name, "MULTI DELETE");
      }
      if (std::find(targets.begin(), targets.end(), found) == targets.end()) targets.push_back(found);
    }
  } else {
    if (sources.size() != 1) {
      const std::string name = block.tables.empty() ? std::string() : block.tables[0].second;
      throw SqlError::with_message(ErrorCode::kUnknownError, "delete view " + name + " is not supported now");
    }
    targets.push_back(sources[0]);
  }
  auto plan = std::make_unique<DeletePlan>();
  plan->ignore = statement.is_ignore;
  std::vector<WrittenIds> written;
  WriteStatement result;
  for (const DataSource* source : targets) {
    if (source->is_memory_table) throw SqlError(ErrorCode::kNonUpdatableTable, source->source.alias, "DELETE");
    add_privilege(source->source.database, source->source.table->name.original, "DELETE");
    plan->targets.push_back(modify_target(*source));
    written.push_back({source->all_column_ids, source->handle_ids});
    result.required.insert(source->output_ids());
    for (std::int64_t id : source->handle_ids) result.required.insert(id);
  }
  supply_columns(*block.plan, result.required);
  result.child = std::move(block.plan);
  result.root = std::move(plan);
  result.finish = [written = std::move(written)](PhysicalPlan& root, const std::vector<OutputColumn>& child_schema) {
    auto& removal = static_cast<DeletePlan&>(root);
    for (std::size_t i = 0; i < removal.targets.size(); ++i)
      place_target(removal.targets[i], written[i].columns, written[i].handle, child_schema);
  };
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
