// Hashes, ciphers and compression: MD5, SHA1, SHA2, PASSWORD, AES_ENCRYPT, RANDOM_BYTES, COMPRESS, ENCODE.
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "base/random.h"
#include "expression/function_families.h"
#include "expression/session_functions.h"
#include "expression/text_kernel.h"

namespace sluice::expression {

namespace {

/// Appends `bytes` in lower-case hexadecimal.
void append_lower_hex(std::string_view bytes, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char byte : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
}

struct Digest {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), size}; }
};

Digest digest_of(std::string_view text, const EVP_MD* algorithm) {
  Digest digest;
  const int done = EVP_Digest(text.data(), text.size(), digest.bytes.data(), &digest.size, algorithm, nullptr);
  SLUICE_CHECK(done == 1, "OpenSSL refused a digest of {} bytes", text.size());
  return digest;
}

std::string_view argument_bytes(TextResult& result, std::string_view text, std::string& buffer) {
  return encoded_text(text, argument_charset(result.call, 0), buffer);
}

bool md5(TextResult& result, std::string_view text) {
  std::string buffer;
  append_lower_hex(digest_of(argument_bytes(result, text, buffer), EVP_md5()).view(), result.out);
  return true;
}

bool sha1(TextResult& result, std::string_view text) {
  std::string buffer;
  append_lower_hex(digest_of(argument_bytes(result, text, buffer), EVP_sha1()).view(), result.out);
  return true;
}

bool sha2(TextResult& result, std::string_view text, std::int64_t bits) {
  const EVP_MD* algorithm = nullptr;
  switch (bits) {
    case 0:
    case 256:
      algorithm = EVP_sha256();
      break;
    case 224:
      algorithm = EVP_sha224();
      break;
    case 384:
      algorithm = EVP_sha384();
      break;
    case 512:
      algorithm = EVP_sha512();
      break;
    default:
      return false;
  }
  std::string buffer;
  append_lower_hex(digest_of(argument_bytes(result, text, buffer), algorithm).view(), result.out);
  return true;
}

bool sm3(TextResult& result, std::string_view text) {
  std::string buffer;
  append_lower_hex(digest_of(argument_bytes(result, text, buffer), EVP_sm3()).view(), result.out);
  return true;
}

/// mysql_native_password: '*' and the hexadecimal of SHA1(SHA1(text)); empty for an empty text.
bool password(TextResult& result, std::string_view text) {
  if (text.empty()) return true;
  const Digest first = digest_of(text, EVP_sha1());
  std::string hex;
  append_lower_hex(digest_of(first.view(), EVP_sha1()).view(), hex);
  result.out.push_back('*');
  for (const char digit : hex) result.out.push_back(digit >= 'a' ? static_cast<char>(digit - 32) : digit);
  return true;
}

/// A value of block_encryption_mode.
struct CipherMode {
  std::string_view name;
  const EVP_CIPHER* (*cipher)();
  std::size_t key_bytes;
  bool needs_vector;
};

constexpr CipherMode kCipherModes[] = {
    {"aes-128-ecb", EVP_aes_128_ecb, 16, false},      {"aes-192-ecb", EVP_aes_192_ecb, 24, false},
    {"aes-256-ecb", EVP_aes_256_ecb, 32, false},      {"aes-128-cbc", EVP_aes_128_cbc, 16, true},
    {"aes-192-cbc", EVP_aes_192_cbc, 24, true},       {"aes-256-cbc", EVP_aes_256_cbc, 32, true},
    {"aes-128-ofb", EVP_aes_128_ofb, 16, true},       {"aes-192-ofb", EVP_aes_192_ofb, 24, true},
    {"aes-256-ofb", EVP_aes_256_ofb, 32, true},       {"aes-128-cfb", EVP_aes_128_cfb128, 16, true},
    {"aes-192-cfb", EVP_aes_192_cfb128, 24, true},    {"aes-256-cfb", EVP_aes_256_cfb128, 32, true},
    {"aes-128-cfb1", EVP_aes_128_cfb1, 16, true},     {"aes-192-cfb1", EVP_aes_192_cfb1, 24, true},
    {"aes-256-cfb1", EVP_aes_256_cfb1, 32, true},     {"aes-128-cfb8", EVP_aes_128_cfb8, 16, true},
    {"aes-192-cfb8", EVP_aes_192_cfb8, 24, true},     {"aes-256-cfb8", EVP_aes_256_cfb8, 32, true},
    {"aes-128-cfb128", EVP_aes_128_cfb128, 16, true}, {"aes-192-cfb128", EVP_aes_192_cfb128, 24, true},
    {"aes-256-cfb128", EVP_aes_256_cfb128, 32, true},
};

