#include "base/sched.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice::sched {
namespace {

TEST(WaitEvent, ASignalBeforeTheWaitIsNotLost) {
  WaitEvent event;
  event.signal();
  EXPECT_TRUE(event.wait());
}

TEST(WaitEvent, DeadlineInThePastReturnsAtOnce) {
  WaitEvent event;
  EXPECT_FALSE(event.wait(0));
  EXPECT_FALSE(event.is_signalled());
}

TEST(WaitEvent, CanBeUsedAgainAfterReset) {
  WaitEvent event;
  event.signal();
  event.reset();
  EXPECT_FALSE(event.wait(steady_now_ns() + 1000));
  event.signal();
  EXPECT_TRUE(event.wait());
}

TEST(WaitEvent, ALateSignalAfterATimeoutIsKept) {
  WaitEvent event;
  EXPECT_FALSE(event.wait(steady_now_ns() + 100'000));
  event.signal();
  EXPECT_TRUE(event.wait());
}

TEST(WaitEvent, StressOfSignalsAgainstDeadlines) {
  for (int round = 0; round < 2000; ++round) {
    WaitEvent event;
    std::thread signaller([&] { event.signal(); });
    const bool in_time = event.wait(steady_now_ns() + (round % 50) * 1000);
    signaller.join();
    EXPECT_TRUE(event.is_signalled());
    EXPECT_TRUE(event.wait()) << in_time;
  }
}

TEST(SpinLatch, ExcludesThreads) {
  SpinLatch latch;
  int counter = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10'000; ++k) {
        const SpinGuard guard(latch);
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, 40'000);
}

}  // namespace
}  // namespace sluice::sched
