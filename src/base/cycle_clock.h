#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#else
#include <time.h>
#endif

namespace sluice {

/// A counter that costs a few nanoseconds to read: the time-stamp counter on x86-64 (constant rate on every machine of
/// the last decade), steady nanoseconds elsewhere. Differences within one thread are meaningful; compare between
/// threads with care.
inline std::uint64_t cycles_now() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#else
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
#endif
}

/// Converts a difference of cycles_now() into nanoseconds; calibrated against the steady clock. Thread-safe.
std::int64_t cycles_to_ns(std::uint64_t cycles) noexcept;

}  // namespace sluice
