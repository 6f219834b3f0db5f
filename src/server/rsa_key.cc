#include "server/rsa_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/sql_error.h"

namespace sluice::server {
namespace {

struct BioDeleter {
  void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
struct KeyContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};

}  // namespace

EVP_PKEY& RsaKey::key(StopToken stop) {
  {
    MutexLock lock(mutex_);
    settled_.wait(lock, stop, [this]() SLUICE_NO_THREAD_SAFETY_ANALYSIS { return !is_loading_; });
    if (key_ != nullptr) return *key_;
    is_loading_ = true;
  }
  PrivateKey made;
  try {
    made = ensure_rsa_key(directory_, stop);
  } catch (...) {
    MutexLock lock(mutex_);
    is_loading_ = false;
    settled_.notify_all();
    throw;
  }
  MutexLock lock(mutex_);
  is_loading_ = false;
  key_ = std::move(made);
  settled_.notify_all();
  return *key_;
}

std::string RsaKey::public_pem(StopToken stop) {
  EVP_PKEY& pair = key(stop);
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(bio.get(), &pair) != 1)
    throw SqlError::with_message(ErrorCode::kUnknownError, "cannot encode the public key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::optional<std::string> RsaKey::decrypt(std::string_view ciphertext, StopToken stop) {
  EVP_PKEY& pair = key(stop);
  const std::unique_ptr<EVP_PKEY_CTX, KeyContextDeleter> context(EVP_PKEY_CTX_new(&pair, nullptr));
  std::string text(static_cast<std::size_t>(EVP_PKEY_get_size(&pair)), '\0');
  std::size_t size = text.size();
  const bool decrypted =
      EVP_PKEY_decrypt_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
      EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(text.data()), &size,
                       reinterpret_cast<const unsigned char*>(ciphertext.data()), ciphertext.size()) == 1;
  ERR_clear_error();
  if (!decrypted) return std::nullopt;
  text.resize(size);
  return text;
}

}  // namespace sluice::server
