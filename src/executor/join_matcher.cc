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

std::vector<std::size_t> columns_of(const planner::JoinPlan& plan) {
  std::vector<const expression::ColumnRef*> found;
  for (const expression::ExpressionPtr& condition : plan.other_conditions) condition->collect_columns(found);
  for (const expression::ExpressionPtr& condition : plan.null_aware_conditions) condition->collect_columns(found);
  std::vector<std::size_t> columns;
  for (const expression::ColumnRef* column : found) columns.push_back(static_cast<std::size_t>(column->position()));
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
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

JoinMatcher::JoinMatcher(const JoinShape& shape, WorkerContext& worker, ChunkConsumer& next)
    : shape_(shape),
      worker_(worker),
      next_(next),
      has_conditions_(!shape.plan.other_conditions.empty() || !shape.plan.null_aware_conditions.empty()),
      condition_columns_(columns_of(shape.plan)) {
  for (const types::PhysicalType type : shape.left_types) pairs_.columns.emplace_back(type);
  for (const types::PhysicalType type : shape.right_types) pairs_.columns.emplace_back(type);
  for (const types::PhysicalType type : shape.left_types) output_.columns.emplace_back(type);
  if (!shape.is_semi()) {
    for (const types::PhysicalType type : shape.right_types) output_.columns.emplace_back(type);
  } else if (shape.adds_mark()) {
    output_.columns.emplace_back(types::PhysicalType::kInt64);
  }
}

void JoinMatcher::start(const vector::Chunk& probe, vector::ActiveRows rows, const vector::RowContainer& held) {
  probe_ = &probe;
  rows_ = rows;
  held_ = &held;
  judges_ = shape_.judges_rows();
  carried_ = {};
  judged_ = 0;
  if (judges_) fates_.assign(probe.row_count, RowFate::kNoMatch);
}

void JoinMatcher::carry(std::span<RowFate> fates, bool is_last_piece) {
  if (!shape_.judges_rows()) return;
  SLUICE_CHECK(fates.size() == rows_.count, "{} fates of {} rows", fates.size(), rows_.count);
  carried_ = fates;
  judges_ = is_last_piece;
  for (std::size_t position = 0; position < rows_.count; ++position) fates_[rows_[position]] = fates[position];
}

bool JoinMatcher::add(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held,
                      const vector::JoinTable* table) {
  SLUICE_DCHECK(rows.size() <= vector::kMaxRowsPerChunk, "{} pairs at once", rows.size());
  if (enough_ || rows.empty()) return enough_;
  worker_.stop.poll();
  if (!has_conditions_ && !shape_.judges_rows()) {
    if (table != nullptr) {
      for (const std::byte* row : held) table->mark_matched(row);
    }
    push_pairs(rows, held);
    return enough_;
  }
  judge_pairs(rows, held);
  for (std::size_t pair = 0; pair < rows.size(); ++pair) {
    const RowFate verdict = verdicts_[pair];
    if (shape_.judges_rows()) {
      judge_rows_before(rows[pair]);
      fates_[rows[pair]] = std::max(fates_[rows[pair]], verdict);
    }
    if (verdict != RowFate::kMatch || shape_.is_semi()) continue;
    if (table != nullptr) table->mark_matched(held[pair]);
    output_rows_.push_back({rows[pair], RowFate::kMatch, held[pair]});
  }
  if (output_rows_.size() >= vector::kRowsPerChunk) push_output();
  return enough_ || (shape_.is_semi() && fates_[rows.back()] == RowFate::kMatch);
}

Flow JoinMatcher::end() {
  if (shape_.judges_rows()) judge_rows_before(SIZE_MAX);
  for (std::size_t position = 0; position < carried_.size(); ++position) carried_[position] = fates_[rows_[position]];
  push_output();
  probe_ = nullptr;
  return enough_ ? Flow::kEnough : Flow::kMore;
}

void JoinMatcher::fill_pairs(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held) {
  pairs_.drop_selection();
  for (const std::size_t column : condition_columns_) {
    const std::size_t held_column = column - shape_.held_base();
    if (column >= shape_.held_base() && held_column < shape_.held_types().size()) {
      held_->gather(held, held_column, pairs_.columns[column]);
    } else {
      pairs_.columns[column].gather(probe_->columns[column - shape_.probe_base()], rows);
    }
  }
  pairs_.row_count = rows.size();
}

void JoinMatcher::judge_pairs(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held) {
  const planner::JoinPlan& plan = shape_.plan;
  if (!has_conditions_) {
    verdicts_.assign(rows.size(), RowFate::kMatch);
    return;
  }
  verdicts_.assign(rows.size(), RowFate::kNoMatch);
  fill_pairs(rows, held);
  expression::filter(plan.other_conditions, worker_.eval, pairs_);
  const vector::ActiveRows passing = pairs_.active_rows();
  for (std::size_t i = 0; i < passing.count; ++i) verdicts_[passing[i]] = RowFate::kMatch;
  for (const expression::ExpressionPtr& condition : plan.null_aware_conditions) {
    vector::ColumnVector truth(condition->physical_type());
    condition->evaluate(worker_.eval, pairs_, truth);
    for (std::size_t i = 0; i < passing.count; ++i) {
      RowFate& verdict = verdicts_[passing[i]];
      if (truth.is_null(passing[i])) {
        verdict = std::min(verdict, RowFate::kNull);
      } else if (truth.at<std::int64_t>(passing[i]) == 0) {
        verdict = RowFate::kNoMatch;
      }
    }
  }
}

void JoinMatcher::judge_rows_before(std::size_t row) {
  if (!judges_) return;
  for (; judged_ < rows_.count && rows_[judged_] < row; ++judged_) {
    judge_row(rows_[judged_]);
    if (output_rows_.size() >= vector::kRowsPerChunk) push_output();
  }
}

void JoinMatcher::judge_row(std::size_t row) {
  const RowFate fate = fates_[row];
  const auto probe_row = static_cast<std::uint16_t>(row);
  switch (shape_.plan.type) {
    case JoinType::kSemi:
      if (fate == RowFate::kMatch) output_rows_.push_back({probe_row, fate, nullptr});
      break;
    case JoinType::kAntiSemi:
      if (fate == RowFate::kNoMatch) output_rows_.push_back({probe_row, fate, nullptr});
      break;
    case JoinType::kLeftOuterSemi:
      output_rows_.push_back({probe_row, fate, nullptr});
      break;
    case JoinType::kAntiLeftOuterSemi: {
      const RowFate negated = fate == RowFate::kNull    ? fate
                              : fate == RowFate::kMatch ? RowFate::kNoMatch
                                                        : RowFate::kMatch;
      output_rows_.push_back({probe_row, negated, nullptr});
      break;
    }
    default:
      if (fate == RowFate::kNoMatch) output_rows_.push_back({probe_row, fate, nullptr});
  }
}

void JoinMatcher::push(std::size_t row_count) {
  output_.drop_selection();
  output_.row_count = row_count;
  if (next_.consume(output_) == Flow::kEnough) enough_ = true;
}

void JoinMatcher::push_pairs(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held) {
  for (std::size_t c = 0; c < probe_->columns.size(); ++c)
    output_.columns[shape_.probe_base() + c].gather(probe_->columns[c], rows);
  for (std::size_t c = 0; c < shape_.held_types().size(); ++c)
    held_->gather(held, c, output_.columns[shape_.held_base() + c]);
  push(rows.size());
}

void JoinMatcher::push_output() {
  for (std::size_t begin = 0; begin < output_rows_.size() && !enough_; begin += vector::kRowsPerChunk) {
    const std::size_t end = std::min(output_rows_.size(), begin + vector::kRowsPerChunk);
    gather_.clear();
    gather_held_.clear();
    for (std::size_t i = begin; i < end; ++i) {
      gather_.push_back(output_rows_[i].row);
      gather_held_.push_back(output_rows_[i].held);
    }
    if (!shape_.is_semi()) {
      push_pairs(gather_, gather_held_);
      continue;
    }
    for (std::size_t c = 0; c < probe_->columns.size(); ++c) output_.columns[c].gather(probe_->columns[c], gather_);
    if (shape_.adds_mark()) {
      vector::ColumnVector& mark = output_.columns.back();
      mark.clear();
      for (std::size_t i = begin; i < end; ++i) {
        if (output_rows_[i].mark == RowFate::kNull) {
          mark.append_null();
        } else {
          mark.append(static_cast<std::int64_t>(output_rows_[i].mark == RowFate::kMatch));
        }
      }
    }
    push(end - begin);
  }
  output_rows_.clear();
}

Flow JoinMatcher::push_unmatched(const vector::JoinTable& table) {
  std::vector<const std::byte*> rows;
  for (std::size_t begin = 0; !enough_; begin += rows.size()) {
    worker_.stop.poll();
    table.rows().collect_rows(begin, vector::kRowsPerChunk, rows);
    if (rows.empty()) break;
    gather_held_.clear();
    for (const std::byte* row : rows) {
      if (!table.is_matched(row)) gather_held_.push_back(row);
    }
    if (gather_held_.empty()) continue;
    for (std::size_t c = 0; c < shape_.probe_types().size(); ++c) {
      vector::ColumnVector& column = output_.columns[shape_.probe_base() + c];
      column.clear();
      column.append_null();
      column.make_constant(gather_held_.size());
    }
    for (std::size_t c = 0; c < shape_.held_types().size(); ++c) {
      table.rows().gather(gather_held_, c, output_.columns[shape_.held_base() + c]);
    }
    push(gather_held_.size());
  }
  return enough_ ? Flow::kEnough : Flow::kMore;
}

}  // namespace sluice::executor
