// What a write needs to know of its table: defaults, generated columns, checks, foreign keys.
#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/default_value.h"
#include "catalog/foreign_key.h"
#include "catalog/schema.h"
#include "catalog/table_info.h"
#include "planner/binder.h"
#include "planner/write_tools.h"
#include "types/convert.h"

namespace sluice::planner {

using catalog::to_lower;

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
    types::Value value = catalog::parse_default(info, *info.default_value);
    if (info.type.code == types::TypeCode::kTimestamp && info.version >= 1 &&
        value.kind() == types::Value::Kind::kTime && value.as_time().packed != 0 && context_.eval != nullptr) {
      value = types::Value(types::timestamp_from_utc(value.as_time(), context_.eval->time_zone));
    }
    result.expression = std::make_shared<Constant>(std::move(value), info.type);
    return result;
  }
  if (info.type.not_null()) {
    result.kind = Kind::kNone;
    result.expression = std::make_shared<Constant>(catalog::implicit_default(info.type), info.type);
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
  const bool has_implicit = info.type.code == types::TypeCode::kEnum || !build_.sql_mode.is_strict();
  if (for_default_function || !has_implicit) throw SqlError(ErrorCode::kNoDefaultForField, info.name.original);
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

}  // namespace sluice::planner
