#include "base/temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/directory.h"
#include "base/failpoint.h"
#include "base/format.h"
#include "base/logging.h"
#include "base/sql_error.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

std::atomic<std::uint64_t> next_directory{1};

std::string base_directory(const std::string& parent) {
  return parent.empty() ? fs::temp_directory_path().string() : parent;
}

}  // namespace

TempDir::TempDir(const std::string& parent, std::string_view prefix) {
  const std::string base = base_directory(parent);
  std::error_code error;
  fs::create_directories(base, error);
  do {
    path_ = format_message("{}/{}-{}-{}", {base, prefix, static_cast<std::int64_t>(::getpid()),
                                           next_directory.fetch_add(1, std::memory_order_relaxed)});
    if (fs::create_directory(path_, error)) return;
  } while (!error);  // it exists already: left by an earlier process with our id
  throw SqlError(ErrorCode::kCantCreateFile, path_, error.value(), error.message());
}

TempDir::~TempDir() {
  const std::error_code error = remove_tree(path_);
  if (error) log_warn("cannot remove a temporary directory", {{"path", path_}, {"error", error.value()}});
}

std::string TempDir::new_path(std::string_view stem) {
  SLUICE_STORAGE_CALL("temp_dir.new_path");
  return format_message("{}/{}-{}", {path_, stem, next_number_.fetch_add(1, std::memory_order_relaxed)});
}

std::size_t TempDir::remove_leftovers(const std::string& parent) {
  std::size_t removed = 0;
  std::error_code error;
  for (const std::string& name : names_in_directory(parent, error)) {
    const std::string path = parent + "/" + name;
    if (const std::error_code remove_error = remove_tree(path)) {
      log_warn("cannot remove a left temporary file", {{"path", path}, {"error", remove_error.message()}});
    } else {
      ++removed;
    }
  }
  return removed;
}

void DiskQuota::take(std::int64_t bytes) {
  const std::int64_t now = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (limit_bytes_ >= 0 && now > limit_bytes_) {
    give_back(bytes);
    throw SqlError(ErrorCode::kDiskFull, format_message("temporary files reach {} of {} bytes", {now, limit_bytes_}));
  }
}

TempFile::TempFile(TempDir& dir, std::string_view stem, DiskQuota* quota)
    : path_(dir.new_path(stem)),
      descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)),
      quota_(quota) {
  if (descriptor_ < 0) throw SqlError(ErrorCode::kCantCreateFile, path_, errno, std::strerror(errno));
}

TempFile::TempFile(TempFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(std::exchange(other.size_, 0)),
      quota_(other.quota_) {}

TempFile::~TempFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(path_.c_str());
  if (quota_ != nullptr) quota_->give_back(static_cast<std::int64_t>(size_));
}

void TempFile::append(std::string_view bytes) {
  SLUICE_STORAGE_CALL("temp_file.append");
  if (quota_ != nullptr) quota_->take(static_cast<std::int64_t>(bytes.size()));
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t written = ::pwrite(descriptor_, rest.data(), rest.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      if (quota_ != nullptr) quota_->give_back(static_cast<std::int64_t>(rest.size()));
      if (error == ENOSPC || error == EDQUOT) throw SqlError(ErrorCode::kDiskFull, path_);
      throw SqlError(ErrorCode::kErrorOnWrite, path_, error, std::strerror(error));
    }
    size_ += static_cast<std::uint64_t>(written);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void TempFile::read(std::uint64_t offset, char* target, std::size_t size) const {
  SLUICE_STORAGE_CALL("temp_file.read");
  while (size > 0) {
    const ssize_t count = ::pread(descriptor_, target, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SqlError(ErrorCode::kErrorOnRead, path_, errno, std::strerror(errno));
    if (count == 0) throw SqlError(ErrorCode::kErrorOnRead, path_, 0, "unexpected end of file");
    offset += static_cast<std::uint64_t>(count);
    target += count;
    size -= static_cast<std::size_t>(count);
  }
}

}  // namespace sluice
