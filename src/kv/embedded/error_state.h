#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/thread_annotations.h"

namespace rocksdb {
class EventListener;
}

namespace sluice::kv {

/// Whether RocksDB refuses writes because one has failed. Its log must not be touched then, and no write be tried: RocksDB takes a refused write for
/// a worse failure, from which it cannot resume. Only a resume, which starts a new log, helps.
///
/// After a full disk RocksDB looks for space, and resumes, by itself, every five seconds. The state ends with the resume that the store asks for, which
/// comes after it or instead of it.
///
/// Thread-safety: any thread. Outlives the database.
class ErrorState {
 public:
  bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
  /// Whether it has been stopped since the database was opened, be it that it has resumed.
  bool has_stopped() const noexcept { return has_stopped_.load(std::memory_order_acquire); }
  /// Throws what failed, as throw_if_failed() does, if stopped. Call before each write.
  void throw_if_stopped(std::string_view action) const SLUICE_EXCLUDES(mutex_);

  void stop(std::string reason) SLUICE_EXCLUDES(mutex_);
  void resume() SLUICE_EXCLUDES(mutex_);

 private:
  std::atomic<bool> stopped_{false};
  std::atomic<bool> has_stopped_{false};
  mutable Mutex mutex_;
  std::string reason_ SLUICE_GUARDED_BY(mutex_);
};

/// Stops `state` when RocksDB reports an error.
std::shared_ptr<rocksdb::EventListener> make_error_listener(std::shared_ptr<ErrorState> state);

}  // namespace sluice::kv
