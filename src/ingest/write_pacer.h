#pragma once

#include <atomic>
#include <cstdint>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"

namespace sluice::ingest {

/// Keeps the writers of one job below a rate that may change at any moment. Thread-safe.
class WritePacer {
 public:
  /// `bytes_per_second`: read before each wait; 0: no limit. Outlives the pacer.
  explicit WritePacer(const std::atomic<std::int64_t>& bytes_per_second) : rate_(bytes_per_second) {}

  /// Waits until `bytes` may be written. Wakes at once on a stop (Stopped), within 100 ms on a change of the rate.
  void wait_for(std::int64_t bytes, StopToken stop);

 private:
  const std::atomic<std::int64_t>& rate_;
  Mutex mutex_;
  std::int64_t free_at_ns_ SLUICE_GUARDED_BY(mutex_) =
      0;  // when all bytes that were let through will have been paid for
};

}  // namespace sluice::ingest
