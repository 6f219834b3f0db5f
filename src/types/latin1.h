#pragma once

#include <cstdint>

namespace sluice::types {

/// Code point of a byte of MySQL's latin1, which is Windows code page 1252 with its five holes filled by the C1 controls of the same number.
char32_t latin1_to_unicode(unsigned char byte) noexcept;

/// The byte of `code_point` in MySQL's latin1, or -1 if it has none.
int unicode_to_latin1(char32_t code_point) noexcept;

}  // namespace sluice::types
