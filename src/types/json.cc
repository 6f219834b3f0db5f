#include "types/json.h"

#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "types/json_layout.h"
#include "types/time.h"

namespace sluice::types {

namespace {

using namespace json_layout;

[[noreturn]] void throw_broken() { throw SqlError(ErrorCode::kInvalidJsonBinaryData); }

void require(bool condition) {
  if (!condition) throw_broken();
}

/// The word of times in JSON: year 14 bits, month 4, day 5, hour 5, minute 6, second 6, microsecond 20, then a bit field of
/// 4: fractional digits and whether it is a TIMESTAMP, or 14 for a DATE.
struct CoreTime {
  static constexpr std::uint64_t kDateMark = 14;

  static std::uint64_t from_packed(JsonType type, std::uint64_t packed, std::uint32_t fractional_digits) {
    const Time time{packed};
    const std::uint64_t tail =
        type == JsonType::kDate ? kDateMark : fractional_digits << 1 | (type == JsonType::kTimestamp ? 1 : 0);
    const auto part = [](int value, unsigned shift) { return static_cast<std::uint64_t>(value) << shift; };
    return part(time.year(), 50) | part(time.month(), 46) | part(time.day(), 41) | part(time.hour(), 36) |
           part(time.minute(), 30) | part(time.second(), 24) | part(time.microsecond(), 4) | tail;
  }

  static std::uint64_t to_packed(std::uint64_t core) {
    const auto part = [core](unsigned shift, unsigned bits) {
      return static_cast<int>(core >> shift & ((1U << bits) - 1));
    };
    return Time::from_parts(
               {part(50, 14), part(46, 4), part(41, 5), part(36, 5), part(30, 6), part(24, 6), part(4, 20)})
        .packed;
  }

