/// What EXPLAIN ANALYZE shows: rows and time per operator.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "executor/pipeline.h"
#include "planner/explain.h"

namespace sluice::executor {

/// Counts, per plan id, the rows and chunks that an operator yields and the time its input took.
/// Thread-safety: any thread.
class RuntimeRecorder final : public planner::RuntimeStats {
 public:
  planner::OperatorRuntime operator_runtime(int plan_id) const override;

  /// A stage before `next` that counts what passes as the output of operator `plan_id`.
  std::unique_ptr<PipelineStage> count(int plan_id, PipelineStage& next);

  /// Adds the life of the object to the operator's time.
  class Timer {
   public:
    Timer(RuntimeRecorder& recorder, int plan_id);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    RuntimeRecorder& recorder_;
    int plan_id_;
    std::int64_t begin_ns_;
  };

  struct Figures {
    std::atomic<std::uint64_t> rows{0};
    std::atomic<std::uint64_t> loops{0};
    std::atomic<std::int64_t> time_ns{0};
    std::atomic<std::int64_t> first_ns{0};
  };

 private:
  Figures& figures_of(int plan_id);

  mutable Mutex mutex_;
  std::map<int, std::unique_ptr<Figures>> figures_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::executor
