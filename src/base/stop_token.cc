#include "base/stop_token.h"

#include "base/check.h"

namespace sluice {

std::string_view to_string(StopReason reason) noexcept {
  constexpr std::string_view kNames[] = {"none",          "query killed", "connection killed", "time limit",
                                         "client gone",   "shutdown",     "memory limit",      "disk limit",
                                         "job cancelled", "job paused",   "sibling failed",    "ownership lost",
                                         "scope ended"};
  static_assert(std::size(kNames) == kStopReasonCount);
  const auto index = static_cast<std::size_t>(reason);
  return index < kStopReasonCount ? kNames[index] : "unknown";
}

namespace detail {

bool StopState::request_stop(StopReason wanted) noexcept {
  SLUICE_FATAL_CHECK(wanted != StopReason::kNone, "a stop needs a reason");
  std::uint8_t none = 0;
  if (!reason.compare_exchange_strong(none, static_cast<std::uint8_t>(wanted), std::memory_order_acq_rel)) return false;
  requested_ns.store(sched::steady_now_ns(), std::memory_order_relaxed);

  // add() looks at `reason` under the latch, so a node is either in the list here or sees the stop itself.
  latch_.lock();
  runner_thread_ = sched::this_thread_key();
  while (first_ != nullptr) {
    StopCallbackNode& node = *first_;
    unlink(node);
    bool destroyed = false;
    node.destroyed_while_running = &destroyed;
    running_ = &node;
    latch_.unlock();
    node.invoke(node);
    latch_.lock();
    running_ = nullptr;
    if (!destroyed) {
      node.destroyed_while_running = nullptr;
      if (node.finished != nullptr) node.finished->signal();
    }
  }
  runner_thread_ = nullptr;
  latch_.unlock();
  return true;
}

bool StopState::add(StopCallbackNode& node) noexcept {
  const sched::SpinGuard guard(latch_);
  if (reason.load(std::memory_order_relaxed) != 0) return false;
  node.previous = nullptr;
  node.next = first_;
  if (first_ != nullptr) first_->previous = &node;
  first_ = &node;
  node.linked = true;
  return true;
}

void StopState::unlink(StopCallbackNode& node) noexcept {
  (node.previous != nullptr ? node.previous->next : first_) = node.next;
  if (node.next != nullptr) node.next->previous = node.previous;
  node.previous = node.next = nullptr;
  node.linked = false;
}

void StopState::remove(StopCallbackNode& node) noexcept {
  sched::WaitEvent finished;
  {
    const sched::SpinGuard guard(latch_);
    if (node.linked) {
      unlink(node);
      return;
    }
    if (running_ != &node) return;  // has run, or never was in the list
    if (runner_thread_ == sched::this_thread_key()) {
      *node.destroyed_while_running = true;
      return;
    }
    node.finished = &finished;
  }
  finished.wait();
}

void StopState::throw_stopped() {
  std::int64_t never = 0;
  first_seen_ns.compare_exchange_strong(never, sched::steady_now_ns(), std::memory_order_relaxed);
  throw Stopped(static_cast<StopReason>(reason.load(std::memory_order_acquire)));
}

}  // namespace detail

StopSource::StopSource(StopToken parent) noexcept {
  detail::StopState* parent_state = parent.state_;
  if (parent_state == nullptr) return;
#ifdef SLUICE_TEST_BUILD
  state_.probe = parent_state->probe;
#endif
  link_.parent = parent_state;
  link_.self = &state_;
  link_.invoke = [](detail::StopCallbackNode& node) noexcept {
    auto& link = static_cast<ParentLink&>(node);
    link.self->request_stop(static_cast<StopReason>(link.parent->reason.load(std::memory_order_acquire)));
  };
  if (!parent_state->add(link_)) link_.invoke(link_);
}

StopSource::~StopSource() {
  if (link_.parent != nullptr) link_.parent->remove(link_);
}

}  // namespace sluice
