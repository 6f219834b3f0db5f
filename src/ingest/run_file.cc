#include "ingest/run_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/sql_error.h"
#include "ingest/write_pacer.h"

namespace sluice::ingest {
namespace {

constexpr std::uint64_t kMagic = 0x314e55524543554cull;  // "LUCERUN1"
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
constexpr std::uint64_t kBytesPerWriteBack = std::uint64_t{2} << 20;
constexpr std::size_t kFooterBytes = 3 * sizeof(std::uint64_t);
constexpr std::size_t kEntryHeaderBytes = 2 * sizeof(std::uint32_t);
constexpr std::size_t kEntriesPerPoll = 4096;

template <class Number>
void append_number(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

template <class Number>
Number load_number(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof(number));
  return number;
}

[[noreturn]] void write_failed(const std::string& path) {
  if (errno == ENOSPC || errno == EDQUOT) throw SqlError(ErrorCode::kDiskFull, path);
  throw SqlError(ErrorCode::kErrorOnWrite, path, errno, std::strerror(errno));
}

// A file under construction; removed unless it is completed.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0640)) {
    if (descriptor_ < 0) write_failed(path);
  }
  ~OpenFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) write_failed(path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      size_ += static_cast<std::uint64_t>(written);
    }
    if (size_ - handed_over_ >= kBytesPerWriteBack) write_back();
  }

  void complete() {
    if (::fdatasync(descriptor_) != 0) write_failed(path_);
    ::close(std::exchange(descriptor_, -1));
  }

 private:
  // Hands what was appended to the disk, and waits for what was handed over before: complete(), which no stop interrupts, then has little left to
  // sync, and the journal's commit, which all others wait for, too. A failed write is reported once, so it counts here.
  void write_back() {
    sync_range(written_back_, handed_over_, SYNC_FILE_RANGE_WAIT_BEFORE);
    written_back_ = handed_over_;
    sync_range(handed_over_, size_, SYNC_FILE_RANGE_WRITE);
    handed_over_ = size_;
  }

  void sync_range(std::uint64_t begin, std::uint64_t end, unsigned flags) {
    if (begin == end) return;
    const int result =
        ::sync_file_range(descriptor_, static_cast<off_t>(begin), static_cast<off_t>(end - begin), flags);
    // A file system without it syncs all at the end.
    if (result != 0 && errno != ENOSYS && errno != EINVAL && errno != ESPIPE) write_failed(path_);
  }

  const std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;
  std::uint64_t handed_over_ = 0;
  std::uint64_t written_back_ = 0;
  CensusEntry census_entry_{CensusKind::kFile};
};

void read_exactly(int descriptor, const std::string& path, std::uint64_t offset, char* target, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::pread(descriptor, target, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw SqlError(ErrorCode::kErrorOnRead, path, errno, std::strerror(errno));
    if (got == 0) throw SqlError(ErrorCode::kErrorOnRead, path, 0, "unexpected end of file");
    target += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
}

int open_for_reading(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw SqlError(ErrorCode::kFileNotFound, path, errno, std::strerror(errno));
  return descriptor;
}

}  // namespace

RunFile RunFile::write(const std::string& path, const EntryBuffer& entries, WritePacer* pacer, StopToken stop) {
  RunFile run;
  run.path = path;
  run.entry_count = entries.size();
  OpenFile file(path);
  std::string block;
  block.reserve(kBlockBytes + kBlockBytes / 4);
  auto flush = [&]() {
    stop.poll();
    if (pacer != nullptr) pacer->wait_for(static_cast<std::int64_t>(block.size()), stop);
    SLUICE_STORAGE_CALL("ingest.run_file.append", stop);
    file.append(block);
    run.data_bytes += block.size();
    block.clear();
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i % kEntriesPerPoll == 0) stop.poll();
    const EntryBuffer::Entry entry = entries.at_in_order(i);
    if (block.empty()) run.blocks.push_back({run.data_bytes, std::string(entry.key)});
    append_number(block, static_cast<std::uint32_t>(entry.key.size()));
    append_number(block, static_cast<std::uint32_t>(entry.value.size()));
    block.append(entry.key).append(entry.value);
    if (block.size() >= kBlockBytes) flush();
  }
  if (!block.empty()) flush();
  std::string tail;
  append_number(tail, static_cast<std::uint32_t>(run.blocks.size()));
  for (const Block& entry : run.blocks) {
    append_number(tail, entry.offset);
    append_number(tail, static_cast<std::uint32_t>(entry.first_key.size()));
    tail.append(entry.first_key);
  }
  append_number(tail, run.data_bytes);
  append_number(tail, run.entry_count);
  append_number(tail, kMagic);
  file.append(tail);
  SLUICE_STORAGE_CALL("ingest.run_file.sync", stop);
  file.complete();
  return run;
}

