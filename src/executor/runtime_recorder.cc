#include "executor/runtime_recorder.h"

#include <cstdio>

#include "base/clock.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

class CountingConsumer final : public ChainedConsumer {
 public:
  CountingConsumer(RuntimeRecorder::Figures& figures, std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)), figures_(figures) {}

  Flow consume(vector::Chunk& chunk) override {
    figures_.rows.fetch_add(chunk.active_count(), std::memory_order_relaxed);
    figures_.loops.fetch_add(1, std::memory_order_relaxed);
    return next_->consume(chunk);
  }

 private:
  RuntimeRecorder::Figures& figures_;
};

class CountingStage final : public OperatorStage {
 public:
  CountingStage(RuntimeRecorder::Figures& figures, PipelineStage& next) : OperatorStage(next), figures_(figures) {}
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<CountingConsumer>(figures_, next_.make_worker(worker));
  }

 private:
  RuntimeRecorder::Figures& figures_;
};

/// 1.25ms, 3.4s, 800ns: three significant digits in the largest fitting unit.
std::string duration_text(std::int64_t nanoseconds) {
  char text[32];
  const double value = static_cast<double>(nanoseconds);
  if (nanoseconds >= 1'000'000'000) {
    std::snprintf(text, sizeof(text), "%.3gs", value / 1e9);
  } else if (nanoseconds >= 1'000'000) {
    std::snprintf(text, sizeof(text), "%.3gms", value / 1e6);
  } else if (nanoseconds >= 1'000) {
    std::snprintf(text, sizeof(text), "%.3gµs", value / 1e3);
  } else {
    std::snprintf(text, sizeof(text), "%.0fns", value);
  }
  return text;
}

}  // namespace

RuntimeRecorder::Figures& RuntimeRecorder::figures_of(int plan_id) {
  MutexLock lock(mutex_);
  std::unique_ptr<Figures>& figures = figures_[plan_id];
  if (figures == nullptr) figures = std::make_unique<Figures>();
  return *figures;
}

std::unique_ptr<PipelineStage> RuntimeRecorder::count(int plan_id, PipelineStage& next) {
  return std::make_unique<CountingStage>(figures_of(plan_id), next);
}

planner::OperatorRuntime RuntimeRecorder::operator_runtime(int plan_id) const {
  MutexLock lock(mutex_);
  planner::OperatorRuntime runtime;
  const auto found = figures_.find(plan_id);
  if (found == figures_.end()) return runtime;
  const Figures& figures = *found->second;
  runtime.actual_rows = figures.rows.load();
  runtime.execution_info =
      "time:" + duration_text(figures.time_ns.load()) + ", loops:" + std::to_string(figures.loops.load());
  return runtime;
}

RuntimeRecorder::Timer::Timer(RuntimeRecorder& recorder, int plan_id)
    : recorder_(recorder), plan_id_(plan_id), begin_ns_(clock().now_ns()) {}

RuntimeRecorder::Timer::~Timer() { recorder_.figures_of(plan_id_).time_ns.fetch_add(clock().now_ns() - begin_ns_); }

}  // namespace sluice::executor
