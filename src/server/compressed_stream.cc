#include "server/compressed_stream.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace sluice::server {
namespace {

constexpr std::size_t kHeaderBytes = 7;
constexpr std::size_t kReadBytes = 16 << 10;
/// Of one frame that is written, before compression.
constexpr std::size_t kFrameBytes = 256 << 10;
/// Shorter ones are sent as they are, as MySQL does.
constexpr std::size_t kWorthCompressing = 50;

std::size_t length_at(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + i])); };
  return byte(0) | byte(1) << 8 | byte(2) << 16;
}

void append_length(std::string& out, std::size_t length) {
  out.append({static_cast<char>(length), static_cast<char>(length >> 8), static_cast<char>(length >> 16)});
}

}  // namespace

bool CompressedStream::fill(std::size_t size, int timeout_ms, StopToken stop) {
  while (frames_.size() < size) {
    const std::size_t have = frames_.size();
    frames_.resize(have + std::max(kReadBytes, std::min(size - have, kFrameBytes)));
    std::size_t count = 0;
    try {
      count = below_->read_some({frames_.data() + have, frames_.size() - have}, timeout_ms, stop);
    } catch (...) {
      frames_.resize(have);
      throw;
    }
    frames_.resize(have + count);
    if (count == 0) return false;
  }
  return true;
}

void CompressedStream::open_frame(std::string_view bytes, std::size_t plain_size) {
  taken_ = 0;
  if (plain_size == 0) {
    plain_.assign(bytes);
    return;
  }
  plain_.resize(plain_size);
  uLongf size = plain_size;
  const int result = ::uncompress(reinterpret_cast<Bytef*>(plain_.data()), &size,
                                  reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (result != Z_OK || size != plain_size) throw ConnectionLost{"a compressed packet cannot be read"};
}

std::size_t CompressedStream::read_some(std::span<char> buffer, int timeout_ms, StopToken stop) {
  while (taken_ == plain_.size()) {
    stop.poll();
    if (!fill(kHeaderBytes, timeout_ms, stop)) return 0;
    const std::size_t length = length_at(frames_, 0);
    if (!fill(kHeaderBytes + length, timeout_ms, stop)) return 0;
    if (static_cast<std::uint8_t>(frames_[3]) != sequence_) throw ConnectionLost{"compressed packets out of order"};
    ++sequence_;
    open_frame(std::string_view(frames_).substr(kHeaderBytes, length), length_at(frames_, 4));
    frames_.erase(0, kHeaderBytes + length);
  }
  const std::size_t count = std::min(buffer.size(), plain_.size() - taken_);
  std::memcpy(buffer.data(), plain_.data() + taken_, count);
  taken_ += count;
  return count;
}

std::size_t CompressedStream::write_some(std::string_view data, int timeout_ms, StopToken stop) {
  if (!drain(timeout_ms, stop)) return 0;
  const std::string_view part = data.substr(0, kFrameBytes);
  std::string compressed;
  if (part.size() >= kWorthCompressing) {
    uLongf size = ::compressBound(part.size());
    compressed.resize(size);
    const int result = ::compress2(reinterpret_cast<Bytef*>(compressed.data()), &size,
                                   reinterpret_cast<const Bytef*>(part.data()), part.size(), Z_BEST_SPEED);
    compressed.resize(result == Z_OK ? size : 0);
  }
  const bool pays = !compressed.empty() && compressed.size() < part.size();
  append_length(framed_, pays ? compressed.size() : part.size());
  framed_.push_back(static_cast<char>(sequence_++));
  append_length(framed_, pays ? part.size() : 0);
  framed_.append(pays ? std::string_view(compressed) : part);
  return part.size();
}

bool CompressedStream::drain(int timeout_ms, StopToken stop) {
  while (sent_ < framed_.size()) {
    const std::size_t taken = below_->write_some(std::string_view(framed_).substr(sent_), timeout_ms, stop);
    if (taken == 0) return false;
    sent_ += taken;
  }
  framed_.clear();
  sent_ = 0;
  return below_->drain(timeout_ms, stop);
}

void CompressedStream::release_buffers() {
  if (frames_.empty()) std::string().swap(frames_);
  if (framed_.empty()) std::string().swap(framed_);
  if (taken_ == plain_.size()) {
    std::string().swap(plain_);
    taken_ = 0;
  }
  below_->release_buffers();
}

}  // namespace sluice::server
