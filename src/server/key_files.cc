#include "server/key_files.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/random.h"
#include "base/sql_error.h"
#include "server/stream.h"

namespace sluice::server {
namespace {

constexpr int kRsaBits = 2048;
constexpr long kCertificateSeconds = 3650L * 24 * 3600;
constexpr mode_t kSecretMode = 0600;
constexpr mode_t kPublicMode = 0644;

struct BioDeleter {
  void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;

struct CertificateDeleter {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, CertificateDeleter>;

struct KeyContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, KeyContextDeleter>;

[[noreturn]] void fail(const std::string& what, const char* reason) {
  throw SqlError::with_message(ErrorCode::kUnknownError, what + ": " + reason);
}

[[noreturn]] void fail_openssl(const std::string& what) {
  char reason[256] = "unknown";
  const unsigned long code = ERR_get_error();
  if (code != 0) ERR_error_string_n(code, reason, sizeof(reason));
  ERR_clear_error();
  fail(what, reason);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

void sync_directory(const std::string& directory) {
  const FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) fail("cannot sync " + directory, std::strerror(errno));
}

/// Writes a whole file or none, durably.
void write_file(const std::string& directory, const std::string& name, std::string_view text, mode_t mode) {
  const std::string path = directory + "/" + name;
  const std::string unfinished = path + ".new";
  ::unlink(unfinished.c_str());
  const FileDescriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.get() < 0) fail("cannot create " + unfinished, std::strerror(errno));
  while (!text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write " + unfinished, std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file.get()) != 0) fail("cannot sync " + unfinished, std::strerror(errno));
  if (::rename(unfinished.c_str(), path.c_str()) != 0) fail("cannot rename " + unfinished, std::strerror(errno));
  sync_directory(directory);
}

std::string private_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    fail_openssl("cannot encode a key");
  return text_of(bio.get());
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) fail_openssl("cannot make a certificate");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Whether the text can stand in a list of alternative names.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
                              std::string::npos;
}

Certificate make_certificate(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509* const made = certificate.get();
  std::uint64_t serial = 0;
  secure_random_bytes(&serial, sizeof(serial));
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1);
  // Clients' clocks may be behind.
  X509_gmtime_adj(X509_getm_notBefore(made), -24L * 3600);
  X509_gmtime_adj(X509_getm_notAfter(made), kCertificateSeconds);
  X509_set_pubkey(made, key);
  X509_NAME* const name = X509_get_subject_name(made);
  static constexpr char kName[] = "Sluice_Auto_Generated_Server_Certificate";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(kName), -1, -1, 0);
  X509_set_issuer_name(made, name);
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  const std::string host = host_name();
  if (is_plain_name(host)) names += ",DNS:" + host;
  add_extension(made, NID_subject_alt_name, names);
  add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made, NID_subject_key_identifier, "hash");
  if (X509_sign(made, key, EVP_sha256()) == 0) fail_openssl("cannot sign a certificate");
  return certificate;
}

PrivateKey make_rsa_key(StopToken stop) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_keygen_init(context.get()) != 1 || EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), kRsaBits) != 1)
    fail_openssl("cannot make an RSA key");
  EVP_PKEY_CTX_set_app_data(context.get(), &stop);
  EVP_PKEY_CTX_set_cb(context.get(), [](EVP_PKEY_CTX* running) {
    return static_cast<StopToken*>(EVP_PKEY_CTX_get_app_data(running))->stop_requested() ? 0 : 1;
  });
  const int made = EVP_PKEY_keygen(context.get(), &key);
  PrivateKey owned(key);
  stop.poll();
  if (made != 1) fail_openssl("cannot make an RSA key");
  return owned;
}

}  // namespace

CertificateFiles ensure_certificate(const std::string& directory) {
  CertificateFiles files{directory + "/server-cert.pem", directory + "/server-key.pem"};
  if (exists(files.certificate)) {
    if (!exists(files.key)) fail(files.key, "missing beside server-cert.pem");
    return files;
  }
  const PrivateKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) fail_openssl("cannot make a key");
  const Certificate certificate = make_certificate(key.get());
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate.get()) != 1) fail_openssl("cannot encode a certificate");
  // The certificate last: where it is, the pair is whole.
  write_file(directory, "server-key.pem", private_pem(key.get()), kSecretMode);
  write_file(directory, "server-cert.pem", text_of(bio.get()), kPublicMode);
  return files;
}

PrivateKey ensure_rsa_key(const std::string& directory, StopToken stop) {
  const std::string path = directory + "/private_key.pem";
  if (exists(path)) {
    const Bio bio(BIO_new_file(path.c_str(), "r"));
    if (bio == nullptr) fail_openssl("cannot read " + path);
    PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    if (key == nullptr) fail_openssl("cannot read " + path);
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) fail(path, "not an RSA key");
    return key;
  }
  PrivateKey key = make_rsa_key(stop);
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(bio.get(), key.get()) != 1) fail_openssl("cannot encode a key");
  write_file(directory, "public_key.pem", text_of(bio.get()), kPublicMode);
  write_file(directory, "private_key.pem", private_pem(key.get()), kSecretMode);
  return key;
}

}  // namespace sluice::server
