#include "base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/clock.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

class Adds final : public WorkItem {
 public:
  explicit Adds(std::atomic<int>& counter) : counter_(counter) {}
  void run() noexcept override { ++counter_; }

 private:
  std::atomic<int>& counter_;
};

TEST(WorkerPool, RunsEverythingBeforeItDies) {
  std::atomic<int> counter{0};
  {
    WorkerPool pool;
    for (int i = 0; i < 100; ++i) pool.submit("adds", std::make_unique<Adds>(counter));
  }
  EXPECT_EQ(counter, 100);
}

TEST(WorkerPool, ReusesIdleThreads) {
  std::atomic<int> counter{0};
  WorkerPool pool;
  for (int i = 1; i <= 50; ++i) {
    pool.submit("adds", std::make_unique<Adds>(counter));
    while (pool.idle_thread_count() != pool.thread_count()) clock().sleep(20us, StopToken());
  }
  EXPECT_EQ(counter, 50);
  EXPECT_EQ(pool.thread_count(), 1u);
}

}  // namespace
}  // namespace sluice
