#include <algorithm>
#include <array>

#include "types/base64.h"
#include "types/json.h"
#include "types/number_text.h"
#include "types/time.h"
#include "types/type_code.h"

namespace sluice::types {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Whether a byte stands for itself in a JSON string.
constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned byte = 0x20; byte < 256; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

void append_escape(unsigned char byte, std::string& out) {
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out.push_back(kHexDigits[byte >> 4]);
  out.push_back(kHexDigits[byte & 15]);
}

/// A whole number keeps ".0", so that it reads back as a double.
void append_json_double(double value, std::string& out) {
  const std::size_t start = out.size();
  append_double(value, out);
  if (out.find_first_not_of("-0123456789", start) == std::string::npos) out += ".0";
}

void append_opaque(JsonView view, std::string& out) {
  out += "\"base64:type";
  append_uint64(view.opaque_type(), out);
  out.push_back(':');
  append_base64(view.string(), 0, out);
  out.push_back('"');
}

/// MySQL prints times in JSON with six fractional digits whatever they were made with.
constexpr int kTimeDigits = 6;

void append_plain_scalar(JsonView view, std::string& out) {
  switch (view.type()) {
    case JsonType::kLiteral:
      out += view.is_null() ? "null" : view.boolean() ? "true" : "false";
      return;
    case JsonType::kInt64:
      append_int64(view.int64(), out);
      return;
    case JsonType::kUInt64:
      append_uint64(view.uint64(), out);
      return;
    case JsonType::kDouble:
      append_json_double(view.float64(), out);
      return;
    case JsonType::kString:
      append_json_quoted(view.string(), out);
      return;
    case JsonType::kOpaque:
      append_opaque(view, out);
      return;
    default:
      break;
  }
  out.push_back('"');
  switch (view.type()) {
    case JsonType::kDate:
      Time{view.packed_time()}.append_date(out);
      break;
    case JsonType::kTime:
      Duration{view.nanoseconds()}.append_to(kTimeDigits, out);
      break;
    default:
      Time{view.packed_time()}.append_datetime(kTimeDigits, out);
      break;
  }
  out.push_back('"');
}

void append_indented(JsonView view, std::size_t level, std::string& out) {
  if (view.is_scalar()) {
    append_plain_scalar(view, out);
    return;
  }
  out.push_back(view.is_object() ? '{' : '[');
  for (std::size_t index = 0; index < view.size(); ++index) {
    out += index == 0 ? "\n" : ",\n";
    out.append((level + 1) * 2, ' ');
    if (view.is_object()) {
      append_json_quoted(view.key(index), out);
      out += ": ";
    }
    append_indented(view.is_object() ? view.member(index) : view.element(index), level + 1, out);
  }
  if (view.size() != 0) {
    out.push_back('\n');
    out.append(level * 2, ' ');
  }
  out.push_back(view.is_object() ? '}' : ']');
}

}  // namespace

void append_json_quoted(std::string_view text, std::string& out) {
  out.push_back('"');
  std::size_t plain_start = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if (kIsPlain[byte]) continue;
    out.append(text.substr(plain_start, index - plain_start));
    append_escape(byte, out);
    plain_start = index + 1;
  }
  out.append(text.substr(plain_start));
  out.push_back('"');
}

void append_json_text(JsonView view, std::string& out) {
  switch (view.type()) {
    case JsonType::kObject:
      out.push_back('{');
      for (std::size_t index = 0; index < view.size(); ++index) {
        if (index != 0) out += ", ";
        append_json_quoted(view.key(index), out);
        out += ": ";
        append_json_text(view.member(index), out);
      }
      out.push_back('}');
      return;
    case JsonType::kArray:
      out.push_back('[');
      for (std::size_t index = 0; index < view.size(); ++index) {
        if (index != 0) out += ", ";
        append_json_text(view.element(index), out);
      }
      out.push_back(']');
      return;
    default:
      append_plain_scalar(view, out);
      return;
  }
}

void append_json_pretty(JsonView view, std::string& out) { append_indented(view, 0, out); }

std::string unquote_json(JsonView view) {
  if (view.is_string()) return std::string(view.string());
  std::string text;
  append_json_text(view, text);
  // Times and opaque values print as strings; their quotes go as well.
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

std::string_view json_type_name(JsonView view) {
  switch (view.type()) {
    case JsonType::kObject:
      return "OBJECT";
    case JsonType::kArray:
      return "ARRAY";
    case JsonType::kLiteral:
      return view.is_null() ? "NULL" : "BOOLEAN";
    case JsonType::kInt64:
      return "INTEGER";
    case JsonType::kUInt64:
      return "UNSIGNED INTEGER";
    case JsonType::kDouble:
      return "DOUBLE";
    case JsonType::kString:
      return "STRING";
    case JsonType::kDate:
      return "DATE";
    case JsonType::kDatetime:
    case JsonType::kTimestamp:
      return "DATETIME";
    case JsonType::kTime:
      return "TIME";
    case JsonType::kOpaque:
      break;
  }
  switch (static_cast<TypeCode>(view.opaque_type())) {
    case TypeCode::kTinyBlob:
    case TypeCode::kMediumBlob:
    case TypeCode::kLongBlob:
    case TypeCode::kBlob:
    case TypeCode::kVarString:
    case TypeCode::kString:
    case TypeCode::kVarchar:
      return "BLOB";
    case TypeCode::kBit:
      return "BIT";
    default:
      return "OPAQUE";
  }
}

std::size_t json_depth(JsonView view) {
  std::size_t deepest = 0;
  if (view.is_scalar()) return 1;
  for (std::size_t index = 0; index < view.size(); ++index) {
    deepest = std::max(deepest, json_depth(view.is_object() ? view.member(index) : view.element(index)));
  }
  return deepest + 1;
}

}  // namespace sluice::types
