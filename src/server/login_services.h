/// What all logins of a server share.
#pragma once

#include <memory>
#include <string>

#include "server/password_cache.h"
#include "server/rsa_key.h"
#include "server/tls_context.h"
#include "session/connection_session.h"

namespace sluice::server {

/// How connections are secured.
struct SecurityOptions {
  std::string directory;    // of the keys that the server makes
  std::string certificate;  // PEM; with `key`, or both empty
  std::string key;
  std::string authority;          // PEM; empty: client certificates are not asked for
  bool makes_certificate = true;  // in `directory`, if none is given; false: no TLS then
};

/// Ownership: the factory outlives it. Thread-safe: members are, or do not change.
struct LoginServices {
  /// Throws: SqlError naming a file that cannot be used.
  LoginServices(session::SessionFactory& factory, const SecurityOptions& options);

  session::SessionFactory& sessions;
  const CertificateFiles certificate;           // in use; empty without TLS
  const std::unique_ptr<const TlsContext> tls;  // null: no TLS
  RsaKey rsa;
  PasswordCache passwords;
};

}  // namespace sluice::server
