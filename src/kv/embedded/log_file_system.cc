#include "kv/embedded/log_file_system.h"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

namespace sluice::kv {
namespace {

constexpr std::uint64_t kExtensionBytes = 1 << 20;
// Larger appends gain nothing: they pay for the new size once.
constexpr std::size_t kSmallAppendBytes = 64 << 10;
// Syncs since the last extension that make the next one worth its writing.
constexpr int kSyncsToExtend = 2;

rocksdb::IOStatus failure(const std::string& action, const std::string& path) {
  const std::string text = action + " " + path;
  return errno == ENOSPC ? rocksdb::IOStatus::NoSpace(text, std::strerror(errno))
                         : rocksdb::IOStatus::IOError(text, std::strerror(errno));
}

/// One log, written front to back. Thread-safety: as RocksDB uses it: one writer, syncs from any thread.
class LogFile final : public rocksdb::FSWritableFile {
 public:
  LogFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~LogFile() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    if (size_ + data.size() > extended_ && data.size() < kSmallAppendBytes &&
        syncs_.load(std::memory_order_relaxed) >= kSyncsToExtend) {
      rocksdb::IOStatus status = extend(size_ + data.size());
      if (!status.ok()) return status;
    }
    rocksdb::IOStatus status = write_at(size_, data.data(), data.size());
    if (status.ok()) size_ += data.size();
    extended_ = std::max(extended_, size_);
    return status;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    if (::fdatasync(descriptor_) != 0) return failure("sync", path_);
    syncs_.fetch_add(1, std::memory_order_relaxed);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }
  bool IsSyncThreadSafe() const override { return true; }

  rocksdb::IOStatus Truncate(std::uint64_t size, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failure("truncate", path_);
    size_ = extended_ = size;
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    if (descriptor_ < 0) return rocksdb::IOStatus::OK();
    const bool cut = extended_ == size_ || ::ftruncate(descriptor_, static_cast<off_t>(size_)) == 0;
    const bool closed = ::close(descriptor_) == 0;
    descriptor_ = -1;
    return cut && closed ? rocksdb::IOStatus::OK() : failure("close", path_);
  }
  std::uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return size_; }
  rocksdb::IOStatus Allocate(std::uint64_t offset, std::uint64_t bytes, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override {
    // Only a hint that keeps the file in one piece.
    if (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0 &&
        errno == ENOSPC) {
      return failure("allocate", path_);
    }
    return rocksdb::IOStatus::OK();
  }

 private:
  rocksdb::IOStatus write_at(std::uint64_t offset, const char* bytes, std::size_t count) {
    while (count > 0) {
      const ssize_t written = ::pwrite(descriptor_, bytes, count, static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        return failure("write", path_);
      }
      bytes += written;
      offset += static_cast<std::uint64_t>(written);
      count -= static_cast<std::size_t>(written);
    }
    return rocksdb::IOStatus::OK();
  }

  rocksdb::IOStatus extend(std::uint64_t at_least) {
    static constexpr std::array<char, 64 << 10> kZeros{};
    const std::uint64_t end = (at_least / kExtensionBytes + 1) * kExtensionBytes;
    for (std::uint64_t at = extended_; at < end;) {
      const std::size_t count = std::min<std::uint64_t>(kZeros.size(), end - at);
      rocksdb::IOStatus status = write_at(at, kZeros.data(), count);
      if (!status.ok()) return status;
      at += count;
    }
    extended_ = end;
    syncs_.store(0, std::memory_order_relaxed);
    return rocksdb::IOStatus::OK();
  }

  const std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;      // of the log
  std::uint64_t extended_ = 0;  // of the file; zeros from size_ on
  std::atomic<int> syncs_{0};   // since the last extension
};

class LogFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  LogFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "sluice.log"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (!path.ends_with(".log")) return target()->NewWritableFile(path, options, file, debug);
    const int descriptor = ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
    if (descriptor < 0) return failure("create", path);
    *file = std::make_unique<LogFile>(path, descriptor);
    return rocksdb::IOStatus::OK();
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_log_env() { return rocksdb::NewCompositeEnv(std::make_shared<LogFileSystem>()); }

}  // namespace sluice::kv
