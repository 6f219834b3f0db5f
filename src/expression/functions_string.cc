// Lengths, case, parts of strings: LENGTH, UPPER, LEFT, SUBSTRING, TRIM, SUBSTRING_INDEX, ...
#include <algorithm>

#include "expression/function_families.h"
#include "expression/text_kernel.h"
#include "types/case_mapping.h"
#include "types/utf8.h"

namespace sluice::expression {

namespace {

std::int64_t byte_length(RowContext& context, std::string_view text) {
  return static_cast<std::int64_t>(argument_charset(context.call, 0).encoded_length(text));
}

std::int64_t bit_length(RowContext& context, std::string_view text) { return byte_length(context, text) * 8; }

std::int64_t char_length(RowContext& context, std::string_view text) {
  return static_cast<std::int64_t>(argument_charset(context.call, 0).length(text));
}

bool upper(TextResult& result, std::string_view text) {
  types::append_upper(text, result_charset(result.call), result.out);
  return true;
}

bool lower(TextResult& result, std::string_view text) {
  types::append_lower(text, result_charset(result.call), result.out);
  return true;
}

/// The characters [first, first + count) of `text`.
std::string_view slice(std::string_view text, const types::Charset& charset, std::size_t first, std::size_t count) {
  text.remove_prefix(charset.offset(text, first));
  return text.substr(0, charset.offset(text, count));
}

std::string_view left(RowContext& context, std::string_view text, std::int64_t count) {
  if (count <= 0) return {};
  return slice(text, result_charset(context.call), 0, static_cast<std::size_t>(count));
}

std::string_view right(RowContext& context, std::string_view text, std::int64_t count) {
  if (count <= 0) return {};
  const types::Charset& charset = result_charset(context.call);
  const std::size_t length = charset.length(text);
  const auto wanted = static_cast<std::size_t>(count);
  return wanted >= length ? text : text.substr(charset.offset(text, length - wanted));
}

/// Position counts from 1; from the end if negative. Returns where to begin, or nothing if that is outside.
std::optional<std::size_t> first_character(std::string_view text, const types::Charset& charset,
                                           std::int64_t position) {
  if (position > 0) return static_cast<std::size_t>(position - 1);
  if (position == 0) return std::nullopt;
  const std::size_t length = charset.length(text);
  const std::uint64_t from_end = 0 - static_cast<std::uint64_t>(position);
  if (from_end > length) return std::nullopt;
  return length - from_end;
}

std::string_view substring_from(RowContext& context, std::string_view text, std::int64_t position) {
  const types::Charset& charset = result_charset(context.call);
  const std::optional<std::size_t> first = first_character(text, charset, position);
  return first ? text.substr(charset.offset(text, *first)) : std::string_view();
}

std::string_view substring_of_length(RowContext& context, std::string_view text, std::int64_t position,
                                     std::int64_t count) {
  if (count <= 0) return {};
  const types::Charset& charset = result_charset(context.call);
  const std::optional<std::size_t> first = first_character(text, charset, position);
  return first ? slice(text, charset, *first, static_cast<std::size_t>(count)) : std::string_view();
}

std::string_view trim_left(std::string_view text, std::string_view removed) {
  if (removed.empty()) return text;
  while (text.starts_with(removed)) text.remove_prefix(removed.size());
  return text;
}

std::string_view trim_right(std::string_view text, std::string_view removed) {
  if (removed.empty()) return text;
  while (text.ends_with(removed)) text.remove_suffix(removed.size());
  return text;
}

std::string_view ltrim(std::string_view text) { return trim_left(text, " "); }
std::string_view rtrim(std::string_view text) { return trim_right(text, " "); }
std::string_view trim_spaces(std::string_view text) { return trim_left(trim_right(text, " "), " "); }
std::string_view trim_both(std::string_view text, std::string_view removed) {
  return trim_left(trim_right(text, removed), removed);
}

bool reverse(TextResult& result, std::string_view text) {
  if (result_charset(result.call).is_binary() || types::is_ascii(text)) {
    result.out.assign(text.rbegin(), text.rend());
    return true;
  }
  while (!text.empty()) {
    const std::size_t size = types::decode_last_utf8(text).byte_count;
    result.out.append(text.substr(text.size() - size));
    text.remove_suffix(size);
  }
  return true;
}

std::string_view substring_index(std::string_view text, std::string_view delimiter, std::int64_t count) {
  if (delimiter.empty() || count == 0) return {};
  if (count > 0) {
    std::size_t position = 0;
    for (; count > 0; --count) {
      const std::size_t found = text.find(delimiter, position);
      if (found == std::string_view::npos) return text;
      if (count == 1) return text.substr(0, found);
      position = found + delimiter.size();
    }
    return text;
  }
  std::size_t end = text.size();
  for (;; ++count) {
    if (end < delimiter.size()) return text;
    const std::size_t found = text.rfind(delimiter, end - delimiter.size());
    if (found == std::string_view::npos) return text;
    if (count == -1) return text.substr(found + delimiter.size());
    end = found;
  }
}

/// Casts argument 0 to a string, binds an integer result.
template <Kernel kKernel>
void bind_length(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(int_type(10));
  binder.set_kernel(kKernel);
}

/// Argument 0 is the string and gives collation and length; all others are integers.
template <Kernel kKernel>
void bind_part(FunctionBinder& binder) {
  binder.cast_to_string(0);
  for (std::size_t index = 1; index < binder.argument_count(); ++index) binder.cast_to_int(index);
  binder.set_string_result(character_bound(binder, 0), binder.derive_collation(0, 1));
  binder.set_kernel(kKernel);
}

void bind_substring(FunctionBinder& binder) {
  if (binder.argument_count() == 2) {
    bind_part<row_kernel<&substring_from>>(binder);
  } else {
    bind_part<row_kernel<&substring_of_length>>(binder);
  }
}

/// TRIM(s), TRIM(s, removed), TRIM(s, removed, direction); the direction is a literal "BOTH", "LEADING" or "TRAILING".
void bind_trim(FunctionBinder& binder) {
  const std::size_t strings = std::min<std::size_t>(binder.argument_count(), 2);
  for (std::size_t index = 0; index < strings; ++index) binder.cast_to_string(index);
  Kernel kernel = strings == 1 ? row_kernel<&trim_spaces> : row_kernel<&trim_both>;
  if (const types::Value* direction = binder.constant_argument(2); direction != nullptr && !direction->is_null()) {
    if (direction->as_string() == "LEADING") kernel = row_kernel<&trim_left>;
    if (direction->as_string() == "TRAILING") kernel = row_kernel<&trim_right>;
  }
  binder.arguments().resize(strings);
  binder.set_string_result(character_bound(binder, 0), binder.derive_collation(0, 1));
  binder.set_kernel(kernel);
}

void bind_substring_index(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_string(1);
  binder.cast_to_int(2);
  binder.set_string_result(character_bound(binder, 0), binder.derive_collation(0, 1));
  binder.set_kernel(row_kernel<&substring_index>);
}

constexpr FunctionDefinition kStringFunctions[] = {
    {"length", 1, 1, kPlainFunction, bind_length<row_kernel<&byte_length>>},
    {"octet_length", 1, 1, kPlainFunction, bind_length<row_kernel<&byte_length>>},
    {"bit_length", 1, 1, kPlainFunction, bind_length<row_kernel<&bit_length>>},
    {"char_length", 1, 1, kPlainFunction, bind_length<row_kernel<&char_length>>},
    {"character_length", 1, 1, kPlainFunction, bind_length<row_kernel<&char_length>>},
    {"upper", 1, 1, kPlainFunction, bind_part<text_kernel<&upper>>},
    {"ucase", 1, 1, kPlainFunction, bind_part<text_kernel<&upper>>},
    {"lower", 1, 1, kPlainFunction, bind_part<text_kernel<&lower>>},
    {"lcase", 1, 1, kPlainFunction, bind_part<text_kernel<&lower>>},
    {"left", 2, 2, kPlainFunction, bind_part<row_kernel<&left>>},
    {"right", 2, 2, kPlainFunction, bind_part<row_kernel<&right>>},
    {"substring", 2, 3, kPlainFunction, bind_substring},
    {"substr", 2, 3, kPlainFunction, bind_substring},
    {"mid", 2, 3, kPlainFunction, bind_substring},
    {"trim", 1, 3, kPlainFunction, bind_trim},
    {"ltrim", 1, 1, kPlainFunction, bind_part<row_kernel<&ltrim>>},
    {"rtrim", 1, 1, kPlainFunction, bind_part<row_kernel<&rtrim>>},
    {"reverse", 1, 1, kPlainFunction, bind_part<text_kernel<&reverse>>},
    {"substring_index", 3, 3, kPlainFunction, bind_substring_index},
};

}  // namespace

std::span<const FunctionDefinition> string_functions() { return kStringFunctions; }

}  // namespace sluice::expression
