#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::types {

/// Appends `bytes` in base 64 with padding (RFC 4648, section 4), in lines of `line_length` characters joined by '\n';
/// 0 for one line.
void append_base64(std::string_view bytes, std::size_t line_length, std::string& out);

/// Appends what `text` stands for; white space is skipped. Returns false (with `out` in any state) if it is not base 64.
bool append_from_base64(std::string_view text, std::string& out);

}  // namespace sluice::types
