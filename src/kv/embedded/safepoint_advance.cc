#include "kv/embedded/safepoint_advance.h"

#include <algorithm>

#include "base/clock.h"
#include "base/metrics.h"
#include "kv/embedded/gc_state.h"
#include "kv/embedded/snapshot_registry.h"

namespace sluice::kv {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

Gauge safepoint_ms{"sluice_kv_gc_safepoint_unix_ms", "Garbage-collection safepoint"};

}  // namespace

SafepointAdvance::SafepointAdvance(SnapshotRegistry& readers, std::shared_ptr<GcState> state, const SafepointPace& pace)
    : readers_(readers), state_(std::move(state)), pace_(pace), due_ns_(clock().now_ns() + pace.grace_ms * kNsPerMs) {
  publish(readers.safepoint());
}

Timestamp SafepointAdvance::choose(Urgency urgency) {
  std::int64_t kept_ms = life_time_ms_.load(std::memory_order_relaxed);
  if (urgency == Urgency::kWhenDue) {
    if (!enabled_.load(std::memory_order_relaxed)) return 0;
    const std::int64_t now_ns = clock().now_ns();
    if (now_ns < due_ns_) return 0;
    due_ns_ = now_ns + pace_.interval_ms * kNsPerMs;
    kept_ms = std::max(kept_ms, pace_.lag_ms);
  }
  const std::int64_t goal_ms = std::max<std::int64_t>(0, clock().system_now_ms() - kept_ms);
  const Timestamp chosen = readers_.choose(compose_timestamp(static_cast<std::uint64_t>(goal_ms), 0));
  return chosen > readers_.safepoint() ? chosen : 0;
}

void SafepointAdvance::publish(Timestamp safepoint) noexcept {
  readers_.publish(safepoint);
  state_->set_safepoint(safepoint);
  safepoint_ms.set(static_cast<std::int64_t>(physical_ms(safepoint)));
}

void SafepointAdvance::set_settings(const GcSettings& settings) noexcept {
  enabled_.store(settings.enabled, std::memory_order_relaxed);
  life_time_ms_.store(settings.life_time_ms, std::memory_order_relaxed);
}

}  // namespace sluice::kv
