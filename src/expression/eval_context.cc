#include "expression/eval_context.h"

#include <utility>

namespace sluice::expression {
namespace {

/// Scratch vectors that a context keeps for their next use.
constexpr std::size_t kPooledVectors = 64;

}  // namespace

EvalContext::EvalContext() = default;
EvalContext::EvalContext(EvalContext&&) noexcept = default;
EvalContext& EvalContext::operator=(EvalContext&&) noexcept = default;
EvalContext::~EvalContext() = default;

EvalContext EvalContext::fork(StopToken task_stop, WarningList* task_warnings) const {
  EvalContext result;
  result.stop = task_stop;
  result.sql_mode = sql_mode;
  result.time_zone = time_zone;
  result.statement_time_us = statement_time_us;
  result.warnings = task_warnings;
  result.div_precision_increment = div_precision_increment;
  result.default_week_format = default_week_format;
  result.max_allowed_packet = max_allowed_packet;
  result.group_concat_max_len = group_concat_max_len;
  result.parameters = parameters;
  result.session = session;
  result.memory = memory;
  result.in_dml_strict = in_dml_strict;
  result.is_ignore = is_ignore;
  result.row_number = row_number;
  return result;
}

std::unique_ptr<vector::ColumnVector> EvalContext::take_scratch(types::PhysicalType type) {
  // Room for what is given back: that happens in destructors, which cannot allocate.
  scratch_.reserve(kPooledVectors);
  if (scratch_.empty()) return std::make_unique<vector::ColumnVector>(type);
  std::unique_ptr<vector::ColumnVector> result = std::move(scratch_.back());
  scratch_.pop_back();
  result->reset(type);
  return result;
}

void EvalContext::give_scratch(std::unique_ptr<vector::ColumnVector> scratch) noexcept {
  if (scratch == nullptr || scratch_.size() == scratch_.capacity()) return;
  // A pool entry must not keep shared storage alive, and clear() is what lets go of it.
  scratch->clear();
  scratch_.push_back(std::move(scratch));
}

}  // namespace sluice::expression
