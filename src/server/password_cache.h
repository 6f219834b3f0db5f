/// The fast path of caching_sha2_password.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "server/authentication.h"
#include "session/connection_session.h"

namespace sluice::server {

/// Digests of passwords that were proven in full, by account. An entry counts only while the account holds the hash it was proven against:
/// a new password makes a new salt, so an account that was changed, or dropped and made again, has no entry.
///
/// Holds at most kMaxEntries; beyond, it starts anew. Thread-safe.
class PasswordCache {
 public:
  static constexpr std::size_t kMaxEntries = 10'000;

  std::optional<Sha2Digest> find(const session::AccountRecord& account) const;
  void put(const session::AccountRecord& account, const Sha2Digest& digest);

 private:
  struct Entry {
    std::string stored;  // authentication_string at the time of the proof
    Sha2Digest digest;
  };

  mutable Mutex mutex_;
  std::map<std::pair<std::string, std::string>, Entry> entries_ SLUICE_GUARDED_BY(mutex_);  // by (user, host pattern)
};

}  // namespace sluice::server
