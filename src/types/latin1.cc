#include "types/latin1.h"

#include <array>

namespace sluice::types {

namespace {

// Code points of the bytes 0x80 to 0x9F. Source: the mapping table CP1252.TXT of the Unicode consortium.
constexpr std::array<char16_t, 32> kUpperControls = {0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                                     0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

}  // namespace

char32_t latin1_to_unicode(unsigned char byte) noexcept {
  return byte >= 0x80 && byte < 0xA0 ? kUpperControls[byte - 0x80] : byte;
}

int unicode_to_latin1(char32_t code_point) noexcept {
  if (code_point < 0x80 || (code_point >= 0xA0 && code_point <= 0xFF)) return static_cast<int>(code_point);
  for (std::size_t index = 0; index < kUpperControls.size(); ++index) {
    if (kUpperControls[index] == code_point) return static_cast<int>(0x80 + index);
  }
  return -1;
}

}  // namespace sluice::types
