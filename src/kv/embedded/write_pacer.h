#pragma once

#include <cstdint>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"

namespace sluice::kv {

/// Keeps the bytes that SST writers produce together below a rate; their pauses end at once when stopped.
/// (RocksDB's own limiter, which bounds compaction, cannot be woken.)
///
/// Thread-safety: any thread.
class WritePacer {
 public:
  /// 0: unlimited.
  explicit WritePacer(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  void set_rate(std::uint64_t bytes_per_second) SLUICE_EXCLUDES(mutex_);

  /// Accounts `bytes` about to be written, and sleeps until they fit the rate. Throws: Stopped.
  void consume(std::uint64_t bytes, StopToken stop) SLUICE_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  Condition rate_changed_;
  std::uint64_t bytes_per_second_ SLUICE_GUARDED_BY(mutex_);
  std::int64_t free_at_ns_ SLUICE_GUARDED_BY(mutex_) = 0;  // when the bytes so far are paid for
};

}  // namespace sluice::kv
