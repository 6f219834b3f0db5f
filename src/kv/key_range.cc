#include "kv/key_range.h"

namespace sluice::kv {

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

KeyRange prefix_range(std::string_view prefix) { return KeyRange{std::string(prefix), prefix_end(prefix)}; }

}  // namespace sluice::kv
