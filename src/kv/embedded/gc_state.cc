#include "kv/embedded/gc_state.h"

#include <algorithm>
#include <utility>

namespace sluice::kv {

void GcState::note_deleted(std::string_view user_key) {
  MutexLock lock(mutex_);
  if (deleted_.keys.size() < kDeletedKeysMax) {
    deleted_.keys.emplace_back(user_key);
    return;
  }
  if (!std::exchange(deleted_.has_range, true)) {
    deleted_.range_first.assign(user_key);
    deleted_.range_last.assign(user_key);
  } else if (user_key < deleted_.range_first) {
    deleted_.range_first.assign(user_key);
  } else if (user_key > deleted_.range_last) {
    deleted_.range_last.assign(user_key);
  }
}

GcState::Deleted GcState::take_deleted() {
  MutexLock lock(mutex_);
  return std::exchange(deleted_, Deleted{});
}

}  // namespace sluice::kv
