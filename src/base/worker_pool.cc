#include "base/worker_pool.h"

#include <list>
#include <string>
#include <system_error>
#include <thread>

#include "base/mutex.h"
#include "base/sched.h"
#include "base/sql_error.h"

namespace sluice {
namespace {

constexpr std::int64_t kRetireAfterNs = 10'000'000'000;

struct Worker {
  std::thread thread;
  sched::WaitEvent wake;
  std::unique_ptr<WorkItem> item;  // handed over before wake is signalled; null: end
  char name[16] = {};              // as long as the system keeps
  bool is_idle = false;            // in Impl::idle
  std::list<Worker>::iterator self;

  void set_name(std::string_view text) noexcept {
    const std::size_t length = text.copy(name, sizeof(name) - 1);
    name[length] = '\0';
  }
};

}  // namespace

// Each thread is in one of the lists, and only moves between them: nothing that a thread does at the end of its work allocates.
struct WorkerPool::Impl {
  mutable Mutex mutex;
  std::list<Worker> busy SLUICE_GUARDED_BY(mutex);
  std::list<Worker> idle SLUICE_GUARDED_BY(mutex);     // the last one has been idle for the shortest time
  std::list<Worker> retired SLUICE_GUARDED_BY(mutex);  // ended or about to; joined by the next submit()
  bool closing SLUICE_GUARDED_BY(mutex) = false;

  void run_worker(Worker& worker) noexcept;
  bool wait_for_work(Worker& worker) noexcept;
  void start_worker(std::string_view name, std::unique_ptr<WorkItem> item);
};

void WorkerPool::Impl::run_worker(Worker& worker) noexcept {
  do {
    sched::set_thread_name(worker.name);
    worker.item->run();
    worker.item.reset();
  } while (wait_for_work(worker));
}

// Returns false when the thread shall end.
bool WorkerPool::Impl::wait_for_work(Worker& worker) noexcept {
  {
    MutexLock lock(mutex);
    if (closing) return false;
    worker.wake.reset();
    worker.is_idle = true;
    idle.splice(idle.end(), busy, worker.self);
  }
  sched::set_thread_name("sluice-idle");
  if (!worker.wake.wait(sched::steady_now_ns() + kRetireAfterNs)) {
    MutexLock lock(mutex);
    // Whoever takes a worker from `idle` hands it work; a worker that is still there may go.
    if (worker.is_idle) {
      worker.is_idle = false;
      retired.splice(retired.end(), idle, worker.self);
      return false;
    }
    lock.unlock();
    worker.wake.wait();
  }
  return worker.item != nullptr;
}

void WorkerPool::Impl::start_worker(std::string_view name, std::unique_ptr<WorkItem> item) {
  MutexLock lock(mutex);
  Worker& worker = busy.emplace_back();
  worker.self = std::prev(busy.end());
  worker.item = std::move(item);
  worker.set_name(name);
  try {
    // The thread's first steps do not touch the list, so starting it under the mutex is safe.
    worker.thread = std::thread([this, &worker] { run_worker(worker); });
  } catch (const std::system_error& error) {
    busy.erase(worker.self);
    throw SqlError(ErrorCode::kCantCreateThread, error.code().value());
  } catch (...) {
    busy.erase(worker.self);
    throw;
  }
}

WorkerPool::WorkerPool() : impl_(std::make_unique<Impl>()) {}

WorkerPool::~WorkerPool() {
  std::list<Worker> ending;
  {
    MutexLock lock(impl_->mutex);
    impl_->closing = true;
    for (Worker& worker : impl_->idle) {
      worker.is_idle = false;
      worker.wake.signal();
    }
    ending.splice(ending.end(), impl_->busy);
    ending.splice(ending.end(), impl_->idle);
    ending.splice(ending.end(), impl_->retired);
  }
  for (Worker& worker : ending) worker.thread.join();
}

void WorkerPool::submit(std::string_view name, std::unique_ptr<WorkItem> item) {
  if (sched::Scheduler* scheduler = sched::current()) {
    std::shared_ptr<WorkItem> shared = std::move(item);
    scheduler->start_thread(std::string(name), [shared = std::move(shared)]() mutable {
      shared->run();
      shared.reset();
    });
    return;
  }
  std::list<Worker> retired;
  {
    MutexLock lock(impl_->mutex);
    retired.swap(impl_->retired);
    if (!impl_->idle.empty()) {
      Worker& worker = impl_->idle.back();
      worker.is_idle = false;
      impl_->busy.splice(impl_->busy.end(), impl_->idle, worker.self);
      worker.item = std::move(item);
      worker.set_name(name);
      worker.wake.signal();
    }
  }
  for (Worker& worker : retired) worker.thread.join();
  if (item != nullptr) impl_->start_worker(name, std::move(item));
}

std::size_t WorkerPool::thread_count() const noexcept {
  MutexLock lock(impl_->mutex);
  return impl_->busy.size() + impl_->idle.size();
}

std::size_t WorkerPool::idle_thread_count() const noexcept {
  MutexLock lock(impl_->mutex);
  return impl_->idle.size();
}

WorkerPool& worker_pool() {
  static WorkerPool pool;
  return pool;
}

}  // namespace sluice
