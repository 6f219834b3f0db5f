#include "base/worker_pool.h"

#include <algorithm>
#include <list>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

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
  std::string name;
  std::list<Worker>::iterator self;
};

}  // namespace

struct WorkerPool::Impl {
  mutable Mutex mutex;
  std::list<Worker> workers SLUICE_GUARDED_BY(mutex);         // all living threads
  std::vector<Worker*> idle SLUICE_GUARDED_BY(mutex);         // the last one has been idle for the shortest time
  std::vector<std::thread> retired SLUICE_GUARDED_BY(mutex);  // ended or about to; joined by the next submit()
  bool closing SLUICE_GUARDED_BY(mutex) = false;

  void run_worker(Worker& worker);
  bool wait_for_work(Worker& worker);
  void start_worker(std::string_view name, std::unique_ptr<WorkItem> item);
};

void WorkerPool::Impl::run_worker(Worker& worker) {
  do {
    sched::set_thread_name(worker.name.c_str());
    worker.item->run();
    worker.item.reset();
  } while (wait_for_work(worker));
}

// Returns false when the thread shall end.
bool WorkerPool::Impl::wait_for_work(Worker& worker) {
  {
    MutexLock lock(mutex);
    if (closing) return false;
    worker.wake.reset();
    idle.push_back(&worker);
  }
  sched::set_thread_name("sluice-idle");
  if (!worker.wake.wait(sched::steady_now_ns() + kRetireAfterNs)) {
    MutexLock lock(mutex);
    // Whoever takes a worker from `idle` hands it work; a worker that is still there may go.
    const auto place = std::find(idle.begin(), idle.end(), &worker);
    if (place != idle.end()) {
      idle.erase(place);
      retired.push_back(std::move(worker.thread));
      workers.erase(worker.self);
      return false;
    }
    lock.unlock();
    worker.wake.wait();
  }
  return worker.item != nullptr;
}

void WorkerPool::Impl::start_worker(std::string_view name, std::unique_ptr<WorkItem> item) {
  MutexLock lock(mutex);
  Worker& worker = workers.emplace_back();
  worker.self = std::prev(workers.end());
  worker.item = std::move(item);
  worker.name = name;
  try {
    // The thread's first steps do not touch the list, so starting it under the mutex is safe.
    worker.thread = std::thread([this, &worker] { run_worker(worker); });
  } catch (const std::system_error& error) {
    workers.erase(worker.self);
    throw SqlError(ErrorCode::kCantCreateThread, error.code().value());
  }
}

WorkerPool::WorkerPool() : impl_(std::make_unique<Impl>()) {}

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(impl_->mutex);
    impl_->closing = true;
    for (Worker& worker : impl_->workers) threads.push_back(std::move(worker.thread));
    for (std::thread& thread : impl_->retired) threads.push_back(std::move(thread));
    for (Worker* worker : impl_->idle) worker->wake.signal();
    impl_->idle.clear();
  }
  for (std::thread& thread : threads) thread.join();
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
  std::vector<std::thread> retired;
  {
    MutexLock lock(impl_->mutex);
    retired.swap(impl_->retired);
    if (!impl_->idle.empty()) {
      Worker& worker = *impl_->idle.back();
      impl_->idle.pop_back();
      worker.item = std::move(item);
      worker.name = name;
      worker.wake.signal();
    }
  }
  if (item != nullptr) impl_->start_worker(name, std::move(item));
  for (std::thread& thread : retired) thread.join();
}

std::size_t WorkerPool::thread_count() const noexcept {
  MutexLock lock(impl_->mutex);
  return impl_->workers.size();
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
