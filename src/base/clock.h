#pragma once

#include <chrono>
#include <cstdint>

#include "base/stop_token.h"

namespace sluice {

/// The time seam. Everything that reads the time or sleeps asks clock().
///
/// Thread-safety: all members from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Steady nanoseconds from an arbitrary origin: for durations and deadlines.
  virtual std::int64_t now_ns() const = 0;
  /// Microseconds since 1970-01-01 00:00:00 UTC.
  virtual std::int64_t system_now_us() const = 0;
  /// Sleeps; wakes by event and throws Stopped when `stop` stops.
  virtual void sleep(std::chrono::nanoseconds duration, StopToken stop) = 0;

  std::int64_t system_now_ms() const { return system_now_us() / 1000; }
};

/// The process's clock: the operating system's, or inside a DeterministicScheduler its virtual time, or a test's.
Clock& clock() noexcept;

/// A clock that tests set; steady and system time advance together. Sleeps return once advance() has passed their end.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t system_start_us = 1'700'000'000'000'000) : system_start_us_(system_start_us) {}
  std::int64_t now_ns() const override { return elapsed_ns_.load(); }
  std::int64_t system_now_us() const override { return system_start_us_ + elapsed_ns_.load() / 1000; }
  void sleep(std::chrono::nanoseconds duration, StopToken stop) override;
  void advance(std::chrono::nanoseconds duration);

 private:
  const std::int64_t system_start_us_;
  std::atomic<std::int64_t> elapsed_ns_{0};
};

/// Makes `replacement` the process's clock for the guard's life. For tests; not while other threads read the clock.
class ClockOverride {
 public:
  explicit ClockOverride(Clock& replacement) noexcept;
  ~ClockOverride();
  ClockOverride(const ClockOverride&) = delete;
  ClockOverride& operator=(const ClockOverride&) = delete;

 private:
  Clock* previous_;
};

}  // namespace sluice
