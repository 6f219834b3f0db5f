#include "kv/embedded/timestamp_oracle.h"

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"

namespace sluice::kv {
namespace {

// How far ahead of the last commit the persisted bound runs. Larger means fewer bound records and a larger step of the clock after a crash.
constexpr Timestamp kBoundWindow = compose_timestamp(3'000, 0);

Timestamp wall_timestamp() { return compose_timestamp(static_cast<std::uint64_t>(clock().system_now_ms()), 0); }

}  // namespace

Timestamp TimestampOracle::next_locked(std::size_t count) {
  const Timestamp first = std::max(last_ + 1, wall_timestamp());
  last_ = first + count - 1;
  return first;
}

Timestamp TimestampOracle::allocate() {
  MutexLock lock(latch_);
  return next_locked(1);
}

Timestamp TimestampOracle::read_timestamp() {
  MutexLock lock(latch_);
  return in_flight_first_ != 0 ? in_flight_first_ - 1 : next_locked(1);
}

TimestampOracle::Start TimestampOracle::start_transaction() {
  MutexLock lock(latch_);
  const Timestamp first = next_locked(2);
  return Start{in_flight_first_ != 0 ? in_flight_first_ - 1 : first, first + 1};
}

TimestampOracle::Group TimestampOracle::begin_group(std::size_t count, Timestamp durable_ts) {
  MutexLock lock(latch_);
  SLUICE_CHECK(in_flight_first_ == 0, "two commit groups in flight");
  Group group;
  group.first = next_locked(count);
  in_flight_first_ = group.first;
  const Timestamp highest = std::max(last_, durable_ts);
  if (highest >= bound_) group.new_bound = highest + kBoundWindow;
  return group;
}

void TimestampOracle::end_group(const Group& group, std::size_t count, Outcome outcome) {
  MutexLock lock(latch_);
  SLUICE_CHECK(in_flight_first_ == group.first, "commit group ends that did not begin");
  in_flight_first_ = 0;
  if (outcome == Outcome::kFailed) return;
  if (group.new_bound != 0) bound_ = std::max(bound_, group.new_bound);
  published_.store(group.first + count - 1, std::memory_order_release);
}

bool TimestampOracle::is_bounded(Timestamp ts) {
  MutexLock lock(latch_);
  return ts < bound_;
}

}  // namespace sluice::kv
