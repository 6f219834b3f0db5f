#include "base/clock.h"

#include <atomic>

#include "base/sched.h"

namespace sluice {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t now_ns() const override { return sched::steady_now_ns(); }

  std::int64_t system_now_us() const override {
    if (sched::Scheduler* scheduler = sched::current()) {
      constexpr std::int64_t kVirtualEpochUs = 1'700'000'000'000'000;
      return kVirtualEpochUs + scheduler->now_ns() / 1000;
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  void sleep(std::chrono::nanoseconds duration, StopToken stop) override {
    stop.poll();
    sched::WaitEvent event;
    {
      const StopCallback wake(stop, [&event]() noexcept { event.signal(); });
      event.wait(now_ns() + duration.count());
    }
    stop.poll();
  }
};

std::atomic<Clock*> clock_override{nullptr};

}  // namespace

Clock& clock() noexcept {
  if (Clock* replacement = clock_override.load(std::memory_order_acquire)) return *replacement;
  static SystemClock system_clock;
  return system_clock;
}

void ManualClock::sleep(std::chrono::nanoseconds duration, StopToken stop) {
  const std::int64_t end_ns = now_ns() + duration.count();
  // Tests advance the clock rarely; a wait per real millisecond keeps this free of a list of sleepers.
  constexpr std::int64_t kLookAgainNs = 1'000'000;
  while (now_ns() < end_ns) {
    stop.poll();
    sched::WaitEvent event;
    const StopCallback wake(stop, [&event]() noexcept { event.signal(); });
    event.wait(sched::steady_now_ns() + kLookAgainNs);
  }
  stop.poll();
}

void ManualClock::advance(std::chrono::nanoseconds duration) { elapsed_ns_.fetch_add(duration.count()); }

ClockOverride::ClockOverride(Clock& replacement) noexcept : previous_(clock_override.exchange(&replacement)) {}

ClockOverride::~ClockOverride() { clock_override.store(previous_); }

}  // namespace sluice
