/// The compressed protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/stream.h"

namespace sluice::server {

/// Packets inside of frames: three bytes of length, a sequence byte of the frames' own, three bytes of the length before compression (0: not
/// compressed), the bytes. Frames do not keep to the packets' borders. Source: MySQL manual, "Compression".
///
/// Ownership: owns the stream below. Thread-safety: one thread.
class CompressedStream final : public Stream {
 public:
  /// `received`: bytes of the client that were read already.
  CompressedStream(std::unique_ptr<Stream> below, std::string_view received)
      : below_(std::move(below)), frames_(received) {}

  int fd() const noexcept override { return below_->fd(); }
  std::size_t read_some(std::span<char> buffer, int timeout_ms, StopToken stop) override;
  std::size_t write_some(std::string_view data, int timeout_ms, StopToken stop) override;
  bool drain(int timeout_ms, StopToken stop) override;
  void release_buffers() override;
  void begin_command() noexcept override { sequence_ = 0; }
  session::TlsPeer tls() const override { return below_->tls(); }

 private:
  /// Reads until `frames_` holds `size` bytes; false after `timeout_ms` without any.
  bool fill(std::size_t size, int timeout_ms, StopToken stop);
  void open_frame(std::string_view bytes, std::size_t plain_size);

  std::unique_ptr<Stream> below_;
  std::string frames_;     // as they came
  std::string plain_;      // of the last frame
  std::size_t taken_ = 0;  // of plain_
  std::string framed_;     // to be sent
  std::size_t sent_ = 0;   // of framed_
  std::uint8_t sequence_ = 0;
};

}  // namespace sluice::server
