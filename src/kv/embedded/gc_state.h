#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/key_range.h"
#include "kv/timestamp.h"

namespace sluice::kv {

/// What compactions and the garbage collector tell each other. Outlives the database, whose threads use it.
///
/// Thread-safety: any thread.
class GcState {
 public:
  static constexpr std::size_t kDeletedKeysMax = 32'768;

  Timestamp safepoint() const noexcept { return safepoint_.load(std::memory_order_acquire); }
  void set_safepoint(Timestamp safepoint) noexcept { safepoint_.store(safepoint, std::memory_order_release); }

  void count_removed(std::uint64_t versions) noexcept {
    removed_versions_.fetch_add(versions, std::memory_order_relaxed);
  }
  std::uint64_t removed_versions() const noexcept { return removed_versions_.load(std::memory_order_relaxed); }

  /// A compaction saw that the newest version of `user_key` at or below the safepoint is a deletion. When too many are noted, only the range
  /// that holds them is kept.
  void note_deleted(std::string_view user_key);

  struct Deleted {
    std::vector<std::string> keys;
    bool has_range = false;
    std::string range_first, range_last;  // both inclusive; every key in between is to be looked at
  };
  /// Hands over everything noted so far.
  Deleted take_deleted();

 private:
  std::atomic<Timestamp> safepoint_{0};
  std::atomic<std::uint64_t> removed_versions_{0};
  Mutex mutex_;
  Deleted deleted_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::kv
