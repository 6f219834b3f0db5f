// Strings put together: CONCAT, CONCAT_WS, REPEAT, LPAD, REPLACE, INSERT, ELT, MAKE_SET, EXPORT_SET, QUOTE, TRANSLATE, ...
#include <algorithm>

#include "expression/function_families.h"
#include "expression/text_kernel.h"
#include "types/utf8.h"

namespace sluice::expression {

namespace {

using vector::StringSlot;

std::string_view text_at(const KernelCall& call, std::size_t argument, std::size_t row) {
  return call.args[argument]->string_at(row);
}

// The bytes go straight into the result's heap: one walk for the size, one to copy.
void run_concat(const KernelCall& call) {
  map_rows(call, [&](std::size_t row) {
    std::size_t total = 0;
    for (const vector::ColumnVector* argument : call.args) total += argument->string_at(row).size();
    if (exceeds_packet(call.call, call.context, total)) {
      call.out.set_null(row);
      return;
    }
    char small[StringSlot::kInlineBytes];
    char* bytes = total <= sizeof(small) ? small : call.out.allocate_string(total);
    char* position = bytes;
    for (const vector::ColumnVector* argument : call.args) {
      const std::string_view text = argument->string_at(row);
      position = std::copy(text.begin(), text.end(), position);
    }
    call.out.set_string_borrowed(row, {bytes, total});
  });
}

/// NULL arguments are skipped; a NULL separator gives NULL.
void run_concat_ws(const KernelCall& call) {
  std::string buffer;
  call.out.merge_nulls(*call.args[0]);
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (call.out.is_null(row)) return;
    const std::string_view separator = text_at(call, 0, row);
    buffer.clear();
    bool is_first = true;
    for (const vector::ColumnVector* argument : call.args.subspan(1)) {
      if (argument->is_null(row)) continue;
      if (!is_first) buffer.append(separator);
      buffer.append(argument->string_at(row));
      is_first = false;
    }
    if (exceeds_packet(call.call, call.context, buffer.size())) {
      call.out.set_null(row);
    } else {
      call.out.set_string(row, buffer);
    }
  });
}

bool append_repeated(TextResult& result, std::string_view text, std::int64_t count) {
  if (count <= 0 || text.empty()) return true;
  const auto times = static_cast<std::uint64_t>(std::min<std::int64_t>(count, std::int64_t{1} << 31));
  if (exceeds_packet(result, text.size() * times)) return false;
  result.out.reserve(text.size() * times);
  for (std::uint64_t index = 0; index < times; ++index) result.out.append(text);
  return true;
}

bool space(TextResult& result, std::int64_t count) { return append_repeated(result, " ", count); }

/// Fills `result.out` with `count` characters of `pad`, repeated.
void append_padding(std::string& out, std::string_view pad, const types::Charset& charset, std::size_t count) {
  // Broken UTF-8 may have no characters at all.
  const std::size_t pad_length = charset.length(pad);
  if (pad_length == 0) return;
  for (; count >= pad_length; count -= pad_length) out.append(pad);
  out.append(pad.substr(0, charset.offset(pad, count)));
}

enum class Side { kLeft, kRight };

template <Side side>
bool pad(TextResult& result, std::string_view text, std::int64_t length, std::string_view padding) {
  if (length < 0) return false;
  const types::Charset& charset = result_charset(result.call);
  const auto wanted = static_cast<std::size_t>(length);
  if (exceeds_packet(result, static_cast<std::uint64_t>(wanted) * charset.max_bytes)) return false;
  const std::size_t present = charset.length(text);
  if (present >= wanted) {
    result.out.append(text.substr(0, charset.offset(text, wanted)));
    return true;
  }
  if (padding.empty()) return false;
  if (side == Side::kRight) result.out.append(text);
  append_padding(result.out, padding, charset, wanted - present);
  if (side == Side::kLeft) result.out.append(text);
  return true;
}

