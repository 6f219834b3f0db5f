#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/poll_gap.h"
#include "base/sched.h"

namespace sluice {

/// Why work is stopped. Compared by value, never by text; the owner of a statement or job maps it to the client's
/// error.
enum class StopReason : std::uint8_t {
  kNone,
  kQueryKilled,       // KILL QUERY, Ctrl-C
  kConnectionKilled,  // KILL CONNECTION
  kTimeLimit,         // max_execution_time
  kClientGone,        // the peer closed or broke the connection
  kShutdown,          // the server ends
  kMemoryLimit,       // a memory tracker's limit
  kDiskLimit,         // the quota of temporary files
  kJobCancelled,      // ADMIN CANCEL DDL JOBS
  kJobPaused,         // ADMIN PAUSE DDL JOBS
  kSiblingFailed,     // another task of the scope failed; never reported
  kOwnershipLost,     // another node owns the work
  kScopeEnded,        // the owner of the scope no longer wants its result
};
inline constexpr std::size_t kStopReasonCount = 13;

/// "query killed", "shutdown", …: for task lists and logs.
std::string_view to_string(StopReason reason) noexcept;

/// Thrown by polls and waits of a stopped token. Not a std::exception, so that no error handler takes it by accident:
/// only a TaskScope and the owner of the statement or job catch it.
class Stopped {
 public:
  explicit Stopped(StopReason reason) noexcept : reason_(reason) {}
  StopReason reason() const noexcept { return reason_; }

 private:
  StopReason reason_;
};

class StopProbe;

namespace detail {

/// A callback in the list of a StopState.
struct StopCallbackNode {
  void (*invoke)(StopCallbackNode&) noexcept = nullptr;
  StopCallbackNode* previous = nullptr;
  StopCallbackNode* next = nullptr;
  bool linked = false;
  bool* destroyed_while_running = nullptr;  // set while the callback runs: tells the runner that the node is gone
  sched::WaitEvent* finished = nullptr;     // set by a destructor of another thread that waits for the run's end
};

/// What a StopSource owns and its tokens point to.
class StopState {
 public:
  bool request_stop(StopReason reason) noexcept;
  /// False if already stopped: the node is not linked and the caller runs the callback.
  bool add(StopCallbackNode& node) noexcept;
  /// Waits for a run of the callback by another thread; returns at once inside the callback itself.
  void remove(StopCallbackNode& node) noexcept;
  [[noreturn]] void throw_stopped() noexcept(false);

  std::atomic<std::uint8_t> reason{0};
  std::atomic<std::int64_t> requested_ns{0};   // steady time of the request
  std::atomic<std::int64_t> first_seen_ns{0};  // when the first poll or wait threw
#ifdef SLUICE_TEST_BUILD
  StopProbe* probe = nullptr;  // inherited by descendants; see stop_probe.h
#endif

 private:
  void unlink(StopCallbackNode& node) noexcept;

  sched::SpinLatch latch_;
  StopCallbackNode* first_ = nullptr;    // guarded by latch_
  StopCallbackNode* running_ = nullptr;  // guarded by latch_
  const void* runner_thread_ = nullptr;  // guarded by latch_
};

/// Test builds: counts the poll (stop_probe.h) and lets a deterministic scheduler switch threads.
void probe_poll(StopState& state);

}  // namespace detail

/// A borrowed view of a StopSource, as small as a pointer. Passed by value, last parameter, named `stop`.
///
/// A token must not outlive its source; a TaskScope guarantees that for its tasks.
/// Thread-safety: all members from any thread.
class StopToken {
 public:
  /// Never stops. For members that are assigned later, and for tests.
  StopToken() noexcept = default;

  bool stop_requested() const noexcept {
    return state_ != nullptr && state_->reason.load(std::memory_order_relaxed) != 0;
  }
  /// kNone while not stopped. The first cause, for good.
  StopReason reason() const noexcept {
    return state_ == nullptr ? StopReason::kNone
                             : static_cast<StopReason>(state_->reason.load(std::memory_order_acquire));
  }