const CipherMode& read_mode(EvalContext& context) {
  std::string name = "aes-128-ecb";
  if (context.session != nullptr) {
    const VariableValue variable = context.session->system_variable("block_encryption_mode", VariableScope::kDefault);
    if (variable.value.kind() == types::Value::Kind::kString) name = variable.value.as_string();
  }
  for (const CipherMode& mode : kCipherModes) {
    if (mode.name == name) return mode;
  }
  throw SqlError(ErrorCode::kWrongValueForVar, "block_encryption_mode", name);
}

/// The mode of the statement, read once per call.
const CipherMode& current_mode(TextResult& result) {
  return *result.context.function_state<const CipherMode*>(&result.call, [&] { return &read_mode(result.context); });
}

/// Folds a key of any length into the cipher's by exclusive or, as MySQL does.
std::array<unsigned char, 32> fold_key(std::string_view key, std::size_t key_bytes) {
  std::array<unsigned char, 32> folded{};
  for (std::size_t index = 0; index < key.size(); ++index)
    folded[index % key_bytes] ^= static_cast<unsigned char>(key[index]);
  return folded;
}

enum class Cipher : int { kDecrypt = 0, kEncrypt = 1 };

/// Runs the cipher; false if the input cannot be decrypted.
bool apply_cipher(const CipherMode& mode, Cipher direction, std::string_view text, std::string_view key,
                  std::string_view vector, std::string& out) {
  constexpr std::size_t kBlockBytes = 16;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                               &EVP_CIPHER_CTX_free);
  const std::array<unsigned char, 32> folded = fold_key(key, mode.key_bytes);
  const auto* initial = mode.needs_vector ? reinterpret_cast<const unsigned char*>(vector.data()) : nullptr;
  if (EVP_CipherInit_ex(cipher.get(), mode.cipher(), nullptr, folded.data(), initial, static_cast<int>(direction)) != 1)
    return false;
  out.resize(text.size() + kBlockBytes);
  auto* target = reinterpret_cast<unsigned char*>(out.data());
  int written = 0;
  int tail = 0;
  const bool done =
      EVP_CipherUpdate(cipher.get(), target, &written, reinterpret_cast<const unsigned char*>(text.data()),
                       static_cast<int>(text.size())) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), target + written, &tail) == 1;
  out.resize(done ? static_cast<std::size_t>(written + tail) : 0);
  return done;
}

template <Cipher direction>
bool aes_with_vector(TextResult& result, std::string_view text, std::string_view key, std::string_view vector) {
  const CipherMode& mode = current_mode(result);
  constexpr std::size_t kVectorBytes = 16;
  if (!mode.needs_vector) {
    if (result.context.warnings != nullptr)
      result.context.warnings->append(SqlError(ErrorCode::kWarnOptionIgnored, "IV"));
  } else if (vector.size() < kVectorBytes) {
    throw SqlError(ErrorCode::kAesInvalidIv, result.call.name());
  }
  std::string buffer;
  return apply_cipher(mode, direction, argument_bytes(result, text, buffer), key, vector, result.out);
}

template <Cipher direction>
bool aes(TextResult& result, std::string_view text, std::string_view key) {
  const CipherMode& mode = current_mode(result);
  if (mode.needs_vector) throw SqlError(ErrorCode::kWrongParamcountToNativeFct, result.call.name());
  std::string buffer;
  return apply_cipher(mode, direction, argument_bytes(result, text, buffer), key, {}, result.out);
}

bool random_bytes(TextResult& result, std::int64_t length) {
  constexpr std::int64_t kLengthMax = 1024;
  if (length < 1 || length > kLengthMax) throw SqlError(ErrorCode::kDataOutOfRange, "length", "random_bytes");
  result.out.resize(static_cast<std::size_t>(length));
  secure_random_bytes(result.out.data(), result.out.size());
  return true;
}

