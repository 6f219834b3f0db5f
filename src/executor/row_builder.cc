#include "executor/row_builder.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/sql_error.h"
#include "base/warnings.h"
#include "catalog/auto_id.h"
#include "catalog/default_value.h"
#include "catalog/schema.h"
#include "expression/eval_context.h"
#include "types/sql_mode.h"

namespace sluice::executor {

using planner::ColumnDefault;

namespace {

/// Most ids that one reservation of a statement takes.
constexpr std::uint64_t kMaxIdsAtOnce = 1024;

std::uint64_t largest_id(const types::FieldType& type) {
  const bool is_unsigned = type.is_unsigned();
  switch (type.code) {
    case types::TypeCode::kTiny:
      return is_unsigned ? 255 : 127;
    case types::TypeCode::kShort:
      return is_unsigned ? 65535 : 32767;
    case types::TypeCode::kInt24:
      return is_unsigned ? 16777215 : 8388607;
    case types::TypeCode::kLong:
      return is_unsigned ? 4294967295u : 2147483647;
    default:
      return is_unsigned ? std::numeric_limits<std::uint64_t>::max() : std::numeric_limits<std::int64_t>::max();
  }
}

bool is_zero(const types::Value& value) {
  switch (value.kind()) {
    case types::Value::Kind::kInt64:
      return value.as_int64() == 0;
    case types::Value::Kind::kUInt64:
      return value.as_uint64() == 0;
    case types::Value::Kind::kDouble:
      return value.as_double() == 0;
    default:
      return false;
  }
}

std::int64_t database_id(const ExecutionContext& context, const catalog::TableInfo& table) {
  const catalog::Schema::TableEntry entry = context.schema->find_entry(table.id);
  SLUICE_CHECK(entry.database != nullptr, "table {} has no database", table.name.original);
  return entry.database->id;
}

bool is_negative(const types::Value& value) {
  if (value.kind() == types::Value::Kind::kInt64) return value.as_int64() < 0;
  return value.kind() == types::Value::Kind::kDouble && value.as_double() < 0;
}

std::uint64_t id_of(const types::Value& value) {
  constexpr double kLargestDouble = 9223372036854774784.0;  // the last one below 2^63
  switch (value.kind()) {
    case types::Value::Kind::kInt64:
      return static_cast<std::uint64_t>(value.as_int64());
    case types::Value::Kind::kUInt64:
      return value.as_uint64();
    case types::Value::Kind::kDouble:
      return static_cast<std::uint64_t>(
          static_cast<std::int64_t>(std::clamp(value.as_double(), -kLargestDouble, kLargestDouble)));
    default:
      return 0;
  }
}

types::Value make_id(std::uint64_t id, const types::FieldType& type) {
  switch (types::physical_type(type)) {
    case types::PhysicalType::kUInt64:
      return types::Value(id);
    case types::PhysicalType::kDouble:
      return types::Value(static_cast<double>(id));
    default:
      return types::Value(static_cast<std::int64_t>(id));
  }
}

}  // namespace

RowBuilder::RowBuilder(ExecutionContext& context, const planner::WriteTarget& target, BadValues bad_values)
    : context_(context), target_(target), ignore_(bad_values == BadValues::kIgnore) {
  const expression::EvalContext& eval = context.worker.eval;
  strict_ = eval.sql_mode.is_strict() && !ignore_;
  conversion_.sql_mode = eval.sql_mode;
  conversion_.time_zone = eval.time_zone;
  conversion_.statement_time_us = eval.statement_time_us;
  conversion_.warnings = eval.warnings;
  conversion_.truncate_as_error = strict_;
  conversion_.purpose = types::ConversionPurpose::kAssign;
  for (const ColumnDefault& column : target.defaults) {
    const bool constant = column.kind == ColumnDefault::Kind::kConstant && column.expression != nullptr;
    constant_defaults_.push_back(constant ? column.expression->evaluate_constant(context.worker.eval)
                                          : types::Value::null());
  }
  for (const catalog::ColumnInfo& column : table().columns)
    row_chunk_.columns.emplace_back(types::physical_type(column.type));
}

types::Value RowBuilder::assign(int offset, const types::Value& value, const types::FieldType& from,
                                std::uint64_t row_number) {
  if (value.is_null()) return value;
  const catalog::ColumnInfo& column = table().columns[static_cast<std::size_t>(offset)];
  conversion_.column_name = column.name.original;
  conversion_.row_number = row_number;
  return types::convert(value, from, column.type, conversion_);
}

types::Value RowBuilder::default_of(int offset, std::uint64_t row_number) {
  const ColumnDefault& column = target_.defaults[static_cast<std::size_t>(offset)];
  const catalog::ColumnInfo& info = table().columns[static_cast<std::size_t>(offset)];
  switch (column.kind) {
    case ColumnDefault::Kind::kConstant:
      return constant_defaults_[static_cast<std::size_t>(offset)];
    case ColumnDefault::Kind::kExpression:
      return assign(offset, column.expression->evaluate_constant(context_.worker.eval), column.expression->type(),
                    row_number);
    case ColumnDefault::Kind::kAutoIncrement:
    case ColumnDefault::Kind::kGenerated:
      return types::Value::null();
    case ColumnDefault::Kind::kNone:
      break;
  }
  // The first label is the default of an ENUM that takes no NULL; only the function DEFAULT() finds none.
  if (info.type.code == types::TypeCode::kEnum) return catalog::implicit_default(info.type);
  const SqlError error(ErrorCode::kNoDefaultForField, info.name.original);
  if (strict_) throw error;
  if (conversion_.warnings != nullptr) conversion_.warnings->append(error);
  return catalog::implicit_default(info.type);
}

RowValues RowBuilder::unset_row() const {
  RowValues row(table().columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const catalog::ColumnInfo& column = table().columns[i];
    if (target_.defaults[i].kind == ColumnDefault::Kind::kConstant)
      row[i] = constant_defaults_[i];
    else if (column.type.not_null() && !column.is_generated())
      row[i] = catalog::implicit_default(column.type);
  }
  return row;
}

std::uint64_t pass_given_id(ExecutionContext& context, const catalog::TableInfo& table, const RowValues& row) {
  const catalog::ColumnInfo* const column = table.auto_increment_column();
  if (column == nullptr) return 0;
  const types::Value& value = row[static_cast<std::size_t>(column->offset)];
  if (value.is_null()) return 0;
  const std::uint64_t id = id_of(value);
  if (!is_negative(value)) context.ids->rebase(database_id(context, table), table, id, context.worker.stop);
  return id;
}

std::uint64_t RowBuilder::fill_auto_increment(RowValues& row, bool given, std::uint64_t rows_to_come) {
  const catalog::ColumnInfo* column = table().auto_increment_column();
  if (column == nullptr) return 0;
  types::Value& value = row[static_cast<std::size_t>(column->offset)];
  const bool wants_id = !given || value.is_null() || (is_zero(value) && !context_.settings.no_auto_value_on_zero);
  SLUICE_CHECK(context_.ids != nullptr, "no allocator of ids");
  if (!wants_id) {
    context_.outcome.given_insert_id = pass_given_id(context_, table(), row);
    if (!is_negative(value)) skip_reserved_ids(context_.outcome.given_insert_id);
    return 0;
  }
  if (ids_left_ == 0) {
    const auto count = static_cast<std::int64_t>(std::clamp<std::uint64_t>(rows_to_come, 1, kMaxIdsAtOnce));
    const catalog::AutoIdAllocator::Range range = context_.ids->allocate(
        database_id(context_, table()), table(), count, context_.settings.auto_increment_increment,
        context_.settings.auto_increment_offset, largest_id(column->type), context_.worker.stop);
    next_id_ = range.first;
    id_increment_ = range.increment;
    ids_left_ = static_cast<std::uint64_t>(range.count);
  }
  const std::uint64_t id = next_id_;
  value = make_id(id, column->type);
  next_id_ += static_cast<std::uint64_t>(id_increment_);
  --ids_left_;
  return id;
}

void RowBuilder::skip_reserved_ids(std::uint64_t given) {
  if (ids_left_ == 0 || given < next_id_) return;
  const auto increment = static_cast<std::uint64_t>(id_increment_);
  const std::uint64_t skipped = std::min((given - next_id_) / increment + 1, ids_left_);
  next_id_ += skipped * increment;
  ids_left_ -= skipped;
}

std::int64_t RowBuilder::next_row_id(std::uint64_t rows_to_come) {
  if (row_ids_left_ == 0) {
    const auto count = static_cast<std::int64_t>(std::clamp<std::uint64_t>(rows_to_come, 1, kMaxIdsAtOnce));
    const catalog::AutoIdAllocator::Range range =
        context_.ids->allocate_row_ids(database_id(context_, table()), table(), count, context_.worker.stop);
    next_row_id_ = static_cast<std::int64_t>(range.first);
    row_ids_left_ = static_cast<std::uint64_t>(range.count);
  }
  --row_ids_left_;
  return next_row_id_++;
}

types::Value RowBuilder::current_timestamp(int offset) const {
  const types::FieldType& type = table().columns[static_cast<std::size_t>(offset)].type;
  const types::Time utc = types::time_from_wall_microseconds(context_.worker.eval.statement_time_us);
  return types::Value(
      types::timestamp_from_utc(types::truncate_time(utc, std::max(0, type.decimals)), context_.worker.eval.time_zone));
}

void RowBuilder::load(const RowValues& row) {
  row_chunk_.clear();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_null()) {
      row_chunk_.columns[i].append_null();
    } else {
      row_chunk_.columns[i].append_value(row[i]);
    }
  }
  row_chunk_.row_count = 1;
}

