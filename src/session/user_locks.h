/// GET_LOCK and RELEASE_LOCK.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"

namespace sluice::session {

/// Named locks that connections take by hand. Reentrant: as many releases as takes. Thread-safe.
class UserLocks {
 public:
  /// True once connection `owner` holds the lock; false after `timeout_seconds` (negative: no limit). Throws Stopped.
  bool take(std::string_view name, std::uint64_t owner, double timeout_seconds, StopToken stop);
  /// true: released; false: somebody else's; nothing: nobody's.
  std::optional<bool> release(std::string_view name, std::uint64_t owner);
  /// Releases all locks of a connection; returns how many takes that undid.
  std::int64_t release_all(std::uint64_t owner) noexcept;
  std::optional<std::uint64_t> holder(std::string_view name) const;

 private:
  struct Lock {
    std::uint64_t owner = 0;
    std::int64_t depth = 0;
  };
  mutable Mutex mutex_;
  Condition released_;
  std::map<std::string, Lock, std::less<>> locks_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::session
