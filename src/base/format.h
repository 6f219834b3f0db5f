#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice {

/// One argument of a message: text (borrowed for the length of the call), an integer, a double, a bool or a character.
///
/// It keeps formatting libraries out of headers: whoever throws, checks or logs packs arguments into these.
class FormatArgument {
 public:
  enum class Kind : std::uint8_t { kText, kSigned, kUnsigned, kDouble, kBool, kChar };

  FormatArgument(std::string_view text) noexcept : kind_(Kind::kText), text_(text) {}
  FormatArgument(const std::string& text) noexcept : kind_(Kind::kText), text_(text) {}
  FormatArgument(const char* text) noexcept : kind_(Kind::kText), text_(text == nullptr ? "(null)" : text) {}
  FormatArgument(bool value) noexcept : kind_(Kind::kBool), signed_(value ? 1 : 0) {}
  FormatArgument(char value) noexcept : kind_(Kind::kChar), signed_(value) {}
  template <std::signed_integral T>
  FormatArgument(T value) noexcept : kind_(Kind::kSigned), signed_(value) {}
  template <std::unsigned_integral T>
  FormatArgument(T value) noexcept : kind_(Kind::kUnsigned), unsigned_(value) {}
  template <std::floating_point T>
  FormatArgument(T value) noexcept : kind_(Kind::kDouble), double_(static_cast<double>(value)) {}
  template <class T>
  requires std::is_enum_v<T> FormatArgument(T value)
  noexcept : kind_(Kind::kSigned), signed_(static_cast<std::int64_t>(value)) {}

  Kind kind() const noexcept { return kind_; }

  /// Appends the argument as `{}` prints it: decimal integers, the shortest exact double, `true` or `false`.
  void append_to(std::string& out) const;

 private:
  Kind kind_;
  union {
    std::string_view text_;
    std::int64_t signed_;
    std::uint64_t unsigned_;
    double double_;
  };
};

/// Replaces each `{}` of `message_template` by the next argument; `{{` and `}}` stand for braces.
/// A `{}` without an argument stays as it is, spare arguments are ignored: a message is never a reason to fail.
std::string format_message(std::string_view message_template, std::span<const FormatArgument> arguments);

inline std::string format_message(std::string_view message_template, std::initializer_list<FormatArgument> arguments) {
  return format_message(message_template, std::span<const FormatArgument>(arguments.begin(), arguments.size()));
}

}  // namespace sluice
