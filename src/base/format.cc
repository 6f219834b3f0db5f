#include "base/format.h"

#include <fmt/format.h>

#include <iterator>

namespace sluice {

void FormatArgument::append_to(std::string& out) const {
  switch (kind_) {
    case Kind::kText:
      out.append(text_);
      return;
    case Kind::kSigned:
      fmt::format_to(std::back_inserter(out), "{}", signed_);
      return;
    case Kind::kUnsigned:
      fmt::format_to(std::back_inserter(out), "{}", unsigned_);
      return;
    case Kind::kDouble:
      fmt::format_to(std::back_inserter(out), "{}", double_);
      return;
    case Kind::kBool:
      out.append(signed_ != 0 ? "true" : "false");
      return;
    case Kind::kChar:
      out.push_back(static_cast<char>(signed_));
      return;
  }
}

std::string format_message(std::string_view message_template, std::span<const FormatArgument> arguments) {
  std::string out;
  out.reserve(message_template.size() + 16 * arguments.size());
  std::size_t next_argument = 0;
  for (std::size_t i = 0; i < message_template.size(); ++i) {
    const char c = message_template[i];
    const char following = i + 1 < message_template.size() ? message_template[i + 1] : '\0';
    if (c == '{' && following == '}' && next_argument < arguments.size()) {
      arguments[next_argument++].append_to(out);
      ++i;
    } else if ((c == '{' && following == '{') || (c == '}' && following == '}')) {
      out.push_back(c);
      ++i;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace sluice
