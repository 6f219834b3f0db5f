#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/random.h"

/// A file system for tests of the engine, over the real one. It can
///   - freeze: from a moment on every change fails, as if the process had died there;
///   - drop what was not synced: after freeze() and the store's end, each file keeps its synced bytes and a random part of the rest;
///   - fail the k-th change, once; and be full.
/// Creating, renaming and deleting files counts as durable at once.
namespace sluice::kv {

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "sluice.fault"; }

  /// An Env over `files`.
  static std::unique_ptr<rocksdb::Env> make_env(const std::shared_ptr<FaultFileSystem>& files) {
    return rocksdb::NewCompositeEnv(files);
  }

  void freeze() { frozen_ = true; }
  /// Ends a death of the process alone: the machine goes on, nothing is lost, what was not synced still is not.
  void thaw() { frozen_ = false; }
  void set_full(bool full) { full_ = full; }
  /// The k-th change from here on fails, once. 0: none.
  void fail_change(std::int64_t k) { fail_in_ = k; }
  /// The file system freezes at the k-th sync from here on, before it. 0: never.
  void freeze_at_sync(std::int64_t k) { freeze_in_syncs_ = k; }
  std::uint64_t change_count() const { return change_count_; }
  bool frozen() const { return frozen_; }

  /// Ends a crash: loses unsynced data and thaws. No store may be open.
  void drop_unsynced(Random& random) {
    MutexLock lock(mutex_);
    for (const auto& [path, state] : files_) {
      const std::uint64_t kept = state.synced_bytes + random.below(state.written_bytes - state.synced_bytes + 1);
      target()->Truncate(path, kept, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
    }
    files_.clear();
    frozen_ = false;
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (rocksdb::IOStatus status = change(); !status.ok()) return status;
    std::unique_ptr<rocksdb::FSWritableFile> real;
    const rocksdb::IOStatus status = target()->NewWritableFile(path, options, &real, debug);
    if (status.ok()) *file = track(path, std::move(real), 0);
    return status;
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override {
    if (rocksdb::IOStatus status = change(); !status.ok()) return status;
    std::unique_ptr<rocksdb::FSWritableFile> real;
    const rocksdb::IOStatus status = target()->ReopenWritableFile(path, options, &real, debug);
    std::uint64_t bytes = 0;
    if (status.ok()) target()->GetFileSize(path, rocksdb::IOOptions(), &bytes, debug).PermitUncheckedError();
    if (status.ok()) *file = track(path, std::move(real), bytes);
    return status;
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (rocksdb::IOStatus status = change(); !status.ok()) return status;
    {
      MutexLock lock(mutex_);
      files_.erase(path);
    }
    return target()->DeleteFile(path, options, debug);
  }
  rocksdb::IOStatus RenameFile(const std::string& source, const std::string& destination,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (rocksdb::IOStatus status = change(); !status.ok()) return status;
    const rocksdb::IOStatus status = target()->RenameFile(source, destination, options, debug);
    if (status.ok()) {
      MutexLock lock(mutex_);
      auto node = files_.extract(source);
      files_.erase(destination);
      if (!node.empty()) {
        node.key() = destination;
        files_.insert(std::move(node));
      }
    }
    return status;
  }
  rocksdb::IOStatus LinkFile(const std::string& source, const std::string& destination,
                             const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (rocksdb::IOStatus status = change(); !status.ok()) return status;
    return target()->LinkFile(source, destination, options, debug);
  }

  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* bytes,
                                 rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus status = target()->GetFreeSpace(path, options, bytes, debug);
    if (full_) *bytes = 0;
    return status;
  }

 private:
  struct FileState {
    std::uint64_t written_bytes = 0;
    std::uint64_t synced_bytes = 0;
  };

  class TrackedFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    TrackedFile(FaultFileSystem& files, std::string path, std::unique_ptr<rocksdb::FSWritableFile> real)
        : FSWritableFileOwnerWrapper(std::move(real)), files_(files), path_(std::move(path)) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (rocksdb::IOStatus status = files_.change(); !status.ok()) return status;
      rocksdb::IOStatus status = target()->Append(data, options, debug);
      if (status.ok()) files_.note_written(path_, data.size());
      return status;
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      if (rocksdb::IOStatus status = files_.sync(); !status.ok()) return status;
      files_.note_synced(path_);
      return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return Sync(options, debug);
    }
    rocksdb::IOStatus RangeSync(std::uint64_t, std::uint64_t, const rocksdb::IOOptions&,
                                rocksdb::IODebugContext*) override {
      return rocksdb::IOStatus::OK();  // starts writing; promises nothing
    }
    bool IsSyncThreadSafe() const override { return true; }

   private:
    FaultFileSystem& files_;
    const std::string path_;
  };

  std::unique_ptr<rocksdb::FSWritableFile> track(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile> real,
                                                 std::uint64_t bytes) {
    MutexLock lock(mutex_);
    // A file that is opened again keeps what it has not synced.
    const auto known = bytes == 0 ? files_.end() : files_.find(path);
    files_[path] = FileState{bytes, known == files_.end() ? bytes : known->second.synced_bytes};
    return std::make_unique<TrackedFile>(*this, path, std::move(real));
  }

  rocksdb::IOStatus change() {
    if (frozen_) return rocksdb::IOStatus::IOError("the process is dead");
    if (full_) return rocksdb::IOStatus::NoSpace("No space left on device");
    change_count_.fetch_add(1);
    if (fail_in_.fetch_sub(1) == 1) return rocksdb::IOStatus::IOError("injected");
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus sync() {
    if (freeze_in_syncs_.fetch_sub(1) == 1) frozen_ = true;
    return change();
  }
  void note_written(const std::string& path, std::uint64_t bytes) {
    MutexLock lock(mutex_);
    files_[path].written_bytes += bytes;
  }
  void note_synced(const std::string& path) {
    MutexLock lock(mutex_);
    files_[path].synced_bytes = files_[path].written_bytes;
  }

  std::atomic<bool> frozen_{false};
  std::atomic<bool> full_{false};
  std::atomic<std::int64_t> fail_in_{0};
  std::atomic<std::int64_t> freeze_in_syncs_{0};
  std::atomic<std::uint64_t> change_count_{0};
  Mutex mutex_;
  std::map<std::string, FileState> files_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::kv
