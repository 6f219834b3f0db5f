/// The packet layer of the MySQL protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/stop_token.h"
#include "server/stream.h"

namespace sluice::server {

/// Reads and writes packets over a stream. A packet is a 3-byte little-endian length, a sequence byte and up to 2^24-1 bytes; longer payloads are
/// several packets, the last one shorter than the maximum. Source: MySQL manual, "MySQL Packets".
///
/// Output is gathered and sent by flush(), or when kFlushBytes are there. Thread-safety: one thread.
class PacketChannel {
 public:
  static constexpr std::size_t kMaxPacket = 0xffffff;
  static constexpr std::size_t kFlushBytes = 64 << 10;

  explicit PacketChannel(std::unique_ptr<Stream> stream);

  Stream& stream() noexcept { return *stream_; }
  /// Goes on over what `wrap(stream, read_ahead)` makes of the stream (TLS, compression). `read_ahead`: bytes that came behind the last packet;
  /// they belong to the new stream's input. All output has been flushed. After a throw the channel is only good to be destroyed.
  template <class Wrap>
  void wrap_stream(Wrap wrap) {
    const std::string read_ahead = take_input();
    stream_ = wrap(std::move(stream_), std::string_view(read_ahead));
  }

  /// A new command or the handshake begins: the next packet that is read has sequence number 0.
  void reset_sequence() noexcept {
    sequence_ = 0;
    stream_->begin_command();
  }

  /// Reads one whole payload into `payload`. False if nothing came within `timeout_ms` (below 0: no limit) and no byte of it has been read.
  /// After a stop the packets that were read are gone, and the next one is whole.
  /// Throws: ConnectionLost; Stopped; SqlError 1153 if it is longer than `limit` bytes (the connection is then to be closed), 1156 if
  /// packets come out of order.
  bool read(std::string& payload, std::size_t limit, int timeout_ms, StopToken stop);

  /// Begins a packet; append to output() and then end it. A packet that was begun and not ended is dropped.
  void begin_packet();
  std::string& output() noexcept { return output_; }
  /// Throws as flush() when the buffer is full.
  void end_packet(StopToken stop);
  /// One whole packet.
  void write(std::string_view payload, StopToken stop);

  /// Sends what is gathered. Throws: ConnectionLost, also if the client takes nothing for the write timeout; Stopped, and then what was not sent
  /// stays gathered: packets that follow come behind it.
  void flush(StopToken stop);
  /// As flush(), but waits for the client only `wait_ms` at a time. False: it did not take everything; call again.
  bool try_flush(int wait_ms, StopToken stop);
  /// Throws away what the client still sends, until nothing comes for `quiet_ms` or `limit_ms` are over. Throws: ConnectionLost; Stopped.
  void discard_input(int quiet_ms, int limit_ms, StopToken stop);
  /// Longest waits for the client to take something, and to go on with a packet that it has begun.
  void set_timeouts_ms(int write_ms, int read_ms) noexcept {
    write_timeout_ms_ = write_ms;
    read_timeout_ms_ = read_ms;
  }
  /// Throws away the rest of a client's file, up to and with the empty packet that ends it, without keeping any of it.
  ///
  /// `wait_ms()` is asked before each piece of up to 256 KB how long it may take to come; 0: no more. False: the client did not come to the end of
  /// its file in that time, and the stream is out of step.
  /// Throws: ConnectionLost, also if packets come out of order; Stopped (polled per piece), and then the stream is out of step.
  template <class WaitMs>
  bool discard_file(WaitMs wait_ms, StopToken stop) {
    FileSkip skip = begin_skip();
    while (!skip.at_end) {
      stop.poll();
      const int limit_ms = wait_ms();
      if (limit_ms <= 0 || !skip_more(skip, limit_ms, stop)) return false;
    }
    return true;
  }

  /// Gives buffers back that an idle connection does not need.
  void release_buffers();

 private:
  /// Where a file that is thrown away is: in front of a header, or of `payload_left` bytes of a packet.
  struct FileSkip {
    std::unique_ptr<char[]> piece;
    std::size_t payload_left = 0;
    bool continues = false;  // the packet before was as long as can be, so this one belongs to it
    bool at_end = false;
  };
  FileSkip begin_skip();
  bool skip_more(FileSkip& skip, int wait_ms, StopToken stop);
  /// Goes over whole headers and any part of payloads; returns the bytes that are done with.
  std::size_t skip_packets(FileSkip& skip, std::string_view bytes);
  bool fill(std::size_t wanted, int timeout_ms, StopToken stop);
  std::string take_input();

  std::unique_ptr<Stream> stream_;
  std::string input_;
  std::size_t position_ = 0;
  std::string output_;
  std::size_t sent_ = 0;          // of output_
  std::size_t packet_begin_ = 0;  // in output_
  bool in_packet_ = false;
  std::uint8_t sequence_ = 0;
  bool payload_continues_ = false;  // the last packet that was read is not its payload's last one
  int write_timeout_ms_ = 60'000;
  int read_timeout_ms_ = 30'000;
};

// Building blocks of payloads.
void append_int1(std::string& out, std::uint8_t value);
void append_int2(std::string& out, std::uint16_t value);
void append_int3(std::string& out, std::uint32_t value);
void append_int4(std::string& out, std::uint32_t value);
void append_int8(std::string& out, std::uint64_t value);
void append_length(std::string& out, std::uint64_t value);           // length-encoded integer
void append_length_string(std::string& out, std::string_view text);  // length-encoded string

/// Takes values off the front of a payload. Each throws SqlError 1835 if the payload is too short.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view payload) : rest_(payload) {}
  std::uint8_t int1();
  std::uint16_t int2();
  std::uint32_t int4();
  std::uint64_t int8();
  /// A length-encoded integer, of which the low 32 bits are taken.
  std::uint64_t length();
  std::string_view bytes(std::size_t count);
  std::string_view length_string() { return bytes(length()); }
  std::string_view null_terminated();
  std::string_view rest() const noexcept { return rest_; }
  bool empty() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace sluice::server
