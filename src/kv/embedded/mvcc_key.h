#pragma once

#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include "kv/timestamp.h"

/// How versions lie in RocksDB:
///
///   key    user key (n bytes) | ~commit_ts, big-endian (8 bytes)
///   value  kind (1 byte: 'P' put, 'D' deletion) | the user's value (puts only)
///
/// Versions of one user key lie side by side, newest first. User keys are prefix-free (kv/key_range.h), so plain concatenation keeps their
/// order. Keys that start with byte 0xFF are the engine's own records and carry no version; see engine_record.h.
namespace sluice::kv {

inline constexpr std::size_t kVersionBytes = 8;
inline constexpr char kPutKind = 'P';
inline constexpr char kDeleteKind = 'D';
inline constexpr char kEngineKeyByte = '\xff';

inline std::uint64_t to_big_endian(std::uint64_t number) noexcept {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(number);
}

inline void store_version(Timestamp ts, char* out) noexcept {
  const std::uint64_t encoded = to_big_endian(~ts);
  std::memcpy(out, &encoded, kVersionBytes);
}

/// `versioned_key` must be at least kVersionBytes long.
inline Timestamp version_of(std::string_view versioned_key) noexcept {
  std::uint64_t encoded;
  std::memcpy(&encoded, versioned_key.data() + versioned_key.size() - kVersionBytes, kVersionBytes);
  return ~to_big_endian(encoded);
}

inline std::string_view user_key_of(std::string_view versioned_key) noexcept {
  return versioned_key.substr(0, versioned_key.size() - kVersionBytes);
}

inline bool is_version_of(std::string_view versioned_key, std::string_view user_key) noexcept {
  return versioned_key.size() == user_key.size() + kVersionBytes &&
         std::memcmp(versioned_key.data(), user_key.data(), user_key.size()) == 0;
}

/// A versioned key built in place: no allocation for keys up to 200 bytes. Move- and copy-free; used on the stack for seeks.
class VersionedKey {
 public:
  VersionedKey() = default;
  VersionedKey(std::string_view user_key, Timestamp ts) { assign(user_key, ts); }
  VersionedKey(const VersionedKey&) = delete;
  VersionedKey& operator=(const VersionedKey&) = delete;

  void assign(std::string_view user_key, Timestamp ts) {
    size_ = user_key.size() + kVersionBytes;
    char* out = inline_bytes_;
    if (size_ > sizeof(inline_bytes_)) {
      if (heap_bytes_.size() < size_) heap_bytes_.resize(size_);
      out = heap_bytes_.data();
    }
    std::memcpy(out, user_key.data(), user_key.size());
    store_version(ts, out + user_key.size());
    bytes_ = out;
  }

  std::string_view view() const noexcept { return {bytes_, size_}; }

 private:
  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::string heap_bytes_;
  char inline_bytes_[200 + kVersionBytes];
};

}  // namespace sluice::kv
