#include "base/sql_error.h"
#include "types/json.h"
#include "types/json_layout.h"
#include "types/utf8.h"

namespace sluice::types {

namespace {

using namespace json_layout;

bool is_valid_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

bool is_valid_value(JsonView view, std::size_t depth);

/// Checks the values of a container in order: each must begin where nothing before it lies, so that no byte is visited twice.
/// `end`: where the keys or the entries end; the values may begin there.
template <class ValueAt>
bool are_valid_values(JsonView view, std::size_t end, std::size_t depth, ValueAt value_at) {
  for (std::size_t index = 0; index < view.size(); ++index) {
    const JsonView value = value_at(index);
    if (!is_valid_value(value, depth)) return false;
    if (value.type() == JsonType::kLiteral) continue;
    const auto offset = static_cast<std::size_t>(value.body().data() - view.body().data());
    if (offset < end) return false;
    end = offset + value.body().size();
  }
  return end <= view.body().size();
}

bool is_valid_object(JsonView view, std::size_t depth) {
  std::size_t end = kHeaderBytes + view.size() * (kKeyEntryBytes + kValueEntryBytes);
  for (std::size_t index = 0; index < view.size(); ++index) {
    const std::string_view key = view.key(index);
    if (!is_valid_utf8(key) || (index != 0 && !(view.key(index - 1) < key))) return false;
    const auto offset = static_cast<std::size_t>(key.data() - view.body().data());
    if (offset < end) return false;
    end = offset + key.size();
  }
  return are_valid_values(view, end, depth, [&](std::size_t index) { return view.member(index); });
}

bool is_valid_array(JsonView view, std::size_t depth) {
  return are_valid_values(view, kHeaderBytes + view.size() * kValueEntryBytes, depth,
                          [&](std::size_t index) { return view.element(index); });
}

bool is_valid_value(JsonView view, std::size_t depth) {
  switch (view.type()) {
    case JsonType::kObject:
      return depth < kJsonDepthMax && is_valid_object(view, depth + 1);
    case JsonType::kArray:
      return depth < kJsonDepthMax && is_valid_array(view, depth + 1);
    case JsonType::kLiteral:
      return view.literal() <= JsonLiteral::kFalse;
    case JsonType::kString:
      return is_valid_utf8(view.string());
    default:
      return true;
  }
}

}  // namespace

bool is_valid_json_binary(std::string_view binary) noexcept {
  try {
    const JsonView view = JsonView::from_binary(binary);
    return view.body().size() + 1 == binary.size() && is_valid_value(view, 0);
  } catch (const SqlError&) {
    return false;
  }
}

}  // namespace sluice::types
