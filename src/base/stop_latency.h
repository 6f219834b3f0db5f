#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"

namespace sluice {

/// The course of one stop. Steady nanoseconds; 0 for what has not happened.
struct StopRecord {
  std::string name;  // of the statement or job
  StopReason reason = StopReason::kNone;
  std::int64_t requested_ns = 0;
  std::int64_t first_seen_ns = 0;  // the first poll or wait that threw
  std::int64_t answered_ns = 0;    // the client had its error
  std::int64_t ended_ns = 0;       // the last worker ended and the clean-up was done
  std::int64_t system_us = 0;      // when it was recorded, since 1970-01-01 UTC
};

/// Follows one unit of work's stop and records it when destroyed, if there was one.
///
/// Declare it before the work's scopes and resources, so that its destructor runs after theirs. Not thread-safe.
class StopLatencyRecorder {
 public:
  /// `name` is copied; `stop` must outlive the recorder.
  StopLatencyRecorder(std::string_view name, StopToken stop) : name_(name), stop_(stop) {}
  ~StopLatencyRecorder();
  StopLatencyRecorder(const StopLatencyRecorder&) = delete;
  StopLatencyRecorder& operator=(const StopLatencyRecorder&) = delete;

  /// Call it when the client has been told.
  void answered() noexcept;

 private:
  std::string name_;
  StopToken stop_;
  std::int64_t answered_ns_ = 0;
};

/// The last stops, newest first, at most 256. Thread-safe.
std::vector<StopRecord> recent_stops();

}  // namespace sluice
