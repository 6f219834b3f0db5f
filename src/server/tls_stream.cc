#include "server/tls_stream.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base/check.h"
#include "base/logging.h"

namespace sluice::server {
namespace {

/// One TLS record.
constexpr std::size_t kRecordBytes = 16 << 10;

std::string one_line(X509_NAME* name) {
  char text[1024] = {};
  return X509_NAME_oneline(name, text, sizeof(text)) == nullptr ? std::string() : text;
}

}  // namespace

TlsStream::TlsStream(SSL_CTX& context, std::unique_ptr<Stream> below, std::string_view received)
    : below_(std::move(below)), ssl_(SSL_new(&context)) {
  SLUICE_CHECK(ssl_ != nullptr, "no memory for a TLS connection");
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in, out);
  if (!received.empty()) BIO_write(in, received.data(), static_cast<int>(received.size()));
  SSL_set_accept_state(ssl_.get());
}

TlsStream::~TlsStream() = default;

void TlsStream::collect() {
  BIO* const out = SSL_get_wbio(ssl_.get());
  const std::size_t waiting = BIO_ctrl_pending(out);
  if (waiting == 0) return;
  const std::size_t have = encrypted_.size();
  encrypted_.resize(have + waiting);
  const int taken = BIO_read(out, encrypted_.data() + have, static_cast<int>(waiting));
  encrypted_.resize(have + static_cast<std::size_t>(std::max(taken, 0)));
}

bool TlsStream::feed(int timeout_ms, StopToken stop) {
  char bytes[kRecordBytes];
  const std::size_t count = below_->read_some(bytes, timeout_ms, stop);
  if (count == 0) return false;
  BIO_write(SSL_get_rbio(ssl_.get()), bytes, static_cast<int>(count));
  return true;
}

void TlsStream::shake_hands(int timeout_ms, StopToken stop) {
  while (true) {
    stop.poll();
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
    collect();
    // Also after a failure: the alert tells the client why.
    if (!drain(timeout_ms, stop)) throw ConnectionLost{"the client stalled inside the TLS handshake"};
    if (result == 1) return;
    if (error != SSL_ERROR_WANT_READ) {
      char reason[256] = "closed by the client";
      const unsigned long code = ERR_get_error();
      if (code != 0) ERR_error_string_n(code, reason, sizeof(reason));
      ERR_clear_error();
      log_info("a TLS handshake failed", {{"reason", reason}});
      throw ConnectionLost{"the TLS handshake failed"};
    }
    if (!feed(timeout_ms, stop)) throw ConnectionLost{"the client stalled inside the TLS handshake"};
  }
}

std::size_t TlsStream::read_some(std::span<char> buffer, int timeout_ms, StopToken stop) {
  while (true) {
    stop.poll();
    ERR_clear_error();
    std::size_t count = 0;
    if (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count) == 1) return count;
    const int error = SSL_get_error(ssl_.get(), 0);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN) throw ConnectionLost{"closed by the client"};
    if (error != SSL_ERROR_WANT_READ) throw ConnectionLost{"TLS failed"};
    // Answers to the peer's own messages (a new key) go with the next output.
    collect();
    if (!feed(timeout_ms, stop)) return 0;
  }
}

std::size_t TlsStream::write_some(std::string_view data, int timeout_ms, StopToken stop) {
  if (!drain(timeout_ms, stop)) return 0;
  ERR_clear_error();
  std::size_t count = 0;
  const std::string_view record = data.substr(0, kRecordBytes);
  if (SSL_write_ex(ssl_.get(), record.data(), record.size(), &count) != 1) {
    ERR_clear_error();
    throw ConnectionLost{"TLS failed"};
  }
  collect();
  return count;
}

bool TlsStream::drain(int timeout_ms, StopToken stop) {
  while (sent_ < encrypted_.size()) {
    const std::size_t taken = below_->write_some(std::string_view(encrypted_).substr(sent_), timeout_ms, stop);
    if (taken == 0) return false;
    sent_ += taken;
  }
  encrypted_.clear();
  sent_ = 0;
  return below_->drain(timeout_ms, stop);
}

void TlsStream::release_buffers() {
  if (encrypted_.empty()) std::string().swap(encrypted_);
  // A memory buffer of OpenSSL keeps its largest size.
  if (BIO_ctrl_pending(SSL_get_rbio(ssl_.get())) == 0) SSL_set0_rbio(ssl_.get(), BIO_new(BIO_s_mem()));
  if (BIO_ctrl_pending(SSL_get_wbio(ssl_.get())) == 0) SSL_set0_wbio(ssl_.get(), BIO_new(BIO_s_mem()));
  below_->release_buffers();
}

session::TlsPeer TlsStream::tls() const {
  session::TlsPeer peer;
  peer.version = SSL_get_version(ssl_.get());
  peer.cipher = SSL_get_cipher_name(ssl_.get());
  peer.verify_mode = SSL_get_verify_mode(ssl_.get());
  for (int i = 0; const char* const name = SSL_get_cipher_list(ssl_.get(), i); ++i)
    peer.cipher_list.append(i == 0 ? "" : ":").append(name);
  if (X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
      certificate != nullptr && SSL_get_verify_result(ssl_.get()) == X509_V_OK) {
    peer.has_certificate = true;
    peer.issuer = one_line(X509_get_issuer_name(certificate));
    peer.subject = one_line(X509_get_subject_name(certificate));
  }
  return peer;
}

}  // namespace sluice::server
