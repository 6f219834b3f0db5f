#include "server/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/sql_error.h"
#include "server/tls_stream.h"

namespace sluice::server {
namespace {

std::string last_error() {
  char reason[256] = "unknown";
  const unsigned long code = ERR_get_error();
  if (code != 0) ERR_error_string_n(code, reason, sizeof(reason));
  ERR_clear_error();
  return reason;
}

[[noreturn]] void fail(const std::string& what) {
  throw SqlError::with_message(ErrorCode::kUnknownError, what + ": " + last_error());
}

}  // namespace

void initialise_tls_library() { OPENSSL_init_ssl(0, nullptr); }

TlsContext::TlsContext(const CertificateFiles& files, const std::string& authority)
    : context_(SSL_CTX_new(TLS_server_method())) {
  if (context_ == nullptr) fail("cannot set up TLS");
  try {
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_options(
        context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    // Of TLS 1.2 only what has forward secrecy and authenticated encryption.
    if (SSL_CTX_set_cipher_list(context_, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM") != 1) fail("cannot set up TLS");
    SSL_CTX_set_mode(context_,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str()) != 1)
      fail("cannot use the certificate " + files.certificate);
    if (SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
      fail("cannot use the key " + files.key);
    if (SSL_CTX_check_private_key(context_) != 1) fail("the key " + files.key + " is not that of " + files.certificate);
    if (!authority.empty()) {
      if (SSL_CTX_load_verify_locations(context_, authority.c_str(), nullptr) != 1)
        fail("cannot use the authorities of " + authority);
      SSL_CTX_set_client_CA_list(context_, SSL_load_client_CA_file(authority.c_str()));
      // A client may come without a certificate; accounts with REQUIRE X509 do not let it in.
      SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
    }
  } catch (...) {
    SSL_CTX_free(context_);
    throw;
  }
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::unique_ptr<Stream> TlsContext::accept(std::unique_ptr<Stream> below, std::string_view received, int timeout_ms,
                                           StopToken stop) const {
  auto stream = std::make_unique<TlsStream>(*context_, std::move(below), received);
  stream->shake_hands(timeout_ms, stop);
  return stream;
}

}  // namespace sluice::server