bool replace(TextResult& result, std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) {
    result.out.append(text);
    return true;
  }
  std::size_t position = 0;
  for (std::size_t found = text.find(from); found != std::string_view::npos; found = text.find(from, position)) {
    result.out.append(text, position, found - position);
    result.out.append(to);
    position = found + from.size();
    if (exceeds_packet(result, result.out.size())) return false;
  }
  result.out.append(text.substr(position));
  return !exceeds_packet(result, result.out.size());
}

bool insert(TextResult& result, std::string_view text, std::int64_t position, std::int64_t count,
            std::string_view inserted) {
  const types::Charset& charset = result_charset(result.call);
  const auto length = static_cast<std::int64_t>(charset.length(text));
  if (position < 1 || position > length) {
    result.out.append(text);
    return true;
  }
  const std::size_t first = charset.offset(text, static_cast<std::size_t>(position - 1));
  const bool to_the_end = count < 0 || count > length - position;
  const std::string_view rest = text.substr(first);
  result.out.append(text.substr(0, first));
  result.out.append(inserted);
  if (!to_the_end) result.out.append(rest.substr(charset.offset(rest, static_cast<std::size_t>(count))));
  return !exceeds_packet(result, result.out.size());
}

void run_elt(const KernelCall& call) {
  const ValueReader<std::int64_t> index(*call.args[0]);
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const bool is_present =
        !call.args[0]->is_null(row) && index[row] >= 1 && static_cast<std::size_t>(index[row]) < call.args.size();
    if (!is_present || call.args[static_cast<std::size_t>(index[row])]->is_null(row)) {
      call.out.set_null(row);
    } else {
      call.out.set_string(row, text_at(call, static_cast<std::size_t>(index[row]), row));
    }
  });
}

void run_make_set(const KernelCall& call) {
  const ValueReader<std::uint64_t> bits(*call.args[0]);
  std::string buffer;
  call.out.merge_nulls(*call.args[0]);
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (call.out.is_null(row)) return;
    buffer.clear();
    bool is_first = true;
    for (std::size_t index = 1; index < call.args.size() && index <= 64; ++index) {
      if ((bits[row] >> (index - 1) & 1) == 0 || call.args[index]->is_null(row)) continue;
      if (!is_first) buffer.push_back(',');
      buffer.append(text_at(call, index, row));
      is_first = false;
    }
    call.out.set_string(row, buffer);
  });
}

/// Bits from the lowest; `count` outside 0 to 64 counts as 64.
bool export_set(TextResult& result, std::uint64_t bits, std::string_view on, std::string_view off,
                std::string_view separator, std::int64_t count) {
  const std::int64_t shown = count < 0 || count > 64 ? 64 : count;
  for (std::int64_t index = 0; index < shown; ++index) {
    if (index != 0) result.out.append(separator);
    result.out.append((bits >> index & 1) != 0 ? on : off);
  }
  return !exceeds_packet(result, result.out.size());
}
bool export_set_separated(TextResult& result, std::uint64_t bits, std::string_view on, std::string_view off,
                          std::string_view separator) {
  return export_set(result, bits, on, off, separator, 64);
}
bool export_set_plain(TextResult& result, std::uint64_t bits, std::string_view on, std::string_view off) {
  return export_set(result, bits, on, off, ",", 64);
}

/// QUOTE(NULL) is the word NULL.
void run_quote(const KernelCall& call) {
  std::string buffer;
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (call.args[0]->is_null(row)) {
      call.out.set_string(row, "NULL");
      return;
    }
    buffer.assign(1, '\'');
    for (const char byte : text_at(call, 0, row)) {
      switch (byte) {
        case '\'':
        case '\\':
          buffer.push_back('\\');
          buffer.push_back(byte);
          break;
        case '\0':
          buffer.append("\\0");
          break;
        case '\x1A':
          buffer.append("\\Z");
          break;
        default:
          buffer.push_back(byte);
      }
    }
    buffer.push_back('\'');
    call.out.set_string(row, buffer);
  });
}

