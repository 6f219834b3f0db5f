#include "base/memory_tracker.h"

#include "base/check.h"
#include "base/failpoint.h"
#include "base/logging.h"

namespace sluice {
namespace {

constexpr bool is_over(std::int64_t bytes, std::int64_t limit) { return limit >= 0 && bytes > limit; }
// Four fifths, without overflow for limits near the largest integer.
constexpr std::int64_t soft_limit(std::int64_t limit) { return limit < 0 ? limit : limit - limit / 5; }

}  // namespace

MemoryTracker::MemoryTracker(std::string name, MemoryTracker* parent, std::int64_t limit_bytes)
    : name_(std::move(name)), parent_(parent), limit_bytes_(limit_bytes) {}

MemoryTracker::~MemoryTracker() {
  const std::int64_t rest = bytes();
  if (rest == 0) return;
#ifdef SLUICE_TEST_BUILD
  SLUICE_FATAL_CHECK(rest == 0, "memory tracker '{}' ends with {} bytes", name_, rest);
#else
  log_error("memory tracker does not end at zero", {{"tracker", name_}, {"bytes", rest}});
  if (parent_ != nullptr) parent_->release(rest);
#endif
}

void MemoryTracker::consume(std::int64_t bytes) noexcept {
  for (MemoryTracker* tracker = this; tracker != nullptr; tracker = tracker->parent_) {
    const std::int64_t now = tracker->bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    SLUICE_DCHECK(now >= 0, "memory tracker '{}' fell to {} bytes", tracker->name_, now);
    if (bytes <= 0) continue;
    std::int64_t maximum = tracker->max_bytes_.load(std::memory_order_relaxed);
    while (now > maximum && !tracker->max_bytes_.compare_exchange_weak(maximum, now, std::memory_order_relaxed)) {
    }
    if (tracker->limit_source_.load(std::memory_order_relaxed) == nullptr) continue;
    if (is_over(now, tracker->limit_bytes()) || SLUICE_FAILPOINT_TAKEN("memory.grow")) [[unlikely]] {
      if (StopSource* source = tracker->limit_source_.load(std::memory_order_acquire)) {
        source->request_stop(StopReason::kMemoryLimit);
      }
    }
  }
}

bool MemoryTracker::over_soft_limit(std::int64_t more_bytes) const noexcept {
  for (const MemoryTracker* tracker = this; tracker != nullptr; tracker = tracker->parent_) {
    if (is_over(tracker->bytes() + more_bytes, soft_limit(tracker->limit_bytes()))) return true;
  }
  return false;
}

bool MemoryTracker::over_limit() const noexcept { return is_over(bytes(), limit_bytes()); }

}  // namespace sluice
