/// TLS of a connection, and what an account demands of it (CREATE USER ... REQUIRE).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::session {

/// The TLS of a client's connection; all empty on a plain one. Names are OpenSSL's.
struct TlsPeer {
  std::string version;  // "TLSv1.3"
  std::string cipher;
  std::string cipher_list;  // what the server would take, separated by ':'
  int verify_mode = 0;      // SSL_VERIFY_...
  bool has_certificate = false;
  std::string issuer;  // "/C=.../CN=..." of a certificate that was verified
  std::string subject;

  bool is_active() const noexcept { return !version.empty(); }
};

/// What an account demands. Stored as JSON in mysql.global_priv, as in TiDB: {"ssl_type":1}, with ssl_cipher, x509_issuer, x509_subject.
struct TlsRequirement {
  enum class Kind : std::uint8_t {
    kNone = 0,
    kTls = 1,
    kCertificate = 2,
    kSpecified = 3,
    kUnreadable = 4 /* nothing meets it */
  };
  Kind kind = Kind::kNone;
  std::string cipher;  // of kSpecified; empty: any
  std::string issuer;
  std::string subject;
};

/// Whether a login over `peer` is let through.
bool is_met(const TlsRequirement& requirement, const TlsPeer& peer) noexcept;

std::string to_json(const TlsRequirement& requirement);
/// kUnreadable for a text that is not of that form, so that a broken row lets nobody in.
TlsRequirement tls_requirement_from_json(std::string_view text);

/// What stands after REQUIRE: "NONE", "SSL", "X509", "CIPHER 'x' ISSUER 'y'".
std::string to_sql(const TlsRequirement& requirement);

}  // namespace sluice::session