/// Each character of `from` becomes the one at its place in `to`, or nothing if `to` is shorter. As Oracle's and TiDB's TRANSLATE.
bool translate(TextResult& result, std::string_view text, std::string_view from, std::string_view to) {
  const types::Charset& charset = result_charset(result.call);
  while (!text.empty()) {
    const std::size_t size = charset.offset(text, 1);
    const std::string_view character = text.substr(0, size);
    text.remove_prefix(size);
    std::size_t place = 0;
    bool is_found = false;
    for (std::string_view rest = from; !rest.empty() && !is_found; ++place) {
      const std::size_t rest_size = charset.offset(rest, 1);
      is_found = rest.substr(0, rest_size) == character;
      rest.remove_prefix(rest_size);
    }
    if (!is_found) {
      result.out.append(character);
      continue;
    }
    const std::string_view tail = to.substr(charset.offset(to, place - 1));
    result.out.append(tail.substr(0, charset.offset(tail, 1)));
  }
  return true;
}

/// Sum of the bounds of string arguments [first, last); -1 if one is unknown.
std::int64_t total_bound(const FunctionBinder& binder, std::size_t first, std::size_t last) {
  std::int64_t total = 0;
  for (std::size_t index = first; index < last; ++index) {
    const std::int64_t bound = character_bound(binder, index);
    if (bound < 0) return -1;
    total += bound;
  }
  return total;
}

void cast_strings(FunctionBinder& binder, std::size_t first, std::size_t last) {
  for (std::size_t index = first; index < last; ++index) binder.cast_to_string(index);
}

void bind_concat(FunctionBinder& binder) {
  const std::size_t count = binder.argument_count();
  cast_strings(binder, 0, count);
  binder.set_string_result(total_bound(binder, 0, count), binder.derive_collation(0, count));
  binder.set_kernel(run_concat);
}

void bind_concat_ws(FunctionBinder& binder) {
  const std::size_t count = binder.argument_count();
  cast_strings(binder, 0, count);
  const std::int64_t values = total_bound(binder, 1, count);
  const std::int64_t separator = character_bound(binder, 0);
  const std::int64_t bound =
      values < 0 || separator < 0 ? -1 : values + separator * static_cast<std::int64_t>(count - 2);
  binder.set_string_result(bound, binder.derive_collation(0, count));
  binder.set_kernel(run_concat_ws);
}

void bind_repeat(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_int(1);
  binder.set_string_result(-1, binder.derive_collation(0, 1));
  binder.set_kernel(text_kernel<&append_repeated>);
}

void bind_space(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.set_connection_string_result(-1);
  binder.set_kernel(text_kernel<&space>);
}

/// LPAD(text, length, padding): the collation is that of text and padding together.
template <Side side>
void bind_pad(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_int(1);
  binder.cast_to_string(2);
  std::swap(binder.arguments()[1], binder.arguments()[2]);
  const types::CollationClaim claim = binder.derive_collation(0, 2);
  std::swap(binder.arguments()[1], binder.arguments()[2]);
  binder.set_string_result(-1, claim);
  binder.set_kernel(text_kernel<&pad<side>>);
}

template <Kernel kKernel>
void bind_three_texts(FunctionBinder& binder) {
  cast_strings(binder, 0, 3);
  binder.set_string_result(-1, binder.derive_collation(0, 1));
  binder.set_kernel(kKernel);
}

void bind_insert(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_int(1);
  binder.cast_to_int(2);
  binder.cast_to_string(3);
  std::swap(binder.arguments()[1], binder.arguments()[3]);
  const types::CollationClaim claim = binder.derive_collation(0, 2);
  std::swap(binder.arguments()[1], binder.arguments()[3]);
  binder.set_string_result(-1, claim);
  binder.set_kernel(text_kernel<&insert>);
}

std::int64_t largest_bound(const FunctionBinder& binder, std::size_t first) {
  std::int64_t largest = 0;
  for (std::size_t index = first; index < binder.argument_count(); ++index) {
    const std::int64_t bound = character_bound(binder, index);
    if (bound < 0) return -1;
    largest = std::max(largest, bound);
  }
  return largest;
}

