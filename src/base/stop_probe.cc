#include "base/stop_probe.h"

#include <utility>

#include "base/sched.h"

namespace sluice {

#ifdef SLUICE_TEST_BUILD
StopProbe::StopProbe(StopSource& root) : root_(root) { root_.state_.probe = this; }
StopProbe::~StopProbe() { root_.state_.probe = nullptr; }
#else
StopProbe::StopProbe(StopSource& root) : root_(root) {}
StopProbe::~StopProbe() = default;
#endif

void StopProbe::arm(std::uint64_t at, std::function<void()> action) {
  MutexLock lock(mutex_);
  action_ = std::move(action);
  at_.store(at, std::memory_order_relaxed);
  fired_.store(false, std::memory_order_relaxed);
  count_.store(0, std::memory_order_release);
}

void StopProbe::count_poll() {
  const std::uint64_t number = count_.fetch_add(1, std::memory_order_acq_rel) + 1;
  if (number != at_.load(std::memory_order_relaxed)) return;
  MutexLock lock(mutex_);
  if (number != at_.load(std::memory_order_relaxed)) return;  // armed anew meanwhile
  action_();
  fired_.store(true, std::memory_order_release);
}

namespace detail {

void probe_poll(StopState& state) {
  if (sched::Scheduler* scheduler = sched::current()) scheduler->yield();
#ifdef SLUICE_TEST_BUILD
  if (state.probe != nullptr) state.probe->count_poll();
#endif
}

}  // namespace detail
}  // namespace sluice
