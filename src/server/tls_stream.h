/// A stream under TLS.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/stream.h"

namespace sluice::server {

/// OpenSSL between two buffers in memory, whose bytes the stream below carries: all waits are those of the stream below.
///
/// Ownership: owns the stream below. Thread-safety: one thread.
class TlsStream final : public Stream {
 public:
  /// `received`: bytes of the peer that were read already. The context may go before the stream.
  TlsStream(SSL_CTX& context, std::unique_ptr<Stream> below, std::string_view received);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// The server's side of the handshake; to be called first. Throws: ConnectionLost; Stopped.
  void shake_hands(int timeout_ms, StopToken stop);

  int fd() const noexcept override { return below_->fd(); }
  std::size_t read_some(std::span<char> buffer, int timeout_ms, StopToken stop) override;
  std::size_t write_some(std::string_view data, int timeout_ms, StopToken stop) override;
  bool drain(int timeout_ms, StopToken stop) override;
  void release_buffers() override;
  session::TlsPeer tls() const override;

 private:
  /// Takes what OpenSSL wants to send. Nothing waits here.
  void collect();
  /// Gives OpenSSL bytes of the peer; false after `timeout_ms` without any.
  bool feed(int timeout_ms, StopToken stop);

  struct SslDeleter {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  std::unique_ptr<Stream> below_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  std::string encrypted_;  // to be sent
  std::size_t sent_ = 0;   // of encrypted_
};

}  // namespace sluice::server
