#include "base/deterministic_scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "base/random.h"
#include "base/sched.h"

namespace sluice::sched {
namespace {

/// A thread of the simulation. All members are guarded by the scheduler's mutex.
struct SimulatedThread {
  std::string name;
  std::thread thread;
  std::condition_variable turn;
  const void* blocked_on = nullptr;  // null: runnable
  std::int64_t deadline_ns = kNever;
  bool ended = false;
};

class DeterministicScheduler final : public Scheduler {
 public:
  explicit DeterministicScheduler(std::uint64_t seed) : seed_(seed), random_(seed) {}

  SimulationResult run(const std::function<void()>& body);

  void yield() override;
  void block(const void* key, std::int64_t deadline_ns) override;
  void wake(const void* key) noexcept override;
  void start_thread(std::string name, std::function<void()> body) override;
  std::int64_t now_ns() override { return now_ns_; }  // written by the one running thread

 private:
  void run_thread(SimulatedThread& self, const std::function<void()>& body);
  /// Picks the next thread; null if all have ended.
  SimulatedThread* pick();
  void switch_from(SimulatedThread& self, std::unique_lock<std::mutex>& lock);
  std::string describe_threads() const;

  const std::uint64_t seed_;
  Random random_;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  std::list<SimulatedThread> threads_;
  SimulatedThread* running_ = nullptr;
  std::int64_t now_ns_ = 1;
  std::uint64_t steps_ = 0;
};

thread_local SimulatedThread* this_thread = nullptr;

std::string DeterministicScheduler::describe_threads() const {
  std::string out;
  for (const SimulatedThread& thread : threads_) {
    if (!thread.ended) out += format_message("  {}: {}\n", {thread.name, thread.blocked_on ? "blocked" : "runnable"});
  }
  return out;
}

SimulatedThread* DeterministicScheduler::pick() {
  std::vector<SimulatedThread*> runnable;
  SimulatedThread* earliest = nullptr;
  bool any_alive = false;
  for (SimulatedThread& thread : threads_) {
    if (thread.ended) continue;
    any_alive = true;
    if (thread.blocked_on == nullptr) {
      runnable.push_back(&thread);
    } else if (thread.deadline_ns != kNever && (earliest == nullptr || thread.deadline_ns < earliest->deadline_ns)) {
      earliest = &thread;
    }
  }
  if (!any_alive) return nullptr;
  if (!runnable.empty()) {
    ++steps_;
    return runnable[random_.below(runnable.size())];
  }
  SLUICE_FATAL_CHECK(earliest != nullptr, "deadlock under seed {}; threads:\n{}", seed_, describe_threads());
  now_ns_ = std::max(now_ns_, earliest->deadline_ns);
  earliest->blocked_on = nullptr;
  return earliest;
}

void DeterministicScheduler::switch_from(SimulatedThread& self, std::unique_lock<std::mutex>& lock) {
  SimulatedThread* const next = pick();
  if (next == &self) return;
  running_ = next;
  if (next != nullptr) next->turn.notify_one();
  if (self.ended) return;
  self.turn.wait(lock, [&] { return running_ == &self; });
}

void DeterministicScheduler::yield() {
  std::unique_lock lock(mutex_);
  switch_from(*this_thread, lock);
}

void DeterministicScheduler::block(const void* key, std::int64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  this_thread->blocked_on = key;
  this_thread->deadline_ns = deadline_ns;
  switch_from(*this_thread, lock);
  this_thread->blocked_on = nullptr;
}

void DeterministicScheduler::wake(const void* key) noexcept {
  const std::lock_guard lock(mutex_);
  for (SimulatedThread& thread : threads_) {
    if (thread.blocked_on == key) thread.blocked_on = nullptr;
  }
}

void DeterministicScheduler::run_thread(SimulatedThread& self, const std::function<void()>& body) {
  this_thread = &self;
  detail::current_scheduler = this;
  {
    std::unique_lock lock(mutex_);
    self.turn.wait(lock, [&] { return running_ == &self; });
  }
  body();
  detail::current_scheduler = nullptr;
  std::unique_lock lock(mutex_);
  self.ended = true;
  switch_from(self, lock);
  if (running_ == nullptr) all_ended_.notify_one();
}

void DeterministicScheduler::start_thread(std::string name, std::function<void()> body) {
  std::unique_lock lock(mutex_);
  SimulatedThread& thread = threads_.emplace_back();
  thread.name = std::move(name);
  thread.thread = std::thread([this, &thread, body = std::move(body)] { run_thread(thread, body); });
}

SimulationResult DeterministicScheduler::run(const std::function<void()>& body) {
  std::exception_ptr failure;
  start_thread("main", [&] {
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  {
    std::unique_lock lock(mutex_);
    running_ = &threads_.front();
    running_->turn.notify_one();
    all_ended_.wait(lock, [&] { return running_ == nullptr; });
  }
  for (SimulatedThread& thread : threads_) thread.thread.join();
  if (failure != nullptr) std::rethrow_exception(failure);
  return {steps_, now_ns_};
}

}  // namespace

SimulationResult run_deterministically(std::uint64_t seed, const std::function<void()>& body) {
  return DeterministicScheduler(seed).run(body);
}

}  // namespace sluice::sched
