#include "server/password_cache.h"

namespace sluice::server {

std::optional<Sha2Digest> PasswordCache::find(const session::AccountRecord& account) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find({account.user, account.host_pattern});
  if (found == entries_.end() || found->second.stored != account.authentication_string) return std::nullopt;
  return found->second.digest;
}

void PasswordCache::put(const session::AccountRecord& account, const Sha2Digest& digest) {
  MutexLock lock(mutex_);
  if (entries_.size() >= kMaxEntries) entries_.clear();
  entries_[{account.user, account.host_pattern}] = {account.authentication_string, digest};
}

}  // namespace sluice::server
