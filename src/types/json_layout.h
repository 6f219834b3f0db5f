#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::types::json_layout {

// Sizes of the parts of an array or object body; see JsonView for the drawing. All integers are little endian, which is
// the byte order of every machine this runs on.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

inline constexpr std::size_t kHeaderBytes = 8;      ///< count, total size
inline constexpr std::size_t kKeyEntryBytes = 6;    ///< offset, length
inline constexpr std::size_t kValueEntryBytes = 5;  ///< type, offset or literal
inline constexpr std::size_t kKeyLengthMax = 65535;

template <class T>
T load(const char* bytes) noexcept {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <class T>
void append(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

template <class T>
void store(T value, std::size_t position, std::string& out) noexcept {
  std::memcpy(out.data() + position, &value, sizeof(T));
}

inline void append_uvarint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

/// Reads a varint at `position` and moves it behind. Returns false if it is cut short or longer than 64 bits.
inline bool read_uvarint(std::string_view bytes, std::size_t& position, std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64 && position < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[position++]);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return shift < 63 || byte <= 1;
  }
  return false;
}

}  // namespace sluice::types::json_layout
