#include "codec/bytes.h"

#include <cstring>

#include "codec/number.h"

namespace sluice::codec {

void append_bytes(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + encoded_bytes_size(bytes.size()));
  char* cursor = out.data() + start;
  const char* source = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kBytesGroup; left -= kBytesGroup) {
    std::memcpy(cursor, source, kBytesGroup);
    cursor[kBytesGroup] = '\xff';
    cursor += kBytesGroup + 1;
    source += kBytesGroup;
  }
  if (left != 0) std::memcpy(cursor, source, left);  // resize() has zeroed the padding
  cursor[kBytesGroup] = static_cast<char>(0xff - (kBytesGroup - left));
}

bool decode_bytes(std::string_view& in, std::string& out) {
  while (in.size() >= kBytesGroup + 1) {
    const std::size_t pad = 0xff - static_cast<unsigned char>(in[kBytesGroup]);
    if (pad > kBytesGroup) return false;
    const std::size_t used = kBytesGroup - pad;
    for (std::size_t i = used; i < kBytesGroup; ++i) {
      if (in[i] != 0) return false;
    }
    out.append(in.data(), used);
    in.remove_prefix(kBytesGroup + 1);
    if (pad != 0) return true;
  }
  return false;
}

bool skip_bytes(std::string_view& in) noexcept {
  while (in.size() >= kBytesGroup + 1) {
    const auto marker = static_cast<unsigned char>(in[kBytesGroup]);
    in.remove_prefix(kBytesGroup + 1);
    if (marker != 0xff) return marker >= 0xff - kBytesGroup;
  }
  return false;
}

void append_compact_bytes(std::string_view bytes, std::string& out) {
  append_varint(static_cast<std::int64_t>(bytes.size()), out);
  out.append(bytes);
}

bool decode_compact_bytes(std::string_view& in, std::string_view& out) noexcept {
  std::int64_t size;
  if (!decode_varint(in, size) || size < 0 || static_cast<std::uint64_t>(size) > in.size()) return false;
  out = in.substr(0, static_cast<std::size_t>(size));
  in.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

std::string next_after_prefix(std::string_view prefix) {
  std::string next(prefix);
  while (!next.empty() && next.back() == '\xff') next.pop_back();
  if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
  return next;
}

}  // namespace sluice::codec
