/// The RSA key by which clients without TLS hide their passwords.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "server/key_files.h"

namespace sluice::server {

/// The key pair of a data directory, read or made on first use, so that the start of the server does not wait for it.
///
/// Thread-safe: one caller makes the key while the others wait.
class RsaKey {
 public:
  explicit RsaKey(std::string directory) : directory_(std::move(directory)) {}

  /// Throws: SqlError naming the file; Stopped.
  std::string public_pem(StopToken stop);
  /// What a client encrypted by the public key with OAEP padding; nullopt if it is not of that form.
  /// Throws: as public_pem().
  std::optional<std::string> decrypt(std::string_view ciphertext, StopToken stop);

 private:
  EVP_PKEY& key(StopToken stop);

  const std::string directory_;
  Mutex mutex_;
  Condition settled_;
  bool is_loading_ SLUICE_GUARDED_BY(mutex_) = false;
  PrivateKey key_ SLUICE_GUARDED_BY(mutex_);  // constant once set
};

}  // namespace sluice::server
