#include "codec/temp_index.h"

#include "base/check.h"
#include "codec/number.h"

namespace sluice::codec {

namespace {

enum class Flag : char { kDistinctPut = 0, kPut = 1, kDistinctDelete = 2, kDelete = 3 };

void append_sized(std::string_view bytes, std::string& out) {
  SLUICE_CHECK(bytes.size() <= 0xffff, "temporary index element of {} bytes", bytes.size());
  out.push_back(static_cast<char>(bytes.size() >> 8));
  out.push_back(static_cast<char>(bytes.size()));
  out += bytes;
}

bool take_sized(std::string_view& in, std::string_view& bytes) {
  if (in.size() < 2) return false;
  const std::size_t size =
      static_cast<std::size_t>(static_cast<unsigned char>(in[0])) << 8 | static_cast<unsigned char>(in[1]);
  if (in.size() < 2 + size) return false;
  bytes = in.substr(2, size);
  in.remove_prefix(2 + size);
  return true;
}

bool take_version(std::string_view& in, TempIndexVersion& version) {
  if (in.empty()) return false;
  version = static_cast<TempIndexVersion>(in.front());
  in.remove_prefix(1);
  return version == TempIndexVersion::kDeleteOnly || version == TempIndexVersion::kBackfill ||
         version == TempIndexVersion::kMerge;
}

std::string handle_bytes(const Handle& handle) {
  if (!handle.is_int()) return handle.common_bytes();
  std::string bytes;
  append_uint(static_cast<std::uint64_t>(handle.int_value()), bytes);
  return bytes;
}

Handle handle_of(std::string_view bytes) {
  if (bytes.size() == 8) return Handle(static_cast<std::int64_t>(load_big_endian(bytes.data())));
  return Handle::common(std::string(bytes));
}

bool take_element(std::string_view& in, TempIndexElement& element) {
  const Flag flag = static_cast<Flag>(in.front());
  in.remove_prefix(1);
  element.is_delete = flag == Flag::kDistinctDelete || flag == Flag::kDelete;
  element.is_distinct = flag == Flag::kDistinctPut || flag == Flag::kDistinctDelete;
  switch (flag) {
    case Flag::kDistinctPut:
      return take_sized(in, element.index_value) && take_version(in, element.version);
    case Flag::kPut:  // the rest of the value but its last byte
      if (in.empty()) return false;
      element.index_value = in.substr(0, in.size() - 1);
      in.remove_prefix(in.size() - 1);
      return take_version(in, element.version);
    case Flag::kDistinctDelete: {
      std::string_view bytes;
      if (!take_sized(in, bytes) || bytes.empty()) return false;
      element.handle = handle_of(bytes);
      return take_version(in, element.version);
    }
    case Flag::kDelete:
      return take_version(in, element.version);
  }
  return false;
}

}  // namespace

void append_temp_index_element(const TempIndexElement& element, std::string& out) {
  const Flag flag = element.is_delete ? (element.is_distinct ? Flag::kDistinctDelete : Flag::kDelete)
                                      : (element.is_distinct ? Flag::kDistinctPut : Flag::kPut);
  out.push_back(static_cast<char>(flag));
  if (flag == Flag::kDistinctPut) append_sized(element.index_value, out);
  if (flag == Flag::kPut) out += element.index_value;
  if (flag == Flag::kDistinctDelete) append_sized(handle_bytes(element.handle), out);
  out.push_back(static_cast<char>(element.version));
}

std::optional<std::vector<TempIndexElement>> decode_temp_index_value(std::string_view value) {
  if (value.empty()) return std::nullopt;
  std::vector<TempIndexElement> elements;
  while (!value.empty()) {
    TempIndexElement element;
    if (!take_element(value, element)) return std::nullopt;
    elements.push_back(std::move(element));
  }
  return elements;
}

}  // namespace sluice::codec
