#include "session/read_ahead_file.h"

#include <utility>

#include "base/sql_error.h"

namespace sluice::session {
namespace {

/// What may wait in memory; one block more when it is empty.
constexpr std::size_t kMemoryBytes = 4 << 20;
/// Blocks in memory grow to this size.
constexpr std::size_t kMemoryBlockBytes = 256 << 10;
/// What is written to a temporary file at a time.
constexpr std::size_t kFileBlockBytes = 1 << 20;
/// Small, so that the disk's space comes back as the statement reads.
constexpr std::uint64_t kSegmentBytes = 64 << 20;

}  // namespace

ReadAheadFile::ReadAheadFile(std::unique_ptr<LocalFile> file, TempDir& directory, MemoryTracker& memory, StopToken stop)
    : file_(std::move(file)), directory_(directory), memory_(memory), scope_("read ahead", stop) {
  scope_.spawn("receive file", [this](StopToken task_stop) { receive(task_stop); });
}

ReadAheadFile::~ReadAheadFile() = default;

std::string_view ReadAheadFile::read(StopToken stop) {
  stop.poll();
  Block block;
  {
    MutexLock lock(mutex_);
    has_blocks_.wait(lock, stop,
                     [this]() SLUICE_REQUIRES(mutex_) { return !blocks_.empty() || state_ != State::kReceiving; });
    if (state_ == State::kFailed) std::rethrow_exception(failure_);
    if (blocks_.empty()) return {};
    block = std::move(blocks_.front());
    blocks_.pop_front();
    if (block.file == nullptr) memory_.shrink(static_cast<std::int64_t>(block.bytes.size()));
    room_.notify_one();
  }
  if (block.file == nullptr) {
    current_ = std::move(block.bytes);
  } else {
    current_.resize(block.size);
    block.file->read(block.offset, current_.data(), block.size);
  }
  return current_;
}

void ReadAheadFile::receive(StopToken stop) {
  try {
    receive_all(stop);
    end(State::kEnded, nullptr);
  } catch (const Stopped&) {
    throw;  // the reader's own token tells it
  } catch (...) {
    end(State::kFailed, std::current_exception());
  }
}

void ReadAheadFile::receive_all(StopToken stop) {
  std::string received;
  while (true) {
    const std::string_view piece = file_->read(stop);
    if (piece.empty()) break;
    received.append(piece);
    if (!queue_in_memory(received) && received.size() >= kFileBlockBytes) queue(received, stop);
  }
  if (!received.empty()) queue(received, stop);
}

void ReadAheadFile::end(State state, std::exception_ptr failure) {
  MutexLock lock(mutex_);
  state_ = state;
  failure_ = std::move(failure);
  has_blocks_.notify_all();
}

bool ReadAheadFile::has_room(std::size_t bytes) const {
  return blocks_.empty() || static_cast<std::size_t>(memory_.bytes()) + bytes <= kMemoryBytes;
}

bool ReadAheadFile::queue_in_memory(std::string& bytes) {
  MutexLock lock(mutex_);
  if (!has_room(bytes.size())) return false;
  memory_.grow(static_cast<std::int64_t>(bytes.size()));
  const bool fits_last = !blocks_.empty() && blocks_.back().file == nullptr &&
                         blocks_.back().bytes.size() + bytes.size() <= kMemoryBlockBytes;
  if (fits_last) {
    blocks_.back().bytes.append(bytes);
    bytes.clear();
  } else {
    blocks_.push_back({.bytes = std::exchange(bytes, {})});
  }
  has_blocks_.notify_one();
  return true;
}

bool ReadAheadFile::queue_in_file(std::string& bytes) {
  try {
    if (segment_ == nullptr || segment_->size() >= kSegmentBytes)
      segment_ = std::make_shared<TempFile>(directory_, "received");
    const std::uint64_t offset = segment_->size();
    segment_->append(bytes);
    MutexLock lock(mutex_);
    blocks_.push_back({.bytes = {}, .file = segment_, .offset = offset, .size = bytes.size()});
    has_blocks_.notify_one();
  } catch (const SqlError&) {
    segment_.reset();  // it may have grown by a part of the bytes
    return false;
  }
  bytes.clear();
  return true;
}

void ReadAheadFile::queue(std::string& bytes, StopToken stop) {
  while (!queue_in_memory(bytes) && !queue_in_file(bytes)) {
    MutexLock lock(mutex_);
    room_.wait(lock, stop, [&]() SLUICE_REQUIRES(mutex_) { return has_room(bytes.size()); });
  }
}

}  // namespace sluice::session
