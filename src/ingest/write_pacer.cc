#include "ingest/write_pacer.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace sluice::ingest {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kLongestSleepNs = 100'000'000;

}  // namespace

void WritePacer::wait_for(std::int64_t bytes, StopToken stop) {
  double owed = static_cast<double>(bytes);
  for (;;) {
    const std::int64_t rate = rate_.load(std::memory_order_relaxed);
    if (rate <= 0) return;
    std::int64_t pause = 0;
    {
      MutexLock lock(mutex_);
      const std::int64_t now = clock().now_ns();
      free_at_ns_ =
          std::max(free_at_ns_, now) +
          static_cast<std::int64_t>(owed * static_cast<double>(kNanosecondsPerSecond) / static_cast<double>(rate));
      pause = free_at_ns_ - now;
      if (pause > kLongestSleepNs) {
        // Only a part is paid for now, so that a change of the rate takes effect soon.
        free_at_ns_ -= pause - kLongestSleepNs;
        owed = static_cast<double>(pause - kLongestSleepNs) * static_cast<double>(rate) /
               static_cast<double>(kNanosecondsPerSecond);
        pause = kLongestSleepNs;
      } else {
        owed = 0;
      }
    }
    clock().sleep(std::chrono::nanoseconds(pause), stop);
    if (owed <= 0) return;
  }
}

}  // namespace sluice::ingest
