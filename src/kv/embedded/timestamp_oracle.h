#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/timestamp.h"

namespace sluice::kv {

/// Gives out the store's timestamps, and says which of them a reader may read at.
///
/// One group of commits is in flight at a time (see commit_queue.h). A reader's timestamp lies below the group in flight, or above every commit
/// if there is none; so whatever it covers is complete, and later commits get higher timestamps.
/// Only commit timestamps become durable, so only they keep below the persisted clock bound; reader timestamps and transaction ids need none.
///
/// Thread-safety: any thread; begin_group and end_group from the leader of the commit queue only.
class TimestampOracle {
 public:
  /// Every timestamp given out is above `last`, which must be at or above the persisted clock bound.
  explicit TimestampOracle(Timestamp last) : last_(last), bound_(last), published_(last) {}

  /// A number no other call returns: for transaction ids.
  Timestamp allocate() SLUICE_EXCLUDES(latch_);

  /// See Store::current_timestamp. Also at or above published().
  Timestamp read_timestamp() SLUICE_EXCLUDES(latch_);

  struct Start {
    Timestamp read_ts = 0;  // as read_timestamp()
    Timestamp id = 0;       // as allocate(); above read_ts
  };
  Start start_transaction() SLUICE_EXCLUDES(latch_);

  struct Group {
    Timestamp first = 0;      // of `count` consecutive ones
    Timestamp new_bound = 0;  // not 0: must be written durably no later than the group's entries
  };
  /// Reserves the commit timestamps of a group and closes them to readers until end_group. The clock bound is to end up above `durable_ts`
  /// too: the version of data that becomes durable by other ways than a group.
  Group begin_group(std::size_t count, Timestamp durable_ts) SLUICE_EXCLUDES(latch_);

  enum class Outcome { kWritten, kFailed };
  void end_group(const Group& group, std::size_t count, Outcome outcome) SLUICE_EXCLUDES(latch_);

  /// The highest commit timestamp that readers can see. Changes with every group that commits.
  Timestamp published() const noexcept { return published_.load(std::memory_order_acquire); }

  /// Whether the persisted clock bound is above `ts`.
  bool is_bounded(Timestamp ts) SLUICE_EXCLUDES(latch_);

 private:
  Timestamp next_locked(std::size_t count) SLUICE_REQUIRES(latch_);

  Mutex latch_;
  Timestamp last_ SLUICE_GUARDED_BY(latch_);
  Timestamp bound_ SLUICE_GUARDED_BY(latch_);
  Timestamp in_flight_first_ SLUICE_GUARDED_BY(latch_) = 0;  // 0: no group in flight
  std::atomic<Timestamp> published_;
};

}  // namespace sluice::kv
