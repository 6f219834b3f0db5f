/// TLS of the MySQL port: certificate, settings, handshake.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/stop_token.h"
#include "server/key_files.h"
#include "server/stream.h"

struct ssl_ctx_st;

namespace sluice::server {

/// Sets OpenSSL up. A program calls it before it starts threads: OpenSSL's own end, at exit, then comes after that of the WorkerPool's threads,
/// of which it keeps state that each thread frees as it ends. Thread-safe.
void initialise_tls_library();

/// A server's certificate and settings: TLS 1.2 and 1.3, no renegotiation, no session tickets.
///
/// Thread-safety: const members from any number of threads.
class TlsContext {
 public:
  /// `authority`: PEM file of the authorities whose client certificates are taken (for REQUIRE X509); empty: none are asked for.
  /// Throws: SqlError 1105 naming the file that cannot be used.
  TlsContext(const CertificateFiles& files, const std::string& authority);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// Runs the server's side of the handshake over `below` and returns the stream inside. `received`: bytes of the client's that were read already.
  /// `timeout_ms`: longest wait for the client. Throws: ConnectionLost, also if the handshake fails; Stopped.
  std::unique_ptr<Stream> accept(std::unique_ptr<Stream> below, std::string_view received, int timeout_ms,
                                 StopToken stop) const;

 private:
  ssl_ctx_st* context_;
};

}  // namespace sluice::server
