#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kv/embedded/mvcc_key.h"

/// The engine's own records: single RocksDB entries above all user keys, overwritten in place.
///
///   key    0xFF | name | 8 zero bytes (so that the prefix extractor treats it as any other key)
///   value  unsigned integer, big-endian, 8 bytes
namespace sluice::kv {

/// Layout version of the whole store. A store with another number is refused.
inline constexpr std::uint64_t kFormatVersion = 1;

inline constexpr std::string_view kFormatRecord{
    "\xff"
    "sluice.format\0\0\0\0\0\0\0\0",
    22};
/// No commit timestamp at or above it has been given out; the clock starts there after a restart.
inline constexpr std::string_view kClockBoundRecord{
    "\xff"
    "sluice.clock_bound\0\0\0\0\0\0\0\0",
    27};
/// Versions may have been collected below it; older snapshots are refused after a restart too.
inline constexpr std::string_view kSafepointRecord{
    "\xff"
    "sluice.safepoint\0\0\0\0\0\0\0\0",
    25};

inline std::string encode_record(std::uint64_t number) {
  const std::uint64_t encoded = to_big_endian(number);
  return std::string(reinterpret_cast<const char*>(&encoded), sizeof(encoded));
}

inline std::optional<std::uint64_t> decode_record(std::string_view value) noexcept {
  if (value.size() != sizeof(std::uint64_t)) return std::nullopt;
  std::uint64_t encoded;
  std::memcpy(&encoded, value.data(), sizeof(encoded));
  return to_big_endian(encoded);
}

}  // namespace sluice::kv
