#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/census.h"

namespace sluice {

/// A directory for temporary files, removed with all it holds by the destructor.
///
/// Names carry the process id, so that those of several processes differ.
/// Thread-safety: new_path() from any thread. Must outlive what lies in it.
class TempDir {
 public:
  /// Creates `parent`/`prefix`-<pid>-<number>; `parent` is created as well if it is missing. "" means the system's.
  /// Throws SqlError 1004.
  explicit TempDir(const std::string& parent = "", std::string_view prefix = "sluice");
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const noexcept { return path_; }
  /// A path in the directory that was not given before. Creates nothing.
  std::string new_path(std::string_view stem);

  /// Removes all that lies in `parent`, which need not exist: what a crash left. Returns how many entries that were. For a directory
  /// that one process at a time owns, before that process makes its first TempDir there: process ids come again, so a name does not
  /// tell whether its owner lives.
  static std::size_t remove_leftovers(const std::string& parent);

 private:
  std::string path_;
  std::atomic<std::uint64_t> next_number_{1};
  CensusEntry census_entry_{CensusKind::kTempDir};
};

/// The disk quota of one owner's temporary files. Thread-safe.
class DiskQuota {
 public:
  /// `limit_bytes` below 0: none.
  explicit DiskQuota(std::int64_t limit_bytes = -1) noexcept : limit_bytes_(limit_bytes) {}
  /// Throws SqlError 1021 if the limit would be passed; then nothing was taken.
  void take(std::int64_t bytes);
  void give_back(std::int64_t bytes) noexcept { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::int64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  const std::int64_t limit_bytes_;
  std::atomic<std::int64_t> bytes_{0};
};

/// A temporary file that is written once, front to back, and then read at any offset. Removed by the destructor.
///
/// Thread-safety: append() from one thread at a time; read() from any number of threads after the appends it reads.
class TempFile {
 public:
  /// Creates the file in `dir`, which must outlive it, as must `quota` (may be null). Throws SqlError 1004.
  TempFile(TempDir& dir, std::string_view stem, DiskQuota* quota = nullptr);
  TempFile(TempFile&& other) noexcept;
  TempFile& operator=(TempFile&&) = delete;
  ~TempFile();

  /// Throws SqlError 1021 (disk full, or quota) or 1026; the file is then as before or longer by a part of `bytes`.
  void append(std::string_view bytes);
  /// Reads exactly `size` bytes at `offset` into `target`. Throws SqlError 1024, also when the file is shorter.
  void read(std::uint64_t offset, char* target, std::size_t size) const;
  std::uint64_t size() const noexcept { return size_; }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;
  DiskQuota* quota_;
  CensusEntry census_entry_{CensusKind::kFile};
};

}  // namespace sluice
