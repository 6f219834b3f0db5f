#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Length in bytes of the longest prefix of `text` that is well-formed UTF-8 (RFC 3629): text.size() if all is.
std::size_t utf8_prefix(std::string_view text) noexcept;

/// `text` with each byte that is part of no UTF-8 character as "\xE9", so that every client can read what quotes bytes.
std::string escape_invalid_utf8(std::string text);

}  // namespace sluice