void RowBuilder::compute_generated(RowValues& row, std::uint64_t row_number) {
  for (const planner::GeneratedColumnExpression& generated : target_.generated)
    compute_column(row, generated, row_number);
}

void RowBuilder::compute_column(RowValues& row, const planner::GeneratedColumnExpression& generated,
                                std::uint64_t row_number) {
  load(row);
  const types::Value value = generated.expression->evaluate_row(context_.worker.eval, row_chunk_, 0);
  row[static_cast<std::size_t>(generated.offset)] =
      assign(generated.offset, value, generated.expression->type(), row_number);
}

bool RowBuilder::complete(RowValues& row, std::uint64_t row_number, NullRepair null_repair) {
  for (const catalog::ColumnInfo& column : table().columns) {
    if (!column.is_generated()) settle_null(row, column, null_repair);
  }
  // What a NULL was replaced by is what generated columns are computed from.
  for (const planner::GeneratedColumnExpression& generated : target_.generated) {
    compute_column(row, generated, row_number);
    settle_null(row, table().columns[static_cast<std::size_t>(generated.offset)], null_repair);
  }
  return meets_checks(row);
}

void RowBuilder::settle_null(RowValues& row, const catalog::ColumnInfo& column, NullRepair null_repair) {
  types::Value& value = row[static_cast<std::size_t>(column.offset)];
  // A column that is about to become NOT NULL takes no NULL any more (a schema change checks the rows for it).
  const bool forbids_null = column.type.not_null() || column.type.has_flag(types::field_flag::kPreventNullInsert);
  if (!value.is_null() || !forbids_null || !catalog::is_written(column.state)) return;
  const SqlError error(ErrorCode::kBadNullError, column.name.original);
  if (!ignore_ && (strict_ || null_repair == NullRepair::kOnlyIgnoring)) throw error;
  if (conversion_.warnings != nullptr) conversion_.warnings->append(error);
  value = catalog::implicit_default(column.type);
}

bool RowBuilder::meets_checks(const RowValues& row) {
  if (target_.checks.empty()) return true;
  load(row);
  for (const planner::CheckConstraintExpression& constraint : target_.checks) {
    const types::Value result = constraint.expression->evaluate_row(context_.worker.eval, row_chunk_, 0);
    if (result.is_null() || !is_zero(result)) continue;
    const SqlError error(ErrorCode::kCheckConstraintViolated, constraint.name);
    if (!ignore_) throw error;
    if (conversion_.warnings != nullptr) conversion_.warnings->append(error);
    return false;
  }
  return true;
}

}  // namespace sluice::executor
