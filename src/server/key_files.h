/// Keys and certificates in the data directory, made when they are missing, as MySQL does.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "base/stop_token.h"

namespace sluice::server {

struct PrivateKeyDeleter {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, PrivateKeyDeleter>;

/// Where a certificate chain and its key lie, as PEM.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

/// `directory`/server-cert.pem and server-key.pem. Without a certificate both are made: a P-256 key and a certificate signed by itself, for ten years, for
/// localhost, the loopback addresses and this machine's name. Both are durable on return; the key is readable by its owner only.
/// Throws: SqlError 1105 naming the file.
CertificateFiles ensure_certificate(const std::string& directory);

/// The RSA key of `directory`/private_key.pem. If it is missing, a 2,048-bit one is made, with public_key.pem beside it.
/// Throws: SqlError 1105 naming the file; Stopped (making a key takes some tenths of a second).
PrivateKey ensure_rsa_key(const std::string& directory, StopToken stop);

}  // namespace sluice::server
