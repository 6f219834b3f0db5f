// Numbers as bytes: memcomparable (fixed width, order of bytes is order of numbers) and varints.
//
// append_ functions write to the end of `out`. decode_ functions take their bytes off the front of `in` and return false, with
// `in` and `out` unspecified, if there are too few or they are malformed. Layouts: TiDB's codec.
//
//   int     8 bytes big endian of value XOR 2^63          -1 -> 7fffffffffffffff
//   uint    8 bytes big endian
//   double  IEEE bits, top bit set if >= 0, else all bits inverted; big endian   1.5 -> bff8000000000000
//   uvarint LEB128;  varint: zigzag, then LEB128
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::codec {

inline constexpr std::uint64_t kSignBit = 1ull << 63;

inline std::uint64_t to_big_endian(std::uint64_t value) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

inline void store_big_endian(std::uint64_t value, char* out) noexcept {
  value = to_big_endian(value);
  std::memcpy(out, &value, 8);
}
inline std::uint64_t load_big_endian(const char* bytes) noexcept {
  std::uint64_t value;
  std::memcpy(&value, bytes, 8);
  return to_big_endian(value);
}

inline std::uint64_t double_to_ordered(double value) noexcept {
  if (value == 0) value = 0;  // -0.0 and 0.0 give the same bytes
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}
inline double ordered_to_double(std::uint64_t ordered) noexcept {
  return std::bit_cast<double>((ordered & kSignBit) != 0 ? ordered & ~kSignBit : ~ordered);
}

inline void append_uint(std::uint64_t value, std::string& out) {
  char bytes[8];
  store_big_endian(value, bytes);
  out.append(bytes, 8);
}
inline void append_int(std::int64_t value, std::string& out) {
  append_uint(static_cast<std::uint64_t>(value) ^ kSignBit, out);
}
inline void append_float(double value, std::string& out) { append_uint(double_to_ordered(value), out); }

[[nodiscard]] inline bool decode_uint(std::string_view& in, std::uint64_t& out) noexcept {
  if (in.size() < 8) return false;
  out = load_big_endian(in.data());
  in.remove_prefix(8);
  return true;
}
[[nodiscard]] inline bool decode_int(std::string_view& in, std::int64_t& out) noexcept {
  std::uint64_t bits;
  if (!decode_uint(in, bits)) return false;
  out = static_cast<std::int64_t>(bits ^ kSignBit);
  return true;
}
[[nodiscard]] inline bool decode_float(std::string_view& in, double& out) noexcept {
  std::uint64_t bits;
  if (!decode_uint(in, bits)) return false;
  out = ordered_to_double(bits);
  return true;
}

inline void append_uvarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}
inline void append_varint(std::int64_t value, std::string& out) {
  append_uvarint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63), out);
}
[[nodiscard]] inline bool decode_uvarint(std::string_view& in, std::uint64_t& out) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    if (i == 9 && byte > 1) return false;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      in.remove_prefix(i + 1);
      out = value;
      return true;
    }
  }
  return false;
}
[[nodiscard]] inline bool decode_varint(std::string_view& in, std::int64_t& out) noexcept {
  std::uint64_t bits;
  if (!decode_uvarint(in, bits)) return false;
  out = static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
  return true;
}

}  // namespace sluice::codec