RunFile RunFile::open(const std::string& path) {
  RunFile run;
  run.path = path;
  const int descriptor = open_for_reading(path);
  struct Close {
    int descriptor;
    ~Close() { ::close(descriptor); }
  } close_at_end{descriptor};
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  SLUICE_CHECK(size >= static_cast<off_t>(kFooterBytes), "run file {} is cut off", path);
  char footer[kFooterBytes];
  read_exactly(descriptor, path, static_cast<std::uint64_t>(size) - kFooterBytes, footer, kFooterBytes);
  run.data_bytes = load_number<std::uint64_t>(footer);
  run.entry_count = load_number<std::uint64_t>(footer + 8);
  SLUICE_CHECK(load_number<std::uint64_t>(footer + 16) == kMagic, "{} is no run file", path);
  const std::uint64_t end = static_cast<std::uint64_t>(size) - kFooterBytes;
  SLUICE_CHECK(run.data_bytes + sizeof(std::uint32_t) <= end, "run file {} has a wrong index", path);
  std::string index(end - run.data_bytes, '\0');
  read_exactly(descriptor, path, run.data_bytes, index.data(), index.size());
  std::size_t at = sizeof(std::uint32_t);
  const auto count = load_number<std::uint32_t>(index.data());
  for (std::uint32_t i = 0; i < count; ++i) {
    SLUICE_CHECK(at + 12 <= index.size(), "run file {} has a short index", path);
    Block block;
    block.offset = load_number<std::uint64_t>(index.data() + at);
    const auto key_size = load_number<std::uint32_t>(index.data() + at + 8);
    at += 12;
    SLUICE_CHECK(at + key_size <= index.size(), "run file {} has a short index", path);
    block.first_key.assign(index, at, key_size);
    at += key_size;
    run.blocks.push_back(std::move(block));
  }
  return run;
}

RunFileReader::RunFileReader(const RunFile& run, std::string_view from)
    : run_(&run), descriptor_(open_for_reading(run.path)), from_(from) {
  // The last block whose first key is not behind `from` may still hold it.
  while (next_block_ + 1 < run.blocks.size() && run.blocks[next_block_ + 1].first_key <= from) ++next_block_;
}

RunFileReader::RunFileReader(RunFileReader&& other) noexcept
    : run_(other.run_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      next_block_(other.next_block_),
      block_(std::move(other.block_)),
      position_(other.position_),
      from_(std::move(other.from_)) {}

RunFileReader::~RunFileReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RunFileReader::load_block() {
  if (next_block_ >= run_->blocks.size()) return false;
  SLUICE_STORAGE_CALL("ingest.run_file.read");
  const std::uint64_t begin = run_->blocks[next_block_].offset;
  const std::uint64_t end =
      next_block_ + 1 < run_->blocks.size() ? run_->blocks[next_block_ + 1].offset : run_->data_bytes;
  block_.resize(end - begin);
  read_exactly(descriptor_, run_->path, begin, block_.data(), block_.size());
  ++next_block_;
  position_ = 0;
  return true;
}

bool RunFileReader::next(EntryBuffer::Entry& entry) {
  for (;;) {
    if (position_ >= block_.size() && !load_block()) return false;
    const char* at = block_.data() + position_;
    const auto key_size = load_number<std::uint32_t>(at);
    const auto value_size = load_number<std::uint32_t>(at + 4);
    SLUICE_CHECK(position_ + kEntryHeaderBytes + key_size + value_size <= block_.size(),
                 "run file {} has a malformed block", run_->path);
    entry.key = {at + kEntryHeaderBytes, key_size};
    entry.value = {at + kEntryHeaderBytes + key_size, value_size};
    position_ += kEntryHeaderBytes + key_size + value_size;
    if (from_.empty()) return true;
    if (entry.key < from_) continue;
    from_.clear();
    return true;
  }
}

}  // namespace sluice::ingest
