#include "base/sync_point.h"

#include "base/clock.h"

namespace sluice {
namespace {

bool somebody_waits_at(std::string_view name) {
  for (const FailpointStatus& status : failpoints()) {
    if (status.name == name) return status.waiting > 0;
  }
  return false;
}

}  // namespace

bool SyncPointPause::wait_until_reached(std::chrono::nanoseconds limit) const {
  const std::int64_t deadline_ns = clock().now_ns() + limit.count();
  while (!somebody_waits_at(name_)) {
    if (clock().now_ns() >= deadline_ns) return false;
    clock().sleep(std::chrono::milliseconds(1), StopToken());
  }
  return true;
}

}  // namespace sluice
