#include "allocation_faults.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <unordered_map>
#include <unordered_set>

#include "base/mutex.h"
#include "base/task_tree.h"
#include "call_stack.h"

namespace sluice::sweeps {
namespace {

/// What is known of a call stack.
struct KnownStack {
  std::uint64_t id = 0;
  bool counts = false;
};

struct Recorder {
  Mutex mutex;
  AllocationScope scope SLUICE_GUARDED_BY(mutex) = AllocationScope::kStatements;
  std::uint64_t fail_at SLUICE_GUARDED_BY(mutex) = 0;
  AllocationReport report SLUICE_GUARDED_BY(mutex);
  std::unordered_set<std::uint64_t> seen SLUICE_GUARDED_BY(mutex);                // stacks since arm_allocations()
  std::unordered_map<std::uint64_t, KnownStack> stacks SLUICE_GUARDED_BY(mutex);  // by guessed key, for good
  std::uintptr_t json_destructor SLUICE_GUARDED_BY(mutex) = 0;                    // where its noexcept function begins
  std::vector<DeadlyPlace> deadly SLUICE_GUARDED_BY(mutex);
};

Recorder& recorder() {
  static Recorder instance;
  return instance;
}

constinit std::atomic<bool> armed{false};
// The recorder's own allocations do not count.
constinit thread_local bool is_recording = false;

bool is_in_scope(AllocationScope scope) noexcept {
  const TaskRecord* const task = TaskRecord::current();
  return task != nullptr && (scope == AllocationScope::kTasks || task->is_below(TaskKind::kStatement));
}

KnownStack classify(Recorder& all, std::uint64_t key, const void* caller) SLUICE_REQUIRES(all.mutex) {
  const auto [found, is_new] = all.stacks.try_emplace(key);
  if (!is_new) return found->second;
  const CallStack stack = read_call_stack(caller);
  std::uint64_t id = 0;
  for (const std::uintptr_t frame : stack.frames) id = (id ^ frame) * 0x9e3779b97f4a7c15u;
  found->second = {id, !stack.is_in_store_engine && !stack.ends_process};
  if (stack.ends_process && !stack.is_in_store_engine && stack.noexcept_function != all.json_destructor) {
    const bool is_known = std::any_of(all.deadly.begin(), all.deadly.end(), [&](const DeadlyPlace& place) {
      return place.noexcept_function == stack.noexcept_function;
    });
    if (!is_known) all.deadly.push_back({stack.noexcept_function, describe(stack)});
  }
  return found->second;
}

// Whether the next allocation of the calling thread is one of json_destructor.
constinit thread_local bool is_in_json_destructor = false;

/// Throws std::bad_alloc if this is the allocation that shall fail. `caller`: where the allocation returns to.
void note_allocation(const void* caller) {
  if (is_in_json_destructor) {
    is_in_json_destructor = false;
    const CallStack stack = read_call_stack(caller);
    MutexLock lock(recorder().mutex);
    recorder().json_destructor = stack.noexcept_function;
    return;
  }
  if (!armed.load(std::memory_order_relaxed) || is_recording) return;
  Recorder& all = recorder();
  is_recording = true;
  bool fails = false;
  {
    MutexLock lock(all.mutex);
    if (armed.load(std::memory_order_relaxed) && is_in_scope(all.scope)) {
      const KnownStack stack = classify(all, guess_call_stack_key(), caller);
      if (stack.counts) {
        ++all.report.count;
        if (all.seen.insert(stack.id).second) all.report.first_of_place.push_back(all.report.count);
        fails = all.report.count == all.fail_at;
        if (fails) {
          all.report.failed = true;
          all.report.failed_at = describe(read_call_stack(caller));
        }
      }
    }
  }
  is_recording = false;
  if (fails) throw std::bad_alloc();
}

}  // namespace

void expect_json_destructor() noexcept { is_in_json_destructor = true; }

bool has_found_json_destructor() {
  Recorder& all = recorder();
  MutexLock lock(all.mutex);
  return all.json_destructor != 0;
}

void arm_allocations(AllocationScope scope, std::uint64_t fail_at) {
  Recorder& all = recorder();
  MutexLock lock(all.mutex);
  all.scope = scope;
  all.fail_at = fail_at;
  all.report = {};
  all.seen.clear();
  armed.store(true, std::memory_order_relaxed);
}

AllocationReport disarm_allocations() {
  Recorder& all = recorder();
  MutexLock lock(all.mutex);
  armed.store(false, std::memory_order_relaxed);
  return std::move(all.report);
}

const std::vector<DeadlyPlace>& deadly_places() {
  Recorder& all = recorder();
  MutexLock lock(all.mutex);
  return all.deadly;
}

}  // namespace sluice::sweeps

// The program's allocation functions. Those for arrays and those that do not throw call these two.
void* operator new(std::size_t size) {
  sluice::sweeps::note_allocation(__builtin_return_address(0));
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  sluice::sweeps::note_allocation(__builtin_return_address(0));
  const std::size_t boundary = std::max(static_cast<std::size_t>(alignment), sizeof(void*));
  void* const memory =
      std::aligned_alloc(boundary, (std::max<std::size_t>(size, 1) + boundary - 1) / boundary * boundary);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
