// Strings in other forms: HEX, BIN, CHAR, ASCII, base 64, FORMAT, SOUNDEX, WEIGHT_STRING.
#include <algorithm>
#include <array>

#include "expression/function_families.h"
#include "expression/text_kernel.h"
#include "types/base64.h"
#include "types/charset.h"
#include "types/number_text.h"
#include "types/utf8.h"

namespace sluice::expression {

namespace {

constexpr std::string_view kUpperHex = "0123456789ABCDEF";

void append_hex(std::string_view bytes, std::string& out) {
  out.reserve(out.size() + bytes.size() * 2);
  for (const char byte : bytes) {
    out.push_back(kUpperHex[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(kUpperHex[static_cast<unsigned char>(byte) & 15]);
  }
}

bool hex_of_text(TextResult& result, std::string_view text) {
  std::string buffer;
  append_hex(encoded_text(text, argument_charset(result.call, 0), buffer), result.out);
  return !exceeds_packet(result, result.out.size());
}

/// Digits of `value` in base 2^bits, without leading zeros.
template <unsigned bits>
void append_digits(std::uint64_t value, std::string& out) {
  const std::size_t start = out.size();
  do {
    out.push_back(kUpperHex[value & ((1U << bits) - 1)]);
    value >>= bits;
  } while (value != 0);
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(start), out.end());
}

template <unsigned bits>
bool digits_of(TextResult& result, std::uint64_t value) {
  append_digits<bits>(value, result.out);
  return true;
}
// Signed numbers count by their bits in 64.
template <unsigned bits>
bool digits_of_signed(TextResult& result, std::int64_t value) {
  append_digits<bits>(static_cast<std::uint64_t>(value), result.out);
  return true;
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char lower = static_cast<char>(digit | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// An odd digit at the beginning stands alone. NULL if a character is no hexadecimal digit.
bool unhex(TextResult& result, std::string_view text) {
  if (text.size() % 2 == 1) {
    const int value = hex_value(text[0]);
    if (value < 0) return false;
    result.out.push_back(static_cast<char>(value));
    text.remove_prefix(1);
  }
  for (; !text.empty(); text.remove_prefix(2)) {
    const int high = hex_value(text[0]);
    const int low = hex_value(text[1]);
    if (high < 0 || low < 0) return false;
    result.out.push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

/// The first byte, in the argument's own character set.
std::int64_t ascii(RowContext& context, std::string_view text) {
  if (text.empty()) return 0;
  const types::Charset& charset = argument_charset(context.call, 0);
  std::string buffer;
  return static_cast<unsigned char>(encoded_text(text.substr(0, charset.offset(text, 1)), charset, buffer)[0]);
}

/// The bytes of the first character, in its own character set, as one big-endian number.
std::int64_t ord(RowContext& context, std::string_view text) {
  if (text.empty()) return 0;
  const types::Charset& charset = argument_charset(context.call, 0);
  std::string buffer;
  const std::string_view first = encoded_text(text.substr(0, charset.offset(text, 1)), charset, buffer);
  std::int64_t code = 0;
  for (const char byte : first) code = code << 8 | static_cast<unsigned char>(byte);
  return code;
}

/// CHAR(n, ..., charset): each number is written big-endian without leading zero bytes (0 is one zero byte); NULLs are skipped.
void run_char(const KernelCall& call) {
  const types::Charset& charset = result_charset(call.call);
  std::string bytes;
  std::string text;
  vector::for_each_row(call.rows, [&](std::size_t row) {
    bytes.clear();
    for (const vector::ColumnVector* argument : call.args) {
      if (argument->is_null(row)) continue;
      const auto code = static_cast<std::uint32_t>(argument->at<std::int64_t>(row));
      for (int shift = 24; shift >= 0; shift -= 8) {
        if (code >> shift != 0 || shift == 0) bytes.push_back(static_cast<char>(code >> shift));
      }
    }
    if (charset.is_binary()) {
      call.out.set_string(row, bytes);
      return;
    }
    text.clear();
    if (charset.decode(bytes, text)) {
      call.out.set_string(row, text);
      return;
    }
    if (call.context.warnings != nullptr) {
      std::string shown;
      append_hex(bytes, shown);
      call.context.warnings->append(SqlError(ErrorCode::kInvalidCharacterString, charset.name, shown));
    }
    call.out.set_null(row);
  });
}

constexpr std::size_t kBase64LineLength = 76;

bool to_base64(TextResult& result, std::string_view text) {
  std::string buffer;
  types::append_base64(encoded_text(text, argument_charset(result.call, 0), buffer), kBase64LineLength, result.out);
  return !exceeds_packet(result, result.out.size());
}

bool from_base64(TextResult& result, std::string_view text) { return types::append_from_base64(text, result.out); }

/// Code of a letter: consonants of one class sound alike, vowels separate, H and W do not. -1: no letter.
int soundex_code(char32_t character) {
  constexpr std::string_view kCodes = "01230120022455012623010202";
  const char32_t upper = character >= 'a' && character <= 'z' ? character - 32 : character;
  return upper >= 'A' && upper <= 'Z' ? kCodes[upper - 'A'] - '0' : character >= 0x80 ? 0 : -1;
}

/// MySQL's variant: of any length, at least four characters, vowels dropped before duplicates are.
bool soundex(TextResult& result, std::string_view text) {
  int last = -1;
  std::size_t character_count = 0;
  for (; !text.empty();) {
    const types::DecodedCharacter decoded = types::decode_utf8(text);
    text.remove_prefix(decoded.byte_count);
    const int code = soundex_code(decoded.code_point);
    if (code < 0) continue;
    if (character_count == 0) {
      const bool is_lower = decoded.code_point >= 'a' && decoded.code_point <= 'z';
      types::append_utf8(is_lower ? decoded.code_point - 32 : decoded.code_point, result.out);
      character_count = 1;
    } else if (code != 0 && code != last) {
      result.out.push_back(static_cast<char>('0' + code));
      ++character_count;
    }
    if (code != 0 || character_count == 1) last = code;
  }
  if (character_count != 0 && character_count < 4) result.out.append(4 - character_count, '0');
  return true;
}

/// Thousands and decimal separators of a locale. Source: the locale table of the MySQL manual, "MySQL Server Locale Support",
/// with the conventions of the Unicode CLDR.
struct NumberLocale {
  std::string_view name;
  std::string_view group;
  std::string_view point;
};
constexpr NumberLocale kLocales[] = {
    {"en_us", ",", "."}, {"en_gb", ",", "."}, {"en_au", ",", "."}, {"en_ca", ",", "."}, {"en_in", ",", "."},
    {"zh_cn", ",", "."}, {"zh_tw", ",", "."}, {"ja_jp", ",", "."}, {"ko_kr", ",", "."}, {"th_th", ",", "."},
    {"he_il", ",", "."}, {"es_mx", ",", "."}, {"de_de", ".", ","}, {"de_at", "", ","},  {"de_ch", "'", "."},
    {"fr_fr", "", ","},  {"es_es", "", ","},  {"it_it", "", ","},  {"pt_br", ".", ","}, {"pt_pt", "", ","},
    {"nl_nl", "", ","},  {"ru_ru", ".", ","}, {"pl_pl", "", ","},  {"sv_se", ".", ","}, {"da_dk", ".", ","},
    {"nb_no", ".", ","}, {"tr_tr", ".", ","}, {"id_id", ".", ","},
};

const NumberLocale& find_locale(EvalContext& context, std::optional<std::string_view> name) {
  const auto lower = [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  };
  for (const NumberLocale& locale : kLocales) {
    if (name && std::equal(name->begin(), name->end(), locale.name.begin(), locale.name.end(),
                           [&](char a, char b) { return lower(a) == b; })) {
      return locale;
    }
  }
  if (context.warnings != nullptr)
    context.warnings->append(SqlError(ErrorCode::kUnknownLocale, name ? *name : std::string_view("NULL")));
  return kLocales[0];
}

/// Inserts group separators into "-1234567.89".
void append_grouped(std::string_view number, const NumberLocale& locale, std::string& out) {
  if (number.starts_with('-')) {
    out.push_back('-');
    number.remove_prefix(1);
  }
  const std::size_t point = std::min(number.find('.'), number.size());
  for (std::size_t index = 0; index < point; ++index) {
    if (index != 0 && (point - index) % 3 == 0) out.append(locale.group);
    out.push_back(number[index]);
  }
  if (point == number.size()) return;
  out.append(locale.point);
  out.append(number.substr(point + 1));
}

/// Digits after the point that FORMAT shows.
int format_decimals(std::int64_t wanted) {
  return static_cast<int>(std::clamp<std::int64_t>(wanted, 0, types::kMaxDecimalScale));
}

void append_number(const types::Decimal& value, int decimals, std::string& out) {
  value.round(decimals).append_to(out);
}
void append_number(double value, int decimals, std::string& out) { types::append_double_fixed(value, decimals, out); }

template <class Number>
void run_format(const KernelCall& call) {
  const ValueReader<Number> numbers(*call.args[0]);
  const ValueReader<std::int64_t> decimals(*call.args[1]);
  std::string plain;
  std::string grouped;
  call.out.merge_nulls(*call.args[0]);
  call.out.merge_nulls(*call.args[1]);
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (call.out.is_null(row)) return;
    const NumberLocale* locale = &kLocales[0];
    if (call.args.size() == 3) {
      const bool is_null = call.args[2]->is_null(row);
      locale = &find_locale(call.context, is_null ? std::nullopt : std::optional(call.args[2]->string_at(row)));
    }
    plain.clear();
    grouped.clear();
    append_number(numbers[row], format_decimals(decimals[row]), plain);
    append_grouped(plain, *locale, grouped);
    call.out.set_string(row, grouped);
  });
}

/// WEIGHT_STRING(s [, "CHAR"|"BINARY", n]): the sort key; AS CHAR(n) pads with spaces or cuts to n characters, AS BINARY(n) to n bytes.
bool weight_string(TextResult& result, std::string_view text) {
  const types::Collation* collation = result.call.children()[0]->type().collation;
  collation->append_sort_key(text, result.out);
  return true;
}

bool weight_string_cut(TextResult& result, std::string_view text, std::string_view form, std::int64_t length) {
  const bool is_binary = form == "BINARY";
  const types::Collation* collation =
      is_binary ? types::binary_collation() : result.call.children()[0]->type().collation;
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(length, 0));
  const std::size_t present = collation->charset->length(text);
  std::string fitted(text.substr(0, collation->charset->offset(text, wanted)));
  if (present < wanted) fitted.append(wanted - present, is_binary ? '\0' : ' ');
  if (exceeds_packet(result, fitted.size() * 2)) return false;
  collation->append_sort_key(fitted, result.out);
  return true;
}

/// Numbers give the digits of their integer, all else the digits of its bytes.
void bind_hex(FunctionBinder& binder) {
  const types::FieldType& type = binder.argument_type(0);
  if (type.is_numeric()) {
    binder.cast_to_integer(0);
    const bool is_unsigned = binder.argument(0)->physical_type() == types::PhysicalType::kUInt64;
    binder.set_connection_string_result(16);
    binder.set_kernel(is_unsigned ? text_kernel<&digits_of<4>> : text_kernel<&digits_of_signed<4>>);
    return;
  }
  binder.cast_to_string(0);
  const std::int64_t bound = character_bound(binder, 0);
  const types::Collation* collation = binder.argument_type(0).collation;
  binder.set_connection_string_result(
      bound < 0 ? -1 : bound * 2 * (collation == nullptr ? 1 : collation->charset->max_bytes));
  binder.set_kernel(text_kernel<&hex_of_text>);
}

template <unsigned bits>
void bind_digits(FunctionBinder& binder) {
  binder.cast_to_integer(0);
  const bool is_unsigned = binder.argument(0)->physical_type() == types::PhysicalType::kUInt64;
  binder.set_connection_string_result(64);
  binder.set_kernel(is_unsigned ? text_kernel<&digits_of<bits>> : text_kernel<&digits_of_signed<bits>>);
}

/// A string in, bytes out.
template <Kernel kKernel>
void bind_to_bytes(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(binary_string_type(character_bound(binder, 0)));
  binder.set_kernel(kKernel);
}

template <Kernel kKernel>
void bind_code(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(int_type(11));
  binder.set_kernel(kKernel);
}

/// The last argument is the character set's name, or NULL for none.
void bind_char(FunctionBinder& binder) {
  const types::Value* name = binder.constant_argument(binder.argument_count() - 1);
  const types::Charset* charset = types::binary_charset();
  if (name != nullptr && name->kind() == types::Value::Kind::kString) {
    charset = types::find_charset(name->as_string());
    if (charset == nullptr) throw SqlError(ErrorCode::kUnknownCharacterSet, name->as_string());
  }
  binder.arguments().pop_back();
  for (std::size_t index = 0; index < binder.argument_count(); ++index) binder.cast_to_int(index);
  binder.set_string_result(
      static_cast<std::int64_t>(4 * binder.argument_count()),
      {charset->default_collation(), types::Coercibility::kCoercible, types::Repertoire::kUnicode});
  binder.set_kernel(run_char);
}

void bind_to_base64(FunctionBinder& binder) {
  binder.cast_to_string(0);
  const std::int64_t bound = character_bound(binder, 0);
  const types::Collation* collation = binder.argument_type(0).collation;
  const std::int64_t bytes = bound < 0 ? -1 : bound * (collation == nullptr ? 1 : collation->charset->max_bytes);
  binder.set_connection_string_result(bytes < 0 ? -1 : bytes * 4 / 3 + bytes / 57 + 4);
  binder.set_kernel(text_kernel<&to_base64>);
}

void bind_soundex(FunctionBinder& binder) {
  binder.cast_to_string(0);
  const std::int64_t bound = character_bound(binder, 0);
  binder.set_string_result(bound < 0 ? -1 : std::max<std::int64_t>(bound, 4), binder.derive_collation(0, 1));
  binder.set_kernel(text_kernel<&soundex>);
}

void bind_format(FunctionBinder& binder) {
  const types::FieldType& type = binder.argument_type(0);
  const bool is_exact =
      type.is_integer() || type.code == types::TypeCode::kNewDecimal || type.code == types::TypeCode::kYear;
  if (is_exact) {
    binder.cast_to_decimal(0);
  } else {
    binder.cast_to_double(0);
  }
  binder.cast_to_int(1);
  if (binder.argument_count() == 3) binder.cast_to_string(2);
  binder.set_connection_string_result(120);
  binder.set_kernel(is_exact ? run_format<types::Decimal> : run_format<double>);
}

void bind_weight_string(FunctionBinder& binder) {
  binder.cast_to_string(0);
  if (binder.argument_count() == 3) binder.cast_to_int(2);
  binder.set_result(binary_string_type(-1));
  binder.set_kernel(binder.argument_count() == 1 ? text_kernel<&weight_string> : text_kernel<&weight_string_cut>);
}

constexpr FunctionDefinition kEncodingFunctions[] = {
    {"hex", 1, 1, kPlainFunction, bind_hex},
    {"unhex", 1, 1, kPlainFunction, bind_to_bytes<text_kernel<&unhex>>},
    {"bin", 1, 1, kPlainFunction, bind_digits<1>},
    {"oct", 1, 1, kPlainFunction, bind_digits<3>},
    {"ascii", 1, 1, kPlainFunction, bind_code<row_kernel<&ascii>>},
    {"ord", 1, 1, kPlainFunction, bind_code<row_kernel<&ord>>},
    {"char", 2, -1, kPlainFunction, bind_char},
    {"to_base64", 1, 1, kPlainFunction, bind_to_base64},
    {"from_base64", 1, 1, kPlainFunction, bind_to_bytes<text_kernel<&from_base64>>},
    {"soundex", 1, 1, kPlainFunction, bind_soundex},
    {"format", 2, 3, kPlainFunction, bind_format},
    {"weight_string", 1, 3, kPlainFunction, bind_weight_string},
};

}  // namespace

std::span<const FunctionDefinition> encoding_functions() { return kEncodingFunctions; }

}  // namespace sluice::expression
