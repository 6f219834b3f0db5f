/// A stream without a socket, for unit tests and fuzzers.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "server/stream.h"

namespace sluice::server {

/// Reads what `input` held, in pieces, and gathers what is written. At the end of the input the peer is gone.
/// Thread-safety: one thread.
class MemoryStream final : public Stream {
 public:
  /// `output` outlives the stream. `piece_bytes`: the most that one read or write takes.
  MemoryStream(std::string input, std::string& output, std::size_t piece_bytes = SIZE_MAX)
      : input_(std::move(input)), output_(output), piece_bytes_(piece_bytes) {}

  int fd() const noexcept override { return -1; }

  /// Stops `source` in the read that follows the next `reads` ones. It outlives the stream.
  void stop_after(std::size_t reads, StopSource& source) {
    reads_before_stop_ = reads;
    to_stop_ = &source;
  }

  std::size_t read_some(std::span<char> buffer, int /*timeout_ms*/, StopToken stop) override {
    if (to_stop_ != nullptr && reads_before_stop_-- == 0) to_stop_->request_stop(StopReason::kQueryKilled);
    stop.poll();
    const std::size_t count = std::min({buffer.size(), input_.size() - position_, piece_bytes_});
    if (count == 0) throw ConnectionLost{"end of the input"};
    std::memcpy(buffer.data(), input_.data() + position_, count);
    position_ += count;
    return count;
  }

  std::size_t write_some(std::string_view data, int /*timeout_ms*/, StopToken stop) override {
    stop.poll();
    const std::string_view taken = data.substr(0, piece_bytes_);
    output_.append(taken);
    return taken.size();
  }

 private:
  StopSource* to_stop_ = nullptr;
  std::size_t reads_before_stop_ = 0;
  const std::string input_;
  std::string& output_;
  const std::size_t piece_bytes_;
  std::size_t position_ = 0;
};

}  // namespace sluice::server
