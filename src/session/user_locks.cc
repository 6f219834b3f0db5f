#include "session/user_locks.h"

#include <chrono>

#include "base/clock.h"

namespace sluice::session {

bool UserLocks::take(std::string_view name, std::uint64_t owner, double timeout_seconds, StopToken stop) {
  MutexLock lock(mutex_);
  const auto free_or_own = [&]() SLUICE_NO_THREAD_SAFETY_ANALYSIS {
    const auto found = locks_.find(name);
    return found == locks_.end() || found->second.owner == owner;
  };
  if (timeout_seconds < 0) {
    released_.wait(lock, stop, free_or_own);
  } else {
    const auto nanoseconds = static_cast<std::int64_t>(std::min(timeout_seconds, 1e9) * 1e9);
    if (!released_.wait_for(lock, stop, std::chrono::nanoseconds(nanoseconds), free_or_own)) return false;
  }
  Lock& taken = locks_[std::string(name)];
  taken.owner = owner;
  ++taken.depth;
  return true;
}

std::optional<bool> UserLocks::release(std::string_view name, std::uint64_t owner) {
  MutexLock lock(mutex_);
  const auto found = locks_.find(name);
  if (found == locks_.end()) return std::nullopt;
  if (found->second.owner != owner) return false;
  if (--found->second.depth == 0) {
    locks_.erase(found);
    released_.notify_all();
  }
  return true;
}

std::int64_t UserLocks::release_all(std::uint64_t owner) noexcept {
  MutexLock lock(mutex_);
  std::int64_t count = 0;
  for (auto it = locks_.begin(); it != locks_.end();) {
    if (it->second.owner != owner) {
      ++it;
      continue;
    }
    count += it->second.depth;
    it = locks_.erase(it);
  }
  if (count > 0) released_.notify_all();
  return count;
}

std::optional<std::uint64_t> UserLocks::holder(std::string_view name) const {
  MutexLock lock(mutex_);
  const auto found = locks_.find(name);
  if (found == locks_.end()) return std::nullopt;
  return found->second.owner;
}

}  // namespace sluice::session
