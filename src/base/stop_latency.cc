#include "base/stop_latency.h"

#include <deque>
#include <new>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"

namespace sluice {
namespace {

constexpr std::size_t kKept = 256;

struct History {
  Mutex mutex;
  std::deque<StopRecord> records SLUICE_GUARDED_BY(mutex);  // newest first
};

History& history() {
  static History instance;
  return instance;
}

DurationHistogram seen_seconds{"sluice_stop_seen_seconds", "From the request of a stop to the first poll that saw it"};
DurationHistogram ended_seconds{"sluice_stop_ended_seconds", "From the request of a stop to the end of all its work"};

}  // namespace

StopLatencyRecorder::~StopLatencyRecorder() {
  if (!stop_.stop_requested()) return;
  try {
    StopRecord record;
    record.name = std::move(name_);
    record.reason = stop_.reason();
    record.requested_ns = stop_.stop_requested_ns();
    record.first_seen_ns = stop_.stop_first_seen_ns();
    record.answered_ns = answered_ns_;
    record.ended_ns = clock().now_ns();
    record.system_us = clock().system_now_us();
    if (record.first_seen_ns != 0) seen_seconds.observe_ns(record.first_seen_ns - record.requested_ns);
    ended_seconds.observe_ns(record.ended_ns - record.requested_ns);
    MutexLock lock(history().mutex);
    history().records.push_front(std::move(record));
    if (history().records.size() > kKept) history().records.pop_back();
  } catch (const std::bad_alloc&) {
    // The history is best effort; a destructor does not throw.
  }
}

void StopLatencyRecorder::answered() noexcept { answered_ns_ = clock().now_ns(); }

std::vector<StopRecord> recent_stops() {
  MutexLock lock(history().mutex);
  return {history().records.begin(), history().records.end()};
}

}  // namespace sluice
