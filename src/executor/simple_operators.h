/// Operators that pass rows on as they come: selection, projection, limit, at most one row.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "executor/pipeline.h"
#include "expression/expression.h"

namespace sluice::executor {

/// Drops the rows for which a condition is not true.
class FilterStage final : public OperatorStage {
 public:
  /// `conditions` outlives the stage.
  FilterStage(const std::vector<expression::ExpressionPtr>& conditions, PipelineStage& next)
      : OperatorStage(next), conditions_(conditions) {}
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override;

 private:
  const std::vector<expression::ExpressionPtr>& conditions_;
};

/// Computes one column per expression. With `sequential` row by row, left to right: expressions that assign user variables
/// see what the row before assigned.
class ProjectionStage final : public OperatorStage {
 public:
  ProjectionStage(const std::vector<expression::ExpressionPtr>& expressions, bool sequential, PipelineStage& next)
      : OperatorStage(next), expressions_(expressions), sequential_(sequential) {}
  std::size_t max_workers() const noexcept override { return sequential_ ? 1 : next_.max_workers(); }
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override;

 private:
  const std::vector<expression::ExpressionPtr>& expressions_;
  const bool sequential_;
};

/// Skips `offset` rows, passes `count` on, then has enough.
class LimitStage final : public OperatorStage {
 public:
  LimitStage(std::uint64_t offset, std::uint64_t count, PipelineStage& next)
      : OperatorStage(next), offset_(offset), count_(count) {}
  std::size_t max_workers() const noexcept override { return 1; }
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override;

 private:
  const std::uint64_t offset_;
  const std::uint64_t count_;
};

/// Passes one row on; throws 1242 at a second one; makes a row of NULLs of `types` if there was none.
class MaxOneRowStage final : public OperatorStage {
 public:
  MaxOneRowStage(std::vector<types::PhysicalType> types, PipelineStage& next)
      : OperatorStage(next), types_(std::move(types)) {}
  std::size_t max_workers() const noexcept override { return 1; }
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override;

 private:
  const std::vector<types::PhysicalType> types_;
};

}  // namespace sluice::executor
