#include "server/packet_channel.h"

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "base/sql_error.h"

namespace sluice::server {
namespace {

constexpr std::size_t kReadBytes = 16 << 10;
/// Large pieces: the client is to be rid of its file as fast as it can send.
constexpr std::size_t kDiscardBytes = 256 << 10;
constexpr std::size_t kHeaderBytes = 4;
/// Of a long packet, between two polls.
constexpr std::size_t kCopyBytes = 1 << 20;

[[noreturn]] void throw_malformed() { throw SqlError(ErrorCode::kMalformedPacket); }

struct PacketHeader {
  std::size_t length;
  std::uint8_t sequence;
};

PacketHeader header_at(const char* bytes) noexcept {
  const auto* header = reinterpret_cast<const unsigned char*>(bytes);
  return {static_cast<std::size_t>(header[0] | header[1] << 8 | header[2] << 16), header[3]};
}

}  // namespace

PacketChannel::PacketChannel(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

std::string PacketChannel::take_input() {
  SLUICE_CHECK(output_.empty(), "{} bytes of output were not flushed", output_.size());
  std::string rest = input_.substr(position_);
  input_.clear();
  position_ = 0;
  return rest;
}

bool PacketChannel::fill(std::size_t wanted, int timeout_ms, StopToken stop) {
  while (input_.size() - position_ < wanted) {
    if (position_ > 0) {
      input_.erase(0, position_);
      position_ = 0;
    }
    const std::size_t have = input_.size();
    input_.resize(have + std::max(kReadBytes, std::min<std::size_t>(wanted - have, 1 << 20)));
    std::size_t count = 0;
    try {
      count = stream_->read_some({input_.data() + have, input_.size() - have}, timeout_ms, stop);
    } catch (...) {
      input_.resize(have);
      throw;
    }
    input_.resize(have + count);
    if (count == 0) {
      if (have == 0) return false;
      // The peer is in the middle of a packet: from here on it is not idle but slow.
      if (timeout_ms >= 0 && wanted > kHeaderBytes) throw ConnectionLost{"the client stalled inside a packet"};
      return false;
    }
  }
  return true;
}

bool PacketChannel::read(std::string& payload, std::size_t limit, int timeout_ms, StopToken stop) {
  payload.clear();
  int timeout = timeout_ms;
  while (true) {
    if (!fill(kHeaderBytes, timeout, stop)) {
      if (!payload.empty()) throw ConnectionLost{"the client stalled between packets"};
      return false;
    }
    const auto [length, sequence] = header_at(input_.data() + position_);
    if (sequence != sequence_) throw SqlError(ErrorCode::kNetPacketsOutOfOrder);
    if (payload.size() + length > limit) {
      ++sequence_;  // the client's packet is answered, although it is not read
      throw SqlError(ErrorCode::kNetPacketTooLarge);
    }
    // Once a packet has begun its bytes must keep coming. Until all are there none is taken: a stop leaves the stream in step.
    timeout = read_timeout_ms_;
    if (!fill(kHeaderBytes + length, timeout, stop)) throw ConnectionLost{"the client stalled inside a packet"};
    payload.reserve(payload.size() + length);
    for (std::size_t copied = 0; copied < length; copied += kCopyBytes) {
      stop.poll();
      payload.append(input_, position_ + kHeaderBytes + copied, std::min(kCopyBytes, length - copied));
    }
    ++sequence_;
    position_ += kHeaderBytes + length;
    payload_continues_ = length == kMaxPacket;
    if (position_ == input_.size()) {
      input_.clear();
      position_ = 0;
    }
    if (length < kMaxPacket) return true;
  }
}

void PacketChannel::begin_packet() {
  if (in_packet_) output_.resize(packet_begin_);
  in_packet_ = true;
  packet_begin_ = output_.size();
  output_.append(kHeaderBytes, '\0');
}

void PacketChannel::end_packet(StopToken stop) {
  std::size_t length = output_.size() - packet_begin_ - kHeaderBytes;
  const auto put_header = [&](std::size_t at, std::size_t size) {
    output_[at] = static_cast<char>(size);
    output_[at + 1] = static_cast<char>(size >> 8);
    output_[at + 2] = static_cast<char>(size >> 16);
    output_[at + 3] = static_cast<char>(sequence_++);
  };
  std::size_t begin = packet_begin_;
  while (length >= kMaxPacket) {
    put_header(begin, kMaxPacket);
    begin += kHeaderBytes + kMaxPacket;
    output_.insert(begin, kHeaderBytes, '\0');
    length -= kMaxPacket;
  }
  put_header(begin, length);
  in_packet_ = false;
  if (output_.size() >= kFlushBytes) flush(stop);
}

void PacketChannel::write(std::string_view payload, StopToken stop) {
  begin_packet();
  output_.append(payload);
  end_packet(stop);
}

void PacketChannel::flush(StopToken stop) {
  if (!try_flush(write_timeout_ms_, stop)) throw ConnectionLost{"the client does not read"};
}

bool PacketChannel::try_flush(int wait_ms, StopToken stop) {
  if (in_packet_) output_.resize(packet_begin_);
  in_packet_ = false;
  while (sent_ < output_.size()) {
    const std::size_t taken = stream_->write_some(std::string_view(output_).substr(sent_), wait_ms, stop);
    if (taken == 0) return false;
    sent_ += taken;
  }
  output_.clear();
  sent_ = 0;
  return stream_->drain(wait_ms, stop);
}

void PacketChannel::discard_input(int quiet_ms, int limit_ms, StopToken stop) {
  input_.clear();
  position_ = 0;
  const std::int64_t deadline_ns = clock().now_ns() + std::int64_t{limit_ms} * 1'000'000;
  std::string thrown_away(kReadBytes, '\0');
  while (clock().now_ns() < deadline_ns && stream_->read_some(thrown_away, quiet_ms, stop) > 0) stop.poll();
}

std::size_t PacketChannel::skip_packets(FileSkip& skip, std::string_view bytes) {
  std::size_t position = 0;
  while (!skip.at_end) {
    const std::size_t taken = std::min(skip.payload_left, bytes.size() - position);
    position += taken;
    skip.payload_left -= taken;
    if (skip.payload_left > 0 || bytes.size() - position < kHeaderBytes) break;
    const auto [length, sequence] = header_at(bytes.data() + position);
    if (sequence != sequence_) throw ConnectionLost{"packets of a file out of order"};
    ++sequence_;
    position += kHeaderBytes;
    skip.at_end = length == 0 && !skip.continues;
    skip.continues = length == kMaxPacket;
    skip.payload_left = length;
  }
  return position;
}

PacketChannel::FileSkip PacketChannel::begin_skip() {
  FileSkip skip;
  skip.continues = payload_continues_;
  position_ += skip_packets(skip, std::string_view(input_).substr(position_));
  if (!skip.at_end) skip.piece = std::make_unique_for_overwrite<char[]>(kDiscardBytes);
  return skip;
}

bool PacketChannel::skip_more(FileSkip& skip, int wait_ms, StopToken stop) {
  // What is left of the input is less than a header.
  const std::size_t have = input_.copy(skip.piece.get(), kHeaderBytes, position_);
  const std::size_t count = stream_->read_some({skip.piece.get() + have, kDiscardBytes - have}, wait_ms, stop);
  if (count == 0) return false;
  const std::string_view bytes(skip.piece.get(), have + count);
  input_ = bytes.substr(skip_packets(skip, bytes));
  position_ = 0;
  return true;
}

void PacketChannel::release_buffers() {
  if (position_ == input_.size()) {
    std::string().swap(input_);
    position_ = 0;
  }
  if (output_.empty()) std::string().swap(output_);
  stream_->release_buffers();
}

void append_int1(std::string& out, std::uint8_t value) { out.push_back(static_cast<char>(value)); }
void append_int2(std::string& out, std::uint16_t value) {
  out.append({static_cast<char>(value), static_cast<char>(value >> 8)});
}
void append_int3(std::string& out, std::uint32_t value) {
  out.append({static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16)});
}
void append_int4(std::string& out, std::uint32_t value) {
  append_int2(out, static_cast<std::uint16_t>(value));
  append_int2(out, static_cast<std::uint16_t>(value >> 16));
}
void append_int8(std::string& out, std::uint64_t value) {
  append_int4(out, static_cast<std::uint32_t>(value));
  append_int4(out, static_cast<std::uint32_t>(value >> 32));
}

void append_length(std::string& out, std::uint64_t value) {
  if (value < 251) {
    append_int1(out, static_cast<std::uint8_t>(value));
  } else if (value < 1u << 16) {
    append_int1(out, 0xfc);
    append_int2(out, static_cast<std::uint16_t>(value));
  } else if (value < 1u << 24) {
    append_int1(out, 0xfd);
    append_int3(out, static_cast<std::uint32_t>(value));
  } else {
    append_int1(out, 0xfe);
    append_int8(out, value);
  }
}

void append_length_string(std::string& out, std::string_view text) {
  append_length(out, text.size());
  out.append(text);
}

std::string_view PayloadReader::bytes(std::size_t count) {
  if (count > rest_.size()) throw_malformed();
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t PayloadReader::int1() { return static_cast<std::uint8_t>(bytes(1)[0]); }

std::uint16_t PayloadReader::int2() {
  const std::string_view b = bytes(2);
  return static_cast<std::uint16_t>(static_cast<unsigned char>(b[0]) | static_cast<unsigned char>(b[1]) << 8);
}

std::uint32_t PayloadReader::int4() {
  const std::uint32_t low = int2();
  return low | static_cast<std::uint32_t>(int2()) << 16;
}

std::uint64_t PayloadReader::int8() {
  const std::uint64_t low = int4();
  return low | static_cast<std::uint64_t>(int4()) << 32;
}

std::uint64_t PayloadReader::length() {
  const std::uint8_t first = int1();
  switch (first) {
    case 0xfc:
      return int2();
    case 0xfd: {
      const std::uint64_t low = int2();
      return low | static_cast<std::uint64_t>(int1()) << 16;
    }
    case 0xfe: {
      // No packet is as long as 4 GiB: MySQL reads the low half alone, and there are drivers that write nonsense into the other.
      const std::uint64_t low = int4();
      int4();
      return low;
    }
    case 0xfb:
    case 0xff:
      throw_malformed();
    default:
      return first;
  }
}

std::string_view PayloadReader::null_terminated() {
  const std::size_t end = rest_.find('\0');
  if (end == std::string_view::npos) throw_malformed();
  const std::string_view text = bytes(end);
  bytes(1);
  return text;
}

}  // namespace sluice::server