constexpr std::size_t kCompressHeaderBytes = 4;

/// Length of the text in four bytes, little endian, then zlib's format; a space at the end would be trimmed away by CHAR
/// columns, so a point follows it.
bool compress_text(TextResult& result, std::string_view text) {
  std::string buffer;
  text = argument_bytes(result, text, buffer);
  if (text.empty()) return true;
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  result.out.resize(kCompressHeaderBytes + size);
  const auto length = static_cast<std::uint32_t>(text.size());
  std::memcpy(result.out.data(), &length, kCompressHeaderBytes);
  const int status = compress(reinterpret_cast<Bytef*>(result.out.data() + kCompressHeaderBytes), &size,
                              reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()));
  SLUICE_CHECK(status == Z_OK, "zlib failed to compress {} bytes: {}", text.size(), status);
  result.out.resize(kCompressHeaderBytes + size);
  if (result.out.back() == ' ') result.out.push_back('.');
  return true;
}

void warn_corrupted(EvalContext& context) {
  if (context.warnings != nullptr) context.warnings->append(SqlError(ErrorCode::kZlibZDataError));
}

std::uint32_t stored_length(std::string_view compressed) {
  std::uint32_t length;
  std::memcpy(&length, compressed.data(), sizeof(length));
  return length & 0x3FFFFFFF;
}

bool uncompress_text(TextResult& result, std::string_view compressed) {
  if (compressed.empty()) return true;
  if (compressed.size() <= kCompressHeaderBytes) {
    warn_corrupted(result.context);
    return false;
  }
  uLongf size = stored_length(compressed);
  if (exceeds_packet(result, size)) return false;
  // zlib expands at most about 1,032 times; a larger claim is false and must not cost memory.
  constexpr std::size_t kExpansionMax = 1040;
  const bool is_plausible = size <= (compressed.size() - kCompressHeaderBytes) * kExpansionMax;
  if (is_plausible) result.out.resize(size);
  const int status = !is_plausible
                         ? Z_DATA_ERROR
                         : uncompress(reinterpret_cast<Bytef*>(result.out.data()), &size,
                                      reinterpret_cast<const Bytef*>(compressed.data() + kCompressHeaderBytes),
                                      static_cast<uLong>(compressed.size() - kCompressHeaderBytes));
  if (status != Z_OK) {
    warn_corrupted(result.context);
    return false;
  }
  result.out.resize(size);
  return true;
}

std::int64_t uncompressed_length(RowContext& context, std::string_view compressed) {
  if (compressed.empty()) return 0;
  if (compressed.size() <= kCompressHeaderBytes) {
    warn_corrupted(context.context);
    return 0;
  }
  return stored_length(compressed);
}

/// The stream cipher behind ENCODE and DECODE of MySQL 5.7: a permutation of the bytes and a random shift, both from the
/// password. Not secure; kept for data that was written with it.
class LegacyCipher {
 public:
  explicit LegacyCipher(std::string_view password) {
    std::uint32_t first = 1345345333;
    std::uint32_t second = 0x12345671;
    std::uint32_t add = 7;
    for (const char character : password) {
      if (character == ' ' || character == '\t') continue;
      const std::uint32_t byte = static_cast<unsigned char>(character);
      first ^= ((first & 63) + add) * byte + (first << 8);
      second += (second << 8) ^ first;
      add += byte;
    }
    seed1_ = (first & 0x7FFFFFFF) % kModulus;
    seed2_ = (second & 0x7FFFFFFF) % kModulus;
    for (unsigned index = 0; index < 256; ++index) decoding_[index] = static_cast<unsigned char>(index);
    for (unsigned index = 0; index < 256; ++index) std::swap(decoding_[next_byte()], decoding_[index]);
    for (unsigned index = 0; index < 256; ++index) encoding_[decoding_[index]] = static_cast<unsigned char>(index);
  }

  void encode(std::string_view text, std::string& out) {
    unsigned shift = 0;
    for (const char character : text) {
      const auto byte = static_cast<unsigned char>(character);
      shift ^= next_byte();
      out.push_back(static_cast<char>(encoding_[byte] ^ shift));
      shift ^= byte;
    }
  }

