#include "ddl/check_rows.h"

#include <memory>
#include <numeric>
#include <string>

#include "base/failpoint.h"
#include "base/sql_error.h"
#include "base/warnings.h"
#include "ddl/row_scan.h"
#include "executor/entry_decoders.h"
#include "expression/builder.h"
#include "expression/eval_context.h"
#include "planner/row_conditions.h"
#include "types/time_zone.h"
#include "vector/chunk.h"

namespace sluice::ddl {
namespace {

expression::EvalContext eval_context(const Job& job, WarningList& warnings, StopToken stop) {
  expression::EvalContext eval;
  eval.stop = stop;
  eval.sql_mode = job.sql_mode;
  eval.time_zone = types::find_time_zone(job.time_zone);
  eval.warnings = &warnings;
  eval.in_dml_strict = job.sql_mode.is_strict();
  return eval;
}

/// What one task needs to look at rows; bound expressions are not shared.
class RowChecker {
 public:
  RowChecker(const Job& job, const catalog::TableInfo& table, const std::vector<const catalog::ConstraintInfo*>& checks,
             StopToken stop)
      : checks_(checks),
        source_{job.schema_name, table.name.original, std::make_shared<const catalog::TableInfo>(table)},
        columns_(table.columns.size()),
        eval_(eval_context(job, warnings_, stop)),
        worker_{eval_, stop} {
    std::iota(columns_.begin(), columns_.end(), 0);
    std::vector<std::string> violations;
    for (const catalog::ConstraintInfo* check : checks) violations.push_back("NOT (" + check->expression + ")");
    planner::PlanContext context;
    context.eval = &eval_;
    context.stop = stop;
    conditions_ = planner::bind_row_conditions(job.schema_name, table, violations, context);
    decoder_ = executor::make_record_decoder(source_, columns_, conditions_.virtual_columns);
    for (const types::PhysicalType type : decoder_->output_types()) rows_.columns.emplace_back(type);
  }

  void check(std::span<const kv::KeyValue> rows) {
    rows_.clear();
    decoder_->decode(rows, rows_, worker_);
    for (std::size_t i = 0; i < checks_.size(); ++i) {
      rows_.drop_selection();
      expression::filter({&conditions_.conditions[i], 1}, eval_, rows_);
      if (rows_.active_count() > 0) throw SqlError(ErrorCode::kCheckConstraintViolated, checks_[i]->name.original);
    }
    warnings_.clear();
  }

 private:
  const std::vector<const catalog::ConstraintInfo*>& checks_;
  const planner::TableReference source_;
  std::vector<int> columns_;
  WarningList warnings_;  // nobody is told: the rows are read, not written
  expression::EvalContext eval_;
  executor::WorkerContext worker_;
  planner::RowConditions conditions_;
  std::unique_ptr<executor::EntryDecoder> decoder_;
  vector::Chunk rows_;
};

}  // namespace

void check_check_rows(kv::Store& store, const Job& job, const catalog::TableInfo& table,
                      const std::vector<const catalog::ConstraintInfo*>& checks, JobProgress& progress,
                      StopToken stop) {
  const auto make_visitor = [&](StopToken task_stop) -> RowVisitor {
    return [checker = std::make_shared<RowChecker>(job, table, checks, task_stop)](std::span<const kv::KeyValue> rows,
                                                                                   StopToken batch_stop) {
      SLUICE_FAILPOINT("ddl.check_rows.scan", batch_stop);
      checker->check(rows);
    };
  };
  scan_present_rows(store, table.id, "check constraint", progress, make_visitor, stop);
}

}  // namespace sluice::ddl
