/// Builds the rows that statements write: conversion, defaults, ids, generated columns, constraints.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "executor/execution_context.h"
#include "executor/table_writer.h"
#include "planner/physical_plan.h"
#include "types/convert.h"
#include "vector/chunk.h"

namespace sluice::executor {

/// Whether a statement goes on over bad values with warnings (IGNORE), or as the SQL mode says.
enum class BadValues : std::uint8_t { kBySqlMode, kIgnore };

/// Whether a NULL for a NOT NULL column gives way to the column's implicit value when the SQL mode is not strict, or only with
/// IGNORE: MySQL never repairs the only row of INSERT ... VALUES.
enum class NullRepair : std::uint8_t { kBySqlMode, kOnlyIgnoring };

/// Makes ids to come larger than the one that `row` of `table` brings along, and returns that, 0 if there is none.
std::uint64_t pass_given_id(ExecutionContext& context, const catalog::TableInfo& table, const RowValues& row);

/// Builds rows of one table for one statement. Thread-safety: the statement's thread.
class RowBuilder {
 public:
  /// `context` and `target` outlive the builder.
  RowBuilder(ExecutionContext& context, const planner::WriteTarget& target, BadValues bad_values);

  /// `value` of type `from` as column `offset` stores it. `row_number` counts from 1 and is for messages.
  /// Throws: SqlError 1264, 1265, 1292, 1366, 1406 ... in strict mode; else warns.
  types::Value assign(int offset, const types::Value& value, const types::FieldType& from, std::uint64_t row_number);

  /// The value of column `offset` when the statement gives none (or DEFAULT). Throws SqlError 1364.
  types::Value default_of(int offset, std::uint64_t row_number);

  /// What expressions of the statement find in columns that were not set yet: constant defaults, else the implicit values of NOT NULL
  /// columns, else NULL.
  RowValues unset_row() const;

  /// Fills in the AUTO_INCREMENT column of a row to be inserted, if it is NULL or 0 or was not given, and returns the id; else 0.
  /// `rows_to_come`: how many rows of the statement may still need an id, this one included.
  std::uint64_t fill_auto_increment(RowValues& row, bool given, std::uint64_t rows_to_come);
  /// A hidden row id for a table without a clustered primary key.
  std::int64_t next_row_id(std::uint64_t rows_to_come);

  /// Computes the generated columns of a stored row from the others.
  void compute_generated(RowValues& row, std::uint64_t row_number);

  /// The last steps for a row to be written: NULL in NOT NULL columns (1048, or their implicit values with a warning), generated
  /// columns, CHECK (3819). `row_number` counts from 1 and is for messages.
  /// Returns false if the row is to be left out (IGNORE and a violated CHECK). Throws SqlError.
  bool complete(RowValues& row, std::uint64_t row_number, NullRepair null_repair);

  /// The statement's time as column `offset` (ON UPDATE CURRENT_TIMESTAMP) stores it.
  types::Value current_timestamp(int offset) const;

  bool is_strict() const noexcept { return strict_; }
  const catalog::TableInfo& table() const noexcept { return *target_.source.table; }

 private:
  /// Gives up those reserved ids that are not above `given`, which a row brought along: the next row's id follows it.
  void skip_reserved_ids(std::uint64_t given);
  void load(const RowValues& row);
  void compute_column(RowValues& row, const planner::GeneratedColumnExpression& generated, std::uint64_t row_number);
  void settle_null(RowValues& row, const catalog::ColumnInfo& column, NullRepair null_repair);
  bool meets_checks(const RowValues& row);

  ExecutionContext& context_;
  const planner::WriteTarget& target_;
  const bool ignore_;
  bool strict_;
  types::ConversionContext conversion_;
  std::vector<types::Value> constant_defaults_;
  vector::Chunk row_chunk_;    // the row as columns, for generated columns and checks
  std::uint64_t next_id_ = 0;  // AUTO_INCREMENT ids reserved and not used
  std::int64_t id_increment_ = 1;
  std::uint64_t ids_left_ = 0;
  std::int64_t next_row_id_ = 0;
  std::uint64_t row_ids_left_ = 0;
};

}  // namespace sluice::executor