  void decode(std::string_view text, std::string& out) {
    unsigned shift = 0;
    for (const char character : text) {
      shift ^= next_byte();
      const unsigned char byte = decoding_[(static_cast<unsigned char>(character) ^ shift) & 255];
      out.push_back(static_cast<char>(byte));
      shift ^= byte;
    }
  }

 private:
  static constexpr std::uint32_t kModulus = 0x3FFFFFFF;

  unsigned next_byte() {
    seed1_ = static_cast<std::uint32_t>((std::uint64_t{seed1_} * 3 + seed2_) % kModulus);
    seed2_ = static_cast<std::uint32_t>((std::uint64_t{seed1_} + seed2_ + 33) % kModulus);
    return static_cast<unsigned>(static_cast<double>(seed1_) / static_cast<double>(kModulus) * 255.0);
  }

  std::uint32_t seed1_;
  std::uint32_t seed2_;
  std::array<unsigned char, 256> decoding_;
  std::array<unsigned char, 256> encoding_;
};

bool encode(TextResult& result, std::string_view text, std::string_view password) {
  LegacyCipher(password).encode(text, result.out);
  return true;
}

bool decode(TextResult& result, std::string_view text, std::string_view password) {
  LegacyCipher(password).decode(text, result.out);
  return true;
}

void cast_strings(FunctionBinder& binder, std::size_t count) {
  for (std::size_t index = 0; index < count; ++index) binder.cast_to_string(index);
}

template <Kernel kKernel, int characters>
void bind_digest(FunctionBinder& binder) {
  binder.cast_to_string(0);
  if (binder.argument_count() == 2) binder.cast_to_int(1);
  binder.set_connection_string_result(characters);
  binder.set_kernel(kKernel);
}

template <Cipher direction>
void bind_aes(FunctionBinder& binder) {
  const std::size_t count = binder.argument_count();
  cast_strings(binder, count);
  const std::int64_t bound = character_bound(binder, 0);
  binder.set_result(binary_string_type(bound < 0 ? -1 : (bound * 4 / 16 + 1) * 16));
  binder.set_kernel(count == 2 ? text_kernel<&aes<direction>> : text_kernel<&aes_with_vector<direction>>);
}

template <Kernel kKernel>
void bind_bytes(FunctionBinder& binder) {
  cast_strings(binder, binder.argument_count());
  binder.set_result(binary_string_type(-1));
  binder.set_kernel(kKernel);
}

void bind_random_bytes(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.set_result(binary_string_type(1024));
  binder.set_kernel(text_kernel<&random_bytes>);
}

void bind_uncompressed_length(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(int_type(10));
  binder.set_kernel(row_kernel<&uncompressed_length>);
}

constexpr FunctionDefinition kCryptoFunctions[] = {
    {"md5", 1, 1, kPlainFunction, bind_digest<text_kernel<&md5>, 32>},
    {"sha", 1, 1, kPlainFunction, bind_digest<text_kernel<&sha1>, 40>},
    {"sha1", 1, 1, kPlainFunction, bind_digest<text_kernel<&sha1>, 40>},
    {"sha2", 2, 2, kPlainFunction, bind_digest<text_kernel<&sha2>, 128>},
    {"sm3", 1, 1, kPlainFunction, bind_digest<text_kernel<&sm3>, 64>},
    {"password", 1, 1, kPlainFunction, bind_digest<text_kernel<&password>, 41>},
    {"aes_encrypt", 2, 3, kUsesSession | kNotFolded, bind_aes<Cipher::kEncrypt>},
    {"aes_decrypt", 2, 3, kUsesSession | kNotFolded, bind_aes<Cipher::kDecrypt>},
    {"random_bytes", 1, 1, kNonDeterministic, bind_random_bytes},
    {"compress", 1, 1, kPlainFunction, bind_bytes<text_kernel<&compress_text>>},
    {"uncompress", 1, 1, kPlainFunction, bind_bytes<text_kernel<&uncompress_text>>},
    {"uncompressed_length", 1, 1, kPlainFunction, bind_uncompressed_length},
    {"encode", 2, 2, kPlainFunction, bind_bytes<text_kernel<&encode>>},
    {"decode", 2, 2, kPlainFunction, bind_bytes<text_kernel<&decode>>},
};

}  // namespace

std::span<const FunctionDefinition> crypto_functions() { return kCryptoFunctions; }

}  // namespace sluice::expression
