#pragma once

#include <string>
#include <string_view>

#include "types/charset.h"

namespace sluice::types {

/// Appends `text` in upper case as UPPER() gives it: simple (one to one) Unicode mapping. Binary strings are unchanged.
void append_upper(std::string_view text, const Charset& charset, std::string& out);

/// Appends `text` in lower case as LOWER() gives it.
void append_lower(std::string_view text, const Charset& charset, std::string& out);

}  // namespace sluice::types
