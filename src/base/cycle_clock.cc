#include "base/cycle_clock.h"

#include <time.h>

#include <atomic>

namespace sluice {
#if defined(__x86_64__)
namespace {

std::int64_t steady_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

double measure_ns_per_cycle() noexcept {
  constexpr std::int64_t kCalibrationNs = 2'000'000;
  const std::int64_t start_ns = steady_ns();
  const std::uint64_t start_cycles = cycles_now();
  std::int64_t elapsed_ns = 0;
  while (elapsed_ns < kCalibrationNs) elapsed_ns = steady_ns() - start_ns;
  return static_cast<double>(elapsed_ns) / static_cast<double>(cycles_now() - start_cycles);
}

}  // namespace

std::int64_t cycles_to_ns(std::uint64_t cycles) noexcept {
  static const double ns_per_cycle = measure_ns_per_cycle();
  return static_cast<std::int64_t>(static_cast<double>(cycles) * ns_per_cycle);
}
#else
std::int64_t cycles_to_ns(std::uint64_t cycles) noexcept { return static_cast<std::int64_t>(cycles); }
#endif
}  // namespace sluice