  static std::uint32_t fractional_digits(std::uint64_t core) {
    const std::uint64_t tail = core & 15;
    return tail == kDateMark ? 0 : static_cast<std::uint32_t>(std::min<std::uint64_t>(tail >> 1, 6));
  }
};

bool is_known_type(std::uint8_t type) {
  switch (static_cast<JsonType>(type)) {
    case JsonType::kObject:
    case JsonType::kArray:
    case JsonType::kLiteral:
    case JsonType::kInt64:
    case JsonType::kUInt64:
    case JsonType::kDouble:
    case JsonType::kString:
    case JsonType::kOpaque:
    case JsonType::kDate:
    case JsonType::kDatetime:
    case JsonType::kTimestamp:
    case JsonType::kTime:
      return true;
  }
  return false;
}

/// Length in bytes of the body at the start of `bytes`.
std::size_t body_length(JsonType type, std::string_view bytes) {
  switch (type) {
    case JsonType::kObject:
    case JsonType::kArray: {
      require(bytes.size() >= kHeaderBytes);
      const std::size_t count = load<std::uint32_t>(bytes.data());
      const std::size_t total = load<std::uint32_t>(bytes.data() + 4);
      const std::size_t entry = kValueEntryBytes + (type == JsonType::kObject ? kKeyEntryBytes : 0);
      require(total >= kHeaderBytes + count * entry);
      return total;
    }
    case JsonType::kLiteral:
      return 1;
    case JsonType::kString: {
      std::size_t position = 0;
      std::uint64_t length = 0;
      require(read_uvarint(bytes, position, length) && length <= bytes.size() - position);
      return position + length;
    }
    case JsonType::kOpaque: {
      std::size_t position = 1;
      std::uint64_t length = 0;
      require(!bytes.empty() && read_uvarint(bytes, position, length) && length <= bytes.size() - position);
      return position + length;
    }
    case JsonType::kTime:
      return 12;
    case JsonType::kInt64:
    case JsonType::kUInt64:
    case JsonType::kDouble:
    case JsonType::kDate:
    case JsonType::kDatetime:
    case JsonType::kTimestamp:
      return 8;
  }
  throw_broken();
}

std::string_view without_length_prefix(std::string_view bytes, std::size_t position) {
  std::uint64_t length = 0;
  require(read_uvarint(bytes, position, length) && length <= bytes.size() - position);
  return bytes.substr(position, length);
}

constexpr char kNullBody[] = {0};

std::string scalar_binary(JsonType type) { return std::string(1, static_cast<char>(type)); }

}  // namespace

JsonView::JsonView() noexcept : type_(JsonType::kLiteral), body_(kNullBody, 1) {}

JsonView JsonView::at(JsonType type, std::string_view bytes) {
  require(is_known_type(static_cast<std::uint8_t>(type)));
  const std::size_t length = body_length(type, bytes);
  require(length <= bytes.size());
  return JsonView(type, bytes.substr(0, length));
}

JsonView JsonView::from_binary(std::string_view binary) {
  require(!binary.empty());
  return at(static_cast<JsonType>(static_cast<std::uint8_t>(binary[0])), binary.substr(1));
}

std::int64_t JsonView::int64() const noexcept { return load<std::int64_t>(body_.data()); }
std::uint64_t JsonView::uint64() const noexcept { return load<std::uint64_t>(body_.data()); }
double JsonView::float64() const noexcept { return load<double>(body_.data()); }
std::string_view JsonView::string() const { return without_length_prefix(body_, type_ == JsonType::kOpaque ? 1 : 0); }
std::uint8_t JsonView::opaque_type() const noexcept { return static_cast<std::uint8_t>(body_[0]); }
std::uint64_t JsonView::packed_time() const noexcept { return CoreTime::to_packed(load<std::uint64_t>(body_.data())); }
std::int64_t JsonView::nanoseconds() const noexcept { return load<std::int64_t>(body_.data()); }

std::uint32_t JsonView::fractional_digits() const noexcept {
  if (type_ == JsonType::kTime) return std::min<std::uint32_t>(load<std::uint32_t>(body_.data() + 8), 6);
  return CoreTime::fractional_digits(load<std::uint64_t>(body_.data()));
}

std::size_t JsonView::size() const noexcept { return is_scalar() ? 1 : load<std::uint32_t>(body_.data()); }

JsonView JsonView::value_entry(std::size_t entry_offset) const {
  const char* entry = body_.data() + entry_offset;
  const auto type = static_cast<JsonType>(static_cast<std::uint8_t>(*entry));
  if (type == JsonType::kLiteral) return at(type, body_.substr(entry_offset + 1, 1));
  const std::size_t offset = load<std::uint32_t>(entry + 1);
  require(offset < body_.size());
  return at(type, body_.substr(offset));
}

JsonView JsonView::element(std::size_t index) const {
  SLUICE_DCHECK(is_array() && index < size());
  return value_entry(kHeaderBytes + index * kValueEntryBytes);
}

std::string_view JsonView::key(std::size_t index) const {
  SLUICE_DCHECK(is_object() && index < size());
  const char* entry = body_.data() + kHeaderBytes + index * kKeyEntryBytes;
  const std::size_t offset = load<std::uint32_t>(entry);
  const std::size_t length = load<std::uint16_t>(entry + 4);
  require(offset <= body_.size() && length <= body_.size() - offset);
  return body_.substr(offset, length);
}

JsonView JsonView::member(std::size_t index) const {
  SLUICE_DCHECK(is_object() && index < size());
  return value_entry(kHeaderBytes + size() * kKeyEntryBytes + index * kValueEntryBytes);
}

std::optional<JsonView> JsonView::find(std::string_view wanted) const {
  std::size_t low = 0;
  std::size_t high = size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const int order = key(middle).compare(wanted);
    if (order == 0) return member(middle);
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

Json::Json() : binary_({static_cast<char>(JsonType::kLiteral), static_cast<char>(JsonLiteral::kNull)}) {}

Json::Json(JsonView view) {
  binary_.reserve(1 + view.body().size());
  binary_.push_back(static_cast<char>(view.type()));
  binary_.append(view.body());
}

Json Json::from_binary(std::string binary) {
  if (!is_valid_json_binary(binary)) throw_broken();
  return from_trusted_binary(std::move(binary));
}

Json Json::from_trusted_binary(std::string binary) noexcept {
  Json json;
  json.binary_ = std::move(binary);
  return json;
}

Json Json::from_bool(bool value) {
  return from_trusted_binary(
      {static_cast<char>(JsonType::kLiteral), static_cast<char>(value ? JsonLiteral::kTrue : JsonLiteral::kFalse)});
}

Json Json::from_int64(std::int64_t value) {
  std::string binary = scalar_binary(JsonType::kInt64);
  append(value, binary);
  return from_trusted_binary(std::move(binary));
}

Json Json::from_uint64(std::uint64_t value) {
  std::string binary = scalar_binary(JsonType::kUInt64);
  append(value, binary);
  return from_trusted_binary(std::move(binary));
}

Json Json::from_double(double value) {
  std::string binary = scalar_binary(JsonType::kDouble);
  append(value, binary);
  return from_trusted_binary(std::move(binary));
}

Json Json::from_string(std::string_view utf8) {
  std::string binary = scalar_binary(JsonType::kString);
  append_uvarint(utf8.size(), binary);
  binary.append(utf8);
  return from_trusted_binary(std::move(binary));
}

Json Json::from_opaque(std::uint8_t mysql_type, std::string_view bytes) {
  std::string binary = scalar_binary(JsonType::kOpaque);
  binary.push_back(static_cast<char>(mysql_type));
  append_uvarint(bytes.size(), binary);
  binary.append(bytes);
  return from_trusted_binary(std::move(binary));
}

Json Json::from_packed_time(JsonType type, std::uint64_t packed, std::uint32_t fractional_digits) {
  std::string binary = scalar_binary(type);
  append(CoreTime::from_packed(type, packed, fractional_digits), binary);
  return from_trusted_binary(std::move(binary));
}

Json Json::from_duration(std::int64_t nanoseconds, std::uint32_t fractional_digits) {
  std::string binary = scalar_binary(JsonType::kTime);
  append(nanoseconds, binary);
  append(fractional_digits, binary);
  return from_trusted_binary(std::move(binary));
}

std::string Json::to_string() const {
  std::string text;
  append_json_text(view(), text);
  return text;
}

bool operator==(const Json& left, const Json& right) { return compare_json(left.view(), right.view()) == 0; }

}  // namespace sluice::types
