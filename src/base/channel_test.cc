#include "base/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/deterministic_scheduler.h"
#include "base/task_scope.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(Channel, DeliversInOrder) {
  Channel<int> channel(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(channel.push(i, StopToken()));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(channel.pop(StopToken()), i);
}

TEST(Channel, TryPushRefusesWhenFullAndKeepsTheValue) {
  Channel<std::unique_ptr<int>> channel(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(channel.try_push(first));
  EXPECT_FALSE(channel.try_push(second));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(Channel, DrainsAfterClose) {
  Channel<int> channel(2);
  channel.push(1, StopToken());
  channel.close();
  channel.close();
  EXPECT_FALSE(channel.push(2, StopToken()));
  EXPECT_EQ(channel.pop(StopToken()), 1);
  EXPECT_EQ(channel.pop(StopToken()), std::nullopt);
  EXPECT_EQ(channel.pop(StopToken()), std::nullopt);
}

TEST(Channel, CloseWakesBothSides) {
  Channel<int> empty(1);
  Channel<int> full(1);
  full.push(1, StopToken());
  TaskScope scope("test", StopToken());
  scope.spawn("pops", [&](StopToken stop) { EXPECT_EQ(empty.pop(stop), std::nullopt); });
  scope.spawn("pushes", [&](StopToken stop) { EXPECT_FALSE(full.push(2, stop)); });
  clock().sleep(5ms, StopToken());
  empty.close();
  full.close();
  scope.join();
}

TEST(Channel, StopWakesBothSides) {
  Channel<int> empty(1);
  Channel<int> full(1);
  full.push(1, StopToken());
  StopSource source;
  TaskScope scope("test", source.token());
  scope.spawn("pops", [&](StopToken stop) { empty.pop(stop); });
  scope.spawn("pushes", [&](StopToken stop) { full.push(2, stop); });
  clock().sleep(5ms, StopToken());
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_THROW(scope.join(), Stopped);
  EXPECT_EQ(full.size(), 1u);
}

TEST(Channel, AValueWinsOverAStop) {
  Channel<int> channel(1);
  channel.push(1, StopToken());
  StopSource source;
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_EQ(channel.pop(source.token()), 1);
  EXPECT_THROW(channel.pop(source.token()), Stopped);
}

TEST(Channel, CarriesEveryValueOnceBetweenManyThreads) {
  constexpr int kProducers = 4;
  constexpr int kPerProducer = 5000;
  Channel<int> channel(7);
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> count{0};
  TaskScope consumers("consumers", StopToken());
  for (int i = 0; i < 3; ++i) {
    consumers.spawn("consumer", [&](StopToken stop) {
      while (const std::optional<int> value = channel.pop(stop)) {
        sum += *value;
        ++count;
      }
    });
  }
  {
    TaskScope producers("producers", StopToken());
    for (int p = 0; p < kProducers; ++p) {
      producers.spawn("producer", [&](StopToken stop) {
        for (int i = 0; i < kPerProducer; ++i) channel.push(i, stop);
      });
    }
    producers.join();
  }
  channel.close();
  consumers.join();
  EXPECT_EQ(count, kProducers * kPerProducer);
  EXPECT_EQ(sum, std::int64_t{kProducers} * kPerProducer * (kPerProducer - 1) / 2);
}

// A stopped consumer must not take a notification with it, or the other one sleeps for ever (a deadlock, which the
// scheduler reports).
TEST(Channel, NoNotificationIsLostToAStoppedConsumer) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    sched::run_deterministically(seed, [&] {
      Channel<int> channel(1);
      StopSource first_stop;
      int delivered = 0;
      TaskScope scope("scope", StopToken());
      scope.spawn("stopped consumer", [&](StopToken) {
        try {
          if (channel.pop(first_stop.token())) ++delivered;
        } catch (const Stopped&) {
        }
      });
      scope.spawn("consumer", [&](StopToken stop) {
        while (channel.pop(stop)) ++delivered;
      });
      scope.spawn("killer", [&](StopToken stop) {
        stop.poll();
        first_stop.request_stop(StopReason::kQueryKilled);
      });
      for (int i = 0; i < 3; ++i) channel.push(i, StopToken());
      channel.close();
      scope.join();
      EXPECT_EQ(delivered, 3) << "seed " << seed;
    });
  }
}

TEST(Channel, PipelineOfTwoStagesEndsUnderEverySeedWhenStopped) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    sched::run_deterministically(seed, [&] {
      Channel<int> first(1);
      Channel<int> second(2);
      StopSource source;
      std::vector<int> received;
      TaskScope killer("killer", StopToken());
      killer.spawn("killer", [&](StopToken stop) {
        for (std::uint64_t i = 0; i < seed % 17; ++i) stop.poll();
        source.request_stop(StopReason::kClientGone);
      });
      try {
        TaskScope scope("pipeline", source.token());
        scope.spawn("produce", [&](StopToken stop) {
          for (int i = 0; i < 10; ++i) first.push(i, stop);
          first.close();
        });
        scope.spawn("double", [&](StopToken stop) {
          while (const std::optional<int> value = first.pop(stop)) second.push(2 * *value, stop);
          second.close();
        });
        scope.spawn("consume", [&](StopToken stop) {
          while (const std::optional<int> value = second.pop(stop)) received.push_back(*value);
        });
        scope.join();
        EXPECT_EQ(received.size(), 10u) << "seed " << seed;
      } catch (const Stopped& stopped) {
        EXPECT_EQ(stopped.reason(), StopReason::kClientGone) << "seed " << seed;
      }
      for (std::size_t i = 0; i < received.size(); ++i) EXPECT_EQ(received[i], static_cast<int>(2 * i));
      killer.join();
    });
  }
}

}  // namespace
}  // namespace sluice
