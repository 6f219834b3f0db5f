#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/thread_annotations.h"

namespace rocksdb {
class EventListener;
}

namespace sluice::kv {

/// Whether RocksDB refuses writes because one has failed. Its log must not be touched then: only a resume, which starts a new log, helps.
///
/// Thread-safety: any thread. Outlives the database.
class ErrorState {
 public:
  bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
  /// What failed; empty if not stopped.
  std::string reason() const SLUICE_EXCLUDES(mutex_);

  void stop(std::string reason) SLUICE_EXCLUDES(mutex_);
  void resume() SLUICE_EXCLUDES(mutex_);

 private:
  std::atomic<bool> stopped_{false};
  mutable Mutex mutex_;
  std::string reason_ SLUICE_GUARDED_BY(mutex_);
};

/// Keeps `state` up to date.
std::shared_ptr<rocksdb::EventListener> make_error_listener(std::shared_ptr<ErrorState> state);

}  // namespace sluice::kv
