#include "kv/embedded/ingest_file_system.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <new>
#include <string>
#include <unordered_set>

#include "base/logging.h"
#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/embedded/error_state.h"

namespace sluice::kv {
namespace {

class IngestFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  IngestFileSystem(const std::shared_ptr<rocksdb::FileSystem>& below, std::shared_ptr<const ErrorState> errors)
      : FileSystemWrapper(below), errors_(std::move(errors)) {}
  const char* Name() const override { return "sluice.ingest"; }

  rocksdb::IOStatus LinkFile(const std::string& source, const std::string& destination,
                             const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    try {
      MutexLock lock(mutex_);
      ingested_.insert(destination);
    } catch (const std::bad_alloc&) {  // RocksDB takes no exceptions
      return rocksdb::IOStatus::Aborted("no memory to link a file");
    }
    rocksdb::IOStatus status = target()->LinkFile(source, destination, options, debug);
    if (status.ok()) return status;
    MutexLock lock(mutex_);
    ingested_.erase(destination);
    return status;
  }

  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    {
      MutexLock lock(mutex_);
      const auto found = ingested_.find(path);
      if (found != ingested_.end()) {
        if (errors_->stopped()) {
          log_warn("an ingested file is kept, as the list of files may name it", {{"file", path}});
          return rocksdb::IOStatus::OK();
        }
        ingested_.erase(found);
      }
    }
    return target()->DeleteFile(path, options, debug);
  }

 private:
  const std::shared_ptr<const ErrorState> errors_;
  Mutex mutex_;
  std::unordered_set<std::string> ingested_ SLUICE_GUARDED_BY(mutex_);  // that are still there
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_ingest_env(rocksdb::Env& below, std::shared_ptr<const ErrorState> errors) {
  return rocksdb::NewCompositeEnv(std::make_shared<IngestFileSystem>(below.GetFileSystem(), std::move(errors)));
}

}  // namespace sluice::kv
