#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "kv/embedded/embedded_store.h"
#include "kv/timestamp.h"

namespace sluice::kv {

class GcState;
class SnapshotRegistry;

/// Moves the safepoint along with commits: now less the life time, held back by readers and leases.
///
/// The leader of the commit queue chooses, writes the choice within its group and then publishes it. So what memtables and compactions drop
/// under a safepoint is never durable without that safepoint.
/// Thread-safety: set_settings from any thread; the others from the leader of the commit queue only.
class SafepointAdvance {
 public:
  SafepointAdvance(SnapshotRegistry& readers, std::shared_ptr<GcState> state, const SafepointPace& pace);

  enum class Urgency : std::uint8_t {
    kWhenDue,  // as the pace says
    kNow,      // a garbage-collection run
  };
  /// The safepoint to persist with this group; 0 if it stays. Readers below it are refused from here on.
  Timestamp choose(Urgency urgency);
  /// Call it when the group with the chosen safepoint is written.
  void publish(Timestamp safepoint) noexcept;

  void set_settings(const GcSettings& settings) noexcept;

 private:
  SnapshotRegistry& readers_;
  const std::shared_ptr<GcState> state_;
  const SafepointPace pace_;
  std::atomic<bool> enabled_{true};
  std::atomic<std::int64_t> life_time_ms_{0};
  std::int64_t due_ns_;  // the leader's
};

}  // namespace sluice::kv
