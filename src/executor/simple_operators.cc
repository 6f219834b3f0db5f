#include "executor/simple_operators.h"

#include <algorithm>

#include "base/sql_error.h"
#include "expression/builder.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

class FilterConsumer final : public ChainedConsumer {
 public:
  FilterConsumer(const std::vector<expression::ExpressionPtr>& conditions, WorkerContext& worker,
                 std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)), conditions_(conditions), worker_(worker) {}

  Flow consume(vector::Chunk& chunk) override {
    expression::filter(conditions_, worker_.eval, chunk);
    return chunk.active_count() == 0 ? Flow::kMore : next_->consume(chunk);
  }

 private:
  const std::vector<expression::ExpressionPtr>& conditions_;
  WorkerContext& worker_;
};

class ProjectionConsumer final : public ChainedConsumer {
 public:
  ProjectionConsumer(const std::vector<expression::ExpressionPtr>& expressions, WorkerContext& worker,
                     std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)), expressions_(expressions), worker_(worker) {
    for (const auto& expression : expressions_) {
      output_.columns.emplace_back(types::physical_type(expression->type()));
    }
  }

  Flow consume(vector::Chunk& chunk) override {
    output_.clear();
    for (std::size_t column = 0; column < expressions_.size(); ++column) {
      expressions_[column]->evaluate(worker_.eval, chunk, output_.columns[column]);
    }
    output_.row_count = chunk.row_count;
    if (chunk.has_selection()) output_.set_selection(chunk.active_rows().span());
    return next_->consume(output_);
  }

 private:
  const std::vector<expression::ExpressionPtr>& expressions_;
  WorkerContext& worker_;
  vector::Chunk output_;
};

class SequentialProjectionConsumer final : public ChainedConsumer {
 public:
  SequentialProjectionConsumer(const std::vector<expression::ExpressionPtr>& expressions, WorkerContext& worker,
                               std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)), expressions_(expressions), worker_(worker) {
    for (const auto& expression : expressions_) {
      output_.columns.emplace_back(types::physical_type(expression->type()));
      values_.columns.emplace_back(types::physical_type(expression->type()));
    }
  }

  Flow consume(vector::Chunk& chunk) override {
    output_.clear();
    vector::Chunk one_row;
    one_row.reference(chunk);
    for (std::size_t position = 0, rows = chunk.active_count(); position < rows; ++position) {
      if (position % 64 == 0) worker_.stop.poll();
      const auto row = static_cast<std::uint16_t>(chunk.active_rows()[position]);
      one_row.set_selection({&row, 1});
      for (std::size_t column = 0; column < expressions_.size(); ++column) {
        values_.columns[column].clear();
        expressions_[column]->evaluate(worker_.eval, one_row, values_.columns[column]);
        output_.columns[column].append_from(values_.columns[column], row);
      }
      ++output_.row_count;
    }
    return next_->consume(output_);
  }

 private:
  const std::vector<expression::ExpressionPtr>& expressions_;
  WorkerContext& worker_;
  vector::Chunk values_;
  vector::Chunk output_;
};

class LimitConsumer final : public ChainedConsumer {
 public:
  LimitConsumer(std::uint64_t offset, std::uint64_t count, std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)), to_skip_(offset), to_pass_(count) {}

  Flow consume(vector::Chunk& chunk) override {
    if (to_pass_ == 0) return Flow::kEnough;
    const std::size_t rows = chunk.active_count();
    if (rows <= to_skip_) {
      to_skip_ -= rows;
      return Flow::kMore;
    }
    const std::size_t begin = static_cast<std::size_t>(to_skip_);
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(rows - begin, to_pass_));
    to_skip_ = 0;
    to_pass_ -= taken;
    if (taken < rows) {
      kept_.clear();
      const vector::ActiveRows active = chunk.active_rows();
      for (std::size_t position = begin; position < begin + taken; ++position) {
        kept_.push_back(static_cast<std::uint16_t>(active[position]));
      }
      chunk.set_selection(kept_);
    }
    const Flow flow = next_->consume(chunk);
    return to_pass_ == 0 ? Flow::kEnough : flow;
  }

 private:
  std::uint64_t to_skip_;
  std::uint64_t to_pass_;
  std::vector<std::uint16_t> kept_;
};

class MaxOneRowConsumer final : public ChainedConsumer {
 public:
  MaxOneRowConsumer(std::span<const types::PhysicalType> types, std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)), types_(types) {}

  Flow consume(vector::Chunk& chunk) override {
    rows_ += chunk.active_count();
    if (rows_ > 1) throw SqlError(ErrorCode::kSubqueryNo1Row);
    if (rows_ == 0) return Flow::kMore;
    next_->consume(chunk);
    // A second row must still be noticed, so the input goes on.
    return Flow::kMore;
  }

  void finish() override {
    if (rows_ == 0) {
      vector::Chunk nulls(types_);
      for (auto& column : nulls.columns) column.append_null();
      nulls.row_count = 1;
      next_->consume(nulls);
    }
    next_->finish();
  }

 private:
  std::span<const types::PhysicalType> types_;
  std::size_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ChunkConsumer> FilterStage::make_worker(WorkerContext& worker) {
  return std::make_unique<FilterConsumer>(conditions_, worker, next_.make_worker(worker));
}

std::unique_ptr<ChunkConsumer> ProjectionStage::make_worker(WorkerContext& worker) {
  if (sequential_) {
    return std::make_unique<SequentialProjectionConsumer>(expressions_, worker, next_.make_worker(worker));
  }
  return std::make_unique<ProjectionConsumer>(expressions_, worker, next_.make_worker(worker));
}

std::unique_ptr<ChunkConsumer> LimitStage::make_worker(WorkerContext& worker) {
  return std::make_unique<LimitConsumer>(offset_, count_, next_.make_worker(worker));
}

std::unique_ptr<ChunkConsumer> MaxOneRowStage::make_worker(WorkerContext& worker) {
  return std::make_unique<MaxOneRowConsumer>(types_, next_.make_worker(worker));
}

}  // namespace sluice::executor
