#include "executor/join_matcher.h"

#include <algorithm>

#include "base/check.h"
#include "expression/builder.h"
#include "expression/eval_context.h"

namespace sluice::executor {

using planner::JoinType;

namespace {

std::vector<types::PhysicalType> types_of(const planner::PhysicalPlan& plan) {
  std::vector<types::PhysicalType> types;
  for (const planner::OutputColumn& column : plan.schema) types.push_back(types::physical_type(column.type));
  return types;
}

}  // namespace

JoinShape JoinShape::of(const planner::JoinPlan& plan, bool probe_is_left) {
  JoinShape shape{plan, probe_is_left, types_of(*plan.children[0]), types_of(*plan.children[1])};
  SLUICE_CHECK(probe_is_left || !shape.is_semi(), "a semi join probes with its left input");
  return shape;
}

bool JoinShape::preserves_probe() const noexcept {
  return plan.type == (probe_is_left ? JoinType::kLeftOuter : JoinType::kRightOuter);
}

bool JoinShape::preserves_held() const noexcept {
  return plan.type == (probe_is_left ? JoinType::kRightOuter : JoinType::kLeftOuter);
}

bool JoinShape::is_semi() const noexcept {
  return plan.type != JoinType::kInner && plan.type != JoinType::kLeftOuter && plan.type != JoinType::kRightOuter;
}

bool JoinShape::adds_mark() const noexcept {
  return plan.type == JoinType::kLeftOuterSemi || plan.type == JoinType::kAntiLeftOuterSemi;
}

JoinMatcher::JoinMatcher(const JoinShape& shape, WorkerContext& worker, ChunkConsumer& next,
                         std::vector<std::vector<std::uint8_t>>* held_matched)
    : shape_(shape), worker_(worker), next_(next), held_matched_(held_matched) {
  for (const types::PhysicalType type : shape.left_types) pairs_.columns.emplace_back(type);
  for (const types::PhysicalType type : shape.right_types) pairs_.columns.emplace_back(type);
  for (const types::PhysicalType type : shape.left_types) output_.columns.emplace_back(type);
  if (!shape.is_semi()) {
    for (const types::PhysicalType type : shape.right_types) output_.columns.emplace_back(type);
  } else if (shape.adds_mark()) {
    output_.columns.emplace_back(types::PhysicalType::kInt64);
  }
}

void JoinMatcher::start(const vector::Chunk& probe, const RowList& held) {
  probe_ = &probe;
  held_ = &held;
  fates_.assign(probe.row_count, Fate::kNoMatch);
}

bool JoinMatcher::offer(std::size_t row, RowRef candidate) {
  events_.push_back({static_cast<std::uint16_t>(row), false, candidate});
  if (events_.size() >= vector::kRowsPerChunk) flush();
  return enough_ || (shape_.is_semi() && fates_[row] == Fate::kMatch);
}

void JoinMatcher::end_row(std::size_t row) {
  events_.push_back({static_cast<std::uint16_t>(row), true, {}});
  if (events_.size() >= vector::kRowsPerChunk) flush();
}

Flow JoinMatcher::end() {
  flush();
  push_output();
  probe_ = nullptr;
  return enough_ ? Flow::kEnough : Flow::kMore;
}

void JoinMatcher::judge_candidates() {
  const planner::JoinPlan& plan = shape_.plan;
  verdicts_.assign(events_.size(), Fate::kMatch);
  if (plan.other_conditions.empty() && plan.null_aware_conditions.empty()) return;
  pairs_.clear();
  const std::size_t left_width = shape_.left_types.size();
  const std::size_t probe_base = shape_.probe_is_left ? 0 : left_width;
  const std::size_t held_base = shape_.probe_is_left ? left_width : 0;
  gather_.clear();
  std::vector<std::uint16_t> pair_events;
  for (std::size_t e = 0; e < events_.size(); ++e) {
    if (events_[e].is_end) continue;
    gather_.push_back(events_[e].row);
    pair_events.push_back(static_cast<std::uint16_t>(e));
    verdicts_[e] = Fate::kNoMatch;
  }
  if (gather_.empty()) return;
  for (std::size_t c = 0; c < probe_->columns.size(); ++c) pairs_.columns[probe_base + c].gather(probe_->columns[c], gather_);
  for (std::size_t c = 0; c < held_->types().size(); ++c) {
    for (const std::uint16_t e : pair_events) held_->load(events_[e].held, c, pairs_.columns[held_base + c]);
  }
  pairs_.row_count = gather_.size();
  expression::filter(plan.other_conditions, worker_.eval, pairs_);
  const vector::ActiveRows passing = pairs_.active_rows();
  for (std::size_t i = 0; i < passing.count; ++i) verdicts_[pair_events[passing[i]]] = Fate::kMatch;
  if (!plan.is_null_aware()) return;
  for (const expression::ExpressionPtr& condition : plan.null_aware_conditions) {
    vector::ColumnVector truth(condition->physical_type());
    condition->evaluate(worker_.eval, pairs_, truth);
    for (std::size_t i = 0; i < passing.count; ++i) {
      Fate& verdict = verdicts_[pair_events[passing[i]]];
      if (truth.is_null(passing[i])) {
        verdict = std::min(verdict, Fate::kNull);
      } else if (truth.at<std::int64_t>(passing[i]) == 0) {
        verdict = Fate::kNoMatch;
      }
    }
  }
}

void JoinMatcher::flush() {
  if (events_.empty()) return;
  worker_.stop.poll();
  judge_candidates();
  for (std::size_t e = 0; e < events_.size(); ++e) {
    const Event& event = events_[e];
    if (event.is_end) {
      finish_row(event.row);
      continue;
    }
    const Fate verdict = verdicts_[e];
    fates_[event.row] = std::max(fates_[event.row], verdict);
    if (verdict != Fate::kMatch || shape_.is_semi()) continue;
    if (held_matched_ != nullptr) (*held_matched_)[event.held.block][event.held.row] = 1;
    output_rows_.push_back({event.row, true, event.held, Fate::kMatch});
  }
  events_.clear();
  if (output_rows_.size() >= vector::kRowsPerChunk) push_output();
}

void JoinMatcher::finish_row(std::size_t row) {
  const Fate fate = fates_[row];
  const auto probe_row = static_cast<std::uint16_t>(row);
  switch (shape_.plan.type) {
    case JoinType::kSemi:
      if (fate == Fate::kMatch) output_rows_.push_back({probe_row, false, {}, fate});
      break;
    case JoinType::kAntiSemi:
      if (fate == Fate::kNoMatch) output_rows_.push_back({probe_row, false, {}, fate});
      break;
    case JoinType::kLeftOuterSemi: output_rows_.push_back({probe_row, false, {}, fate}); break;
    case JoinType::kAntiLeftOuterSemi: {
      const Fate negated = fate == Fate::kNull ? fate : fate == Fate::kMatch ? Fate::kNoMatch : Fate::kMatch;
      output_rows_.push_back({probe_row, false, {}, negated});
      break;
    }
    default:
      if (fate == Fate::kNoMatch && shape_.preserves_probe()) output_rows_.push_back({probe_row, false, {}, fate});
  }
}

void JoinMatcher::push_output() {
  const std::size_t left_width = shape_.left_types.size();
  const std::size_t probe_base = shape_.probe_is_left ? 0 : left_width;
  const std::size_t held_base = shape_.probe_is_left ? left_width : 0;
  for (std::size_t begin = 0; begin < output_rows_.size() && !enough_; begin += vector::kRowsPerChunk) {
    const std::size_t end = std::min(output_rows_.size(), begin + vector::kRowsPerChunk);
    output_.clear();
    gather_.clear();
    for (std::size_t i = begin; i < end; ++i) gather_.push_back(output_rows_[i].row);
    for (std::size_t c = 0; c < probe_->columns.size(); ++c) output_.columns[probe_base + c].gather(probe_->columns[c], gather_);
    if (!shape_.is_semi()) {
      for (std::size_t c = 0; c < held_->types().size(); ++c) {
        vector::ColumnVector& column = output_.columns[held_base + c];
        for (std::size_t i = begin; i < end; ++i) {
          if (output_rows_[i].has_held) {
            held_->load(output_rows_[i].held, c, column);
          } else {
            column.append_null();
          }
        }
      }
    } else if (shape_.adds_mark()) {
      vector::ColumnVector& mark = output_.columns.back();
      for (std::size_t i = begin; i < end; ++i) {
        if (output_rows_[i].mark == Fate::kNull) {
          mark.append_null();
        } else {
          mark.append(static_cast<std::int64_t>(output_rows_[i].mark == Fate::kMatch));
        }
      }
    }
    output_.row_count = end - begin;
    if (next_.consume(output_) == Flow::kEnough) enough_ = true;
  }
  output_rows_.clear();
}

void JoinMatcher::push_unmatched(const RowList& held) {
  const std::size_t left_width = shape_.left_types.size();
  const std::size_t probe_base = shape_.probe_is_left ? 0 : left_width;
  const std::size_t held_base = shape_.probe_is_left ? left_width : 0;
  const std::size_t probe_width = shape_.probe_is_left ? left_width : shape_.right_types.size();
  for (std::size_t b = 0; b < held.block_count() && !enough_; ++b) {
    worker_.stop.poll();
    const vector::Chunk& block = held.block(b);
    gather_.clear();
    for (std::size_t row = 0; row < block.row_count; ++row) {
      if ((*held_matched_)[b][row] == 0) gather_.push_back(static_cast<std::uint16_t>(row));
    }
    if (gather_.empty()) continue;
    output_.clear();
    for (std::size_t c = 0; c < probe_width; ++c) {
      for (std::size_t i = 0; i < gather_.size(); ++i) output_.columns[probe_base + c].append_null();
    }
    for (std::size_t c = 0; c < held.types().size(); ++c) output_.columns[held_base + c].gather(block.columns[c], gather_);
    output_.row_count = gather_.size();
    if (next_.consume(output_) == Flow::kEnough) enough_ = true;
  }
}

}  // namespace sluice::executor
