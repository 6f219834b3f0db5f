#include "kv/embedded/write_pacer.h"

#include <algorithm>

#include "base/clock.h"

namespace sluice::kv {
namespace {

constexpr std::int64_t kBurstNs = 50'000'000;  // unused rate that may be made up for at once

}  // namespace

void WritePacer::set_rate(std::uint64_t bytes_per_second) {
  MutexLock lock(mutex_);
  bytes_per_second_ = bytes_per_second;
  free_at_ns_ = 0;  // the sleepers' deadlines belong to the old rate: let them go
  rate_changed_.notify_all();
}

void WritePacer::consume(std::uint64_t bytes, StopToken stop) {
  MutexLock lock(mutex_);
  if (bytes_per_second_ == 0) return;
  const std::int64_t now_ns = clock().now_ns();
  free_at_ns_ = std::max(free_at_ns_, now_ns - kBurstNs) +
                static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(bytes_per_second_));
  const std::int64_t wake_at_ns = free_at_ns_;
  if (wake_at_ns > now_ns)
    rate_changed_.wait_until(lock, stop, wake_at_ns,
                             [&]() SLUICE_REQUIRES(mutex_) { return free_at_ns_ < wake_at_ns; });
}

}  // namespace sluice::kv
