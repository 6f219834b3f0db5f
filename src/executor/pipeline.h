/// Push-based pipelines: a source pushes chunks through plain operators into a sink.
///
/// A plan is run by walking it from its root: each operator wraps the stage above it (the rest of the pipeline), down to
/// a source, which drives. Operators own neither threads nor channels: a source that reads in parallel spawns its workers in
/// a TaskScope, gives each a consumer chain of its own, and polls between chunks. An operator that must see all of its input
/// first (sort, aggregation, the build side of a join) is the sink of one run and then the source of the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/stop_token.h"

namespace sluice {
class MemoryTracker;
}
namespace sluice::vector {
class Chunk;
}
namespace sluice::expression {
struct EvalContext;
}

namespace sluice::executor {

/// Whether a consumer wants more chunks. After kEnough the source stops and calls finish() once.
enum class Flow : std::uint8_t { kMore, kEnough };

/// What one worker of a pipeline works with. `eval.stop` is the worker's token: everything that it calls polls that one.
struct WorkerContext {
  expression::EvalContext& eval;
  StopToken stop;
};

/// One worker's entry to the rest of its pipeline.
///
/// Ownership: owns its state and the consumers after it; refers to its stage, which outlives it.
/// Thread-safety: one thread.
class ChunkConsumer {
 public:
  virtual ~ChunkConsumer() = default;

  /// Takes the active rows of `chunk`. May narrow the selection and overwrite columns; the caller clears and refills the
  /// chunk afterwards. Strings that the chunk borrows end when the call returns.
  /// Throws: Stopped, SqlError; the pipeline is then abandoned.
  virtual Flow consume(vector::Chunk& chunk) = 0;

  /// The end of the worker's input: passes on what was held back. Called once, also after kEnough.
  virtual void finish() = 0;
};

/// The rest of a pipeline as its source sees it.
///
/// Thread-safety: make_worker from one thread; what it makes is used by one thread each, side by side.
class PipelineStage {
 public:
  virtual ~PipelineStage() = default;

  /// How many workers may push side by side. 1 also means that the order of the rows is kept.
  virtual std::size_t max_workers() const noexcept = 0;

  /// A new entry; `worker` outlives it.
  virtual std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) = 0;
};

/// A stage of one plain operator before `next`: as many workers as the next stage takes.
class OperatorStage : public PipelineStage {
 public:
  explicit OperatorStage(PipelineStage& next) : next_(next) {}
  std::size_t max_workers() const noexcept override { return next_.max_workers(); }

 protected:
  PipelineStage& next_;
};

/// A consumer that passes on to another one.
class ChainedConsumer : public ChunkConsumer {
 public:
  explicit ChainedConsumer(std::unique_ptr<ChunkConsumer> next) : next_(std::move(next)) {}
  void finish() override { next_->finish(); }

 protected:
  std::unique_ptr<ChunkConsumer> next_;
};

/// A stage that one worker uses and that keeps the order of rows: `make` wraps the consumer of the stage after it.
class SerialStage : public PipelineStage {
 public:
  std::size_t max_workers() const noexcept override { return 1; }
};

}  // namespace sluice::executor
