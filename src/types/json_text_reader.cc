#include "types/json_text_reader.h"

#include <charconv>
#include <cmath>

#include "base/sql_error.h"
#include "types/utf8.h"

namespace sluice::types {

namespace {

bool is_digit(char character) { return character >= '0' && character <= '9'; }

}  // namespace

void JsonTextReader::fail(std::string_view cause) const {
  std::string message = "Invalid JSON text: \"";
  message += cause;
  message += "\" at position ";
  message += std::to_string(position_);
  message += ".";
  throw SqlError::with_message(ErrorCode::kInvalidJsonText, message);
}

// Worded as TiDB does, whose clients look for it.
void JsonTextReader::fail_after_root() const {
  throw SqlError(ErrorCode::kInvalidJsonText, "The document root must not be followed by other values.");
}

void JsonTextReader::skip_spaces() noexcept {
  while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++position_;
}

bool JsonTextReader::take(char expected) noexcept {
  if (at_end() || text_[position_] != expected) return false;
  ++position_;
  return true;
}

JsonTree JsonTextReader::read_document() {
  skip_spaces();
  if (at_end()) throw SqlError(ErrorCode::kInvalidJsonText, "The document is empty");
  JsonTree tree = read_value(0);
  skip_spaces();
  if (!at_end()) fail_after_root();
  return tree;
}

JsonTree JsonTextReader::read_value(std::size_t depth) {
  skip_spaces();
  if (at_end()) fail("Invalid value.");
  switch (peek()) {
    case '{':
      return read_object(depth);
    case '[':
      return read_array(depth);
    case '"':
      return JsonTree(Json::from_string(read_string()).view());
    case 't':
      return read_word("true", Json::from_bool(true));
    case 'f':
      return read_word("false", Json::from_bool(false));
    case 'n':
      return read_word("null", Json::null());
    default:
      return read_number();
  }
}

JsonTree JsonTextReader::read_object(std::size_t depth) {
  if (depth >= kJsonDepthMax) throw SqlError(ErrorCode::kJsonDocumentTooDeep);
  JsonTree object = JsonTree::object();
  std::vector<JsonTree::Member> members;
  ++position_;
  skip_spaces();
  if (take('}')) return object;
  for (;;) {
    skip_spaces();
    if (peek() != '"') fail("Missing a name for object member.");
    std::string key = read_string();
    skip_spaces();
    if (!take(':')) fail("Missing a colon after a name of object member.");
    members.push_back({std::move(key), read_value(depth + 1)});
    skip_spaces();
    if (take('}')) break;
    if (!take(',')) fail("Missing a comma or } after an object member.");
  }
  object.set_members(std::move(members));
  return object;
}

JsonTree JsonTextReader::read_array(std::size_t depth) {
  if (depth >= kJsonDepthMax) throw SqlError(ErrorCode::kJsonDocumentTooDeep);
  JsonTree array = JsonTree::array();
  ++position_;
  skip_spaces();
  if (take(']')) return array;
  for (;;) {
    array.elements().push_back(read_value(depth + 1));
    skip_spaces();
    if (take(']')) return array;
    if (!take(',')) fail("Missing a comma or ] after an array element.");
  }
}

JsonTree JsonTextReader::read_word(std::string_view word, const Json& value) {
  if (text_.substr(position_, word.size()) != word) fail("Invalid value.");
  position_ += word.size();
  return JsonTree(value.view());
}

JsonTree JsonTextReader::read_number() {
  const std::size_t start = position_;
  const auto take_digits = [&] {
    const std::size_t first = position_;
    while (is_digit(peek())) ++position_;
    return position_ != first;
  };
  const bool is_negative = take('-');
  const bool has_leading_zero = peek() == '0';
  const std::size_t first_digit = position_;
  if (!take_digits()) fail("Invalid value.");
  if (has_leading_zero && position_ - first_digit > 1) {
    position_ = first_digit + 1;
    fail_after_root();
  }
  bool is_whole = true;
  if (take('.')) {
    is_whole = false;
    if (!take_digits()) fail("Missing fraction part in number.");
  }
  if (peek() == 'e' || peek() == 'E') {
    is_whole = false;
    ++position_;
    if (!take('+')) take('-');
    if (!take_digits()) fail("Missing exponent in number.");
  }
  const char* begin = text_.data() + start;
  const char* end = text_.data() + position_;
  if (is_whole) {
    std::int64_t signed_value = 0;
    if (std::from_chars(begin, end, signed_value).ec == std::errc())
      return JsonTree(Json::from_int64(signed_value).view());
    std::uint64_t unsigned_value = 0;
    if (!is_negative && std::from_chars(begin, end, unsigned_value).ec == std::errc()) {
      return JsonTree(Json::from_uint64(unsigned_value).view());
    }
  }
  double value = 0;
  const std::from_chars_result result = std::from_chars(begin, end, value);
  // Numbers too small for a double are reported as out of range as well; they count as zero.
  if (result.ec == std::errc::result_out_of_range &&
      std::abs(std::strtod(std::string(begin, end).c_str(), nullptr)) > 1) {
    fail("Number too big to be stored in double.");
  }
  return JsonTree(Json::from_double(value).view());
}

std::string JsonTextReader::read_string() {
  ++position_;
  std::string out;
  for (;;) {
    if (at_end()) fail("Missing a closing quotation mark in string.");
    const auto byte = static_cast<unsigned char>(peek());
    if (byte == '"') {
      ++position_;
      return out;
    }
    if (byte == '\\') {
      ++position_;
      read_escape(out);
      continue;
    }
    if (byte < 0x20) fail("Invalid encoding in string.");
    const DecodedCharacter decoded = decode_utf8(text_.substr(position_));
    if (byte >= 0x80 && decoded.byte_count == 1) fail("Invalid encoding in string.");
    out.append(text_.substr(position_, decoded.byte_count));
    position_ += decoded.byte_count;
  }
}

void JsonTextReader::read_escape(std::string& out) {
  if (at_end()) fail("Missing a closing quotation mark in string.");
  const char escape = text_[position_++];
  switch (escape) {
    case '"':
    case '\\':
    case '/':
      out.push_back(escape);
      return;
    case 'b':
      out.push_back('\b');
      return;
    case 'f':
      out.push_back('\f');
      return;
    case 'n':
      out.push_back('\n');
      return;
    case 'r':
      out.push_back('\r');
      return;
    case 't':
      out.push_back('\t');
      return;
    case 'u':
      break;
    default:
      --position_;
      fail("Invalid escape character in string.");
  }
  char32_t code_point = read_hex4();
  const bool is_high_surrogate = code_point >= 0xD800 && code_point <= 0xDBFF;
  if (code_point >= 0xDC00 && code_point <= 0xDFFF) fail("The surrogate pair in string is invalid.");
  if (is_high_surrogate) {
    if (!take('\\') || !take('u')) fail("The surrogate pair in string is invalid.");
    const char32_t low = read_hex4();
    if (low < 0xDC00 || low > 0xDFFF) fail("The surrogate pair in string is invalid.");
    code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(code_point, out);
}

char32_t JsonTextReader::read_hex4() {
  const std::string_view digits = text_.substr(position_, 4);
  std::uint32_t value = 0;
  const char* end = digits.data() + digits.size();
  const std::from_chars_result result = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 4 || result.ec != std::errc() || result.ptr != end || digits[0] == '-')
    fail("Incorrect hex digit after \\u escape in string.");
  position_ += 4;
  return value;
}

}  // namespace sluice::types