// ELT of ENUM or SET columns alone keeps them, so that a numeric context sees their numbers, as it does for the columns themselves.
bool is_elt_of_labels(const FunctionBinder& binder) {
  const types::FieldType& first = binder.argument_type(1);
  if (first.code != types::TypeCode::kEnum && first.code != types::TypeCode::kSet) return false;
  for (std::size_t index = 2; index < binder.argument_count(); ++index) {
    if (!(binder.argument_type(index) == first)) return false;
  }
  return true;
}

void run_elt_of_labels(const KernelCall& call) {
  const ValueReader<std::int64_t> index(*call.args[0]);
  std::uint64_t* const out = call.results<std::uint64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const bool is_present =
        !call.args[0]->is_null(row) && index[row] >= 1 && static_cast<std::size_t>(index[row]) < call.args.size();
    if (!is_present || call.args[static_cast<std::size_t>(index[row])]->is_null(row)) {
      call.out.set_null(row);
    } else {
      out[row] = call.args[static_cast<std::size_t>(index[row])]->at<std::uint64_t>(row);
    }
  });
}

void bind_elt(FunctionBinder& binder) {
  binder.cast_to_int(0);
  if (is_elt_of_labels(binder)) {
    types::FieldType type = binder.argument_type(1);
    type.clear_flag(types::field_flag::kNotNull);
    binder.set_result(std::move(type));
    binder.set_claim(binder.argument(1)->claim());
    binder.set_kernel(run_elt_of_labels);
    return;
  }
  cast_strings(binder, 1, binder.argument_count());
  binder.set_string_result(largest_bound(binder, 1), binder.derive_collation(1, binder.argument_count()));
  binder.set_kernel(run_elt);
}

void bind_make_set(FunctionBinder& binder) {
  const std::size_t count = binder.argument_count();
  binder.cast_to_uint(0);
  cast_strings(binder, 1, count);
  const std::int64_t total = total_bound(binder, 1, count);
  binder.set_string_result(total < 0 ? -1 : total + static_cast<std::int64_t>(count) - 2,
                           binder.derive_collation(1, count));
  binder.set_kernel(run_make_set);
}

void bind_export_set(FunctionBinder& binder) {
  const std::size_t strings_end = std::min<std::size_t>(binder.argument_count(), 4);
  binder.cast_to_uint(0);
  cast_strings(binder, 1, strings_end);
  if (binder.argument_count() == 5) binder.cast_to_int(4);
  binder.set_string_result(-1, binder.derive_collation(1, strings_end));
  binder.set_kernel(binder.argument_count() == 3   ? text_kernel<&export_set_plain>
                    : binder.argument_count() == 4 ? text_kernel<&export_set_separated>
                                                   : text_kernel<&export_set>);
}

void bind_quote(FunctionBinder& binder) {
  binder.cast_to_string(0);
  const std::int64_t bound = character_bound(binder, 0);
  binder.set_string_result(bound < 0 ? -1 : 2 * bound + 2, binder.derive_collation(0, 1));
  binder.set_kernel(run_quote);
}

constexpr FunctionDefinition kStringBuildFunctions[] = {
    {"concat", 1, -1, kPlainFunction, bind_concat},
    {"concat_ws", 2, -1, kPlainFunction, bind_concat_ws},
    {"repeat", 2, 2, kPlainFunction, bind_repeat},
    {"space", 1, 1, kPlainFunction, bind_space},
    {"lpad", 3, 3, kPlainFunction, bind_pad<Side::kLeft>},
    {"rpad", 3, 3, kPlainFunction, bind_pad<Side::kRight>},
    {"replace", 3, 3, kPlainFunction, bind_three_texts<text_kernel<&replace>>},
    {"translate", 3, 3, kPlainFunction, bind_three_texts<text_kernel<&translate>>},
    {"insert", 4, 4, kPlainFunction, bind_insert},
    {"elt", 2, -1, kPlainFunction, bind_elt},
    {"make_set", 2, -1, kPlainFunction, bind_make_set},
    {"export_set", 3, 5, kPlainFunction, bind_export_set},
    {"quote", 1, 1, kPlainFunction, bind_quote},
};

}  // namespace

std::span<const FunctionDefinition> string_build_functions() { return kStringBuildFunctions; }

}  // namespace sluice::expression
