// Byte strings as bytes: memcomparable groups for keys, length-prefixed for values.
//
// Memcomparable: groups of 8 bytes, zero padded, each followed by the marker 0xff - pad count. A length that is a multiple of 8
// adds an all-pad group, so that no string is a prefix of another:
//   01 02 03 -> 01 02 03 00 00 00 00 00 fa        (empty) -> 00 00 00 00 00 00 00 00 f7
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::codec {

inline constexpr std::size_t kBytesGroup = 8;

constexpr std::size_t encoded_bytes_size(std::size_t size) noexcept {
  return (size / kBytesGroup + 1) * (kBytesGroup + 1);
}

/// Appends the memcomparable form.
void append_bytes(std::string_view bytes, std::string& out);

/// Takes a memcomparable string off the front of `in` and appends its bytes to `out`. False if a marker or a pad byte is
/// wrong or the string does not end; `in` and `out` are then unspecified.
[[nodiscard]] bool decode_bytes(std::string_view& in, std::string& out);

/// Takes it off without building it; pad bytes are not checked.
[[nodiscard]] bool skip_bytes(std::string_view& in) noexcept;

/// Zigzag varint length ‖ raw bytes.
void append_compact_bytes(std::string_view bytes, std::string& out);
[[nodiscard]] bool decode_compact_bytes(std::string_view& in, std::string_view& out) noexcept;

/// The smallest key above all keys that begin with `prefix`; empty if there is none (all bytes ff).
std::string next_after_prefix(std::string_view prefix);

}  // namespace sluice::codec