  /// Throws Stopped if stopped. Call at least once per millisecond of work: costs one relaxed load and a cycle counter.
  void poll() const {
    if (state_ == nullptr) return;
#ifdef SLUICE_TEST_BUILD
    if (state_->probe != nullptr || sched::current() != nullptr) detail::probe_poll(*state_);
#endif
    if (state_->reason.load(std::memory_order_relaxed) != 0) [[unlikely]]
      state_->throw_stopped();
    detail::note_poll();
  }

  /// Steady times of the request and of the first poll that saw it; 0 if there was none.
  std::int64_t stop_requested_ns() const noexcept {
    return state_ == nullptr ? 0 : state_->requested_ns.load(std::memory_order_relaxed);
  }
  std::int64_t stop_first_seen_ns() const noexcept {
    return state_ == nullptr ? 0 : state_->first_seen_ns.load(std::memory_order_relaxed);
  }

  /// True for two tokens of one source.
  bool operator==(const StopToken&) const noexcept = default;

 private:
  friend class StopSource;
  friend class StopCallback;
  explicit StopToken(detail::StopState* state) noexcept : state_(state) {}

  detail::StopState* state_ = nullptr;
};
static_assert(sizeof(StopToken) == sizeof(void*));

/// Runs a function when its token stops: at once if it has stopped already, else on the thread that requests the stop.
///
/// The function runs at most once, must not throw and must not block. After the destructor it does not run any more:
/// the destructor waits for a run on another thread, and returns at once when called from within the function. Owns the
/// function object, which must fit kFunctionBytes (capture references); never allocates.
class StopCallback : private detail::StopCallbackNode {
 public:
  static constexpr std::size_t kFunctionBytes = 48;

  template <class F>
  StopCallback(StopToken token, F&& function) noexcept : state_(token.state_) {
    using Function = std::decay_t<F>;
    static_assert(sizeof(Function) <= kFunctionBytes && alignof(Function) <= alignof(std::max_align_t),
                  "capture fewer things, or a reference to a struct");
    static_assert(std::is_nothrow_constructible_v<Function, F>);
    ::new (static_cast<void*>(storage_)) Function(std::forward<F>(function));
    invoke = [](detail::StopCallbackNode& node) noexcept {
      (*std::launder(reinterpret_cast<Function*>(static_cast<StopCallback&>(node).storage_)))();
    };
    destroy_ = [](void* storage) noexcept { std::launder(reinterpret_cast<Function*>(storage))->~Function(); };
    if (state_ != nullptr && !state_->add(*this)) invoke(*this);
  }
  ~StopCallback() {
    if (state_ != nullptr) state_->remove(*this);
    destroy_(storage_);
  }
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;

 private:
  detail::StopState* state_;
  void (*destroy_)(void*) noexcept;
  alignas(std::max_align_t) std::byte storage_[kFunctionBytes];
};

/// The owner of one unit of work's stop: live, then stopped with the first reason given, and never live again.
///
/// A source made from a parent's token stops with it, with the parent's reason. Root sources (no parent) are made in
/// three places only: where connections and jobs are born (server), for shielded cleanup, and in tests. Thread-safety:
/// request_stop() and token() from any thread; the source must outlive its tokens and its child sources.
class StopSource {
 public:
  StopSource() noexcept = default;
  explicit StopSource(StopToken parent) noexcept;
  ~StopSource();
  StopSource(const StopSource&) = delete;
  StopSource& operator=(const StopSource&) = delete;

  /// True if this call stopped the source; false if it was stopped already. On return every callback has run or is
  /// running.
  bool request_stop(StopReason reason) noexcept { return state_.request_stop(reason); }
  bool stop_requested() const noexcept { return state_.reason.load(std::memory_order_relaxed) != 0; }
  StopReason reason() const noexcept { return static_cast<StopReason>(state_.reason.load(std::memory_order_acquire)); }
  StopToken token() const noexcept { return StopToken(&state_); }

 private:
  friend class StopProbe;
  struct ParentLink : detail::StopCallbackNode {
    detail::StopState* parent = nullptr;
    detail::StopState* self = nullptr;
  };

  mutable detail::StopState state_;
  ParentLink link_;
};

}  // namespace sluice
