// Where a string stands in others: LOCATE, INSTR, FIELD, FIND_IN_SET; STRCMP is with the comparisons.
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/text_kernel.h"
#include "types/compare.h"
#include "types/utf8.h"

namespace sluice::expression {

namespace {

/// Whether `text` begins with `pattern` under `collation`, character by character.
bool starts_with(std::string_view text, std::string_view pattern, const types::Collation& collation) {
  while (!pattern.empty()) {
    if (text.empty()) return false;
    const types::DecodedCharacter wanted = types::decode_utf8(pattern);
    const types::DecodedCharacter present = types::decode_utf8(text);
    if (wanted.code_point != present.code_point &&
        collation.character_weight(wanted.code_point) != collation.character_weight(present.code_point)) {
      return false;
    }
    pattern.remove_prefix(wanted.byte_count);
    text.remove_prefix(present.byte_count);
  }
  return true;
}

/// 1-based character position of `pattern` in `text` at or after `start` (1-based); 0 if it is not there.
std::int64_t find_text(const types::Collation& collation, std::string_view pattern, std::string_view text,
                       std::int64_t start) {
  const types::Charset& charset = *collation.charset;
  if (start < 1) return 0;
  const auto skipped = static_cast<std::size_t>(start - 1);
  std::size_t offset = 0;
  if (skipped != 0) {
    if (skipped > charset.length(text)) return 0;
    offset = charset.offset(text, skipped);
  }
  if (pattern.empty()) return start;
  if (collation.is_binary) {
    const std::size_t found = text.find(pattern, offset);
    if (found == std::string_view::npos) return 0;
    return static_cast<std::int64_t>(charset.length(text.substr(0, found))) + 1;
  }
  for (std::int64_t position = start; offset < text.size(); ++position) {
    if (starts_with(text.substr(offset), pattern, collation)) return position;
    offset += types::decode_utf8(text.substr(offset)).byte_count;
  }
  return 0;
}

std::int64_t locate(RowContext& context, std::string_view pattern, std::string_view text) {
  return find_text(comparison_collation(context.call), pattern, text, 1);
}
std::int64_t locate_from(RowContext& context, std::string_view pattern, std::string_view text, std::int64_t start) {
  return find_text(comparison_collation(context.call), pattern, text, start);
}
std::int64_t instr(RowContext& context, std::string_view text, std::string_view pattern) {
  return find_text(comparison_collation(context.call), pattern, text, 1);
}

std::int64_t find_in_set(RowContext& context, std::string_view wanted, std::string_view list) {
  if (list.empty() || wanted.find(',') != std::string_view::npos) return 0;
  const types::Collation& collation = comparison_collation(context.call);
  for (std::int64_t position = 1;; ++position) {
    const std::size_t comma = list.find(',');
    if (collation.equal(list.substr(0, comma), wanted)) return position;
    if (comma == std::string_view::npos) return 0;
    list.remove_prefix(comma + 1);
  }
}

/// FIELD(wanted, a, b, ...): NULL equals nothing.
template <class Equal>
void run_field(const KernelCall& call, Equal equal) {
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    out[row] = 0;
    if (call.args[0]->is_null(row)) return;
    for (std::size_t index = 1; index < call.args.size(); ++index) {
      if (call.args[index]->is_null(row) || !equal(index, row)) continue;
      out[row] = static_cast<std::int64_t>(index);
      return;
    }
  });
}

void run_field_strings(const KernelCall& call) {
  const types::Collation& collation = comparison_collation(call.call);
  run_field(call, [&](std::size_t index, std::size_t row) {
    return collation.equal(call.args[0]->string_at(row), call.args[index]->string_at(row));
  });
}
template <class T>
void run_field_numbers(const KernelCall& call) {
  run_field(call, [&](std::size_t index, std::size_t row) {
    return call.args[0]->at<T>(row) == call.args[index]->at<T>(row);
  });
}

/// Casts all arguments but a position to strings and keeps the collation to compare with.
template <Kernel kKernel, std::size_t kStrings>
void bind_search(FunctionBinder& binder) {
  for (std::size_t index = 0; index < kStrings; ++index) binder.cast_to_string(index);
  for (std::size_t index = kStrings; index < binder.argument_count(); ++index) binder.cast_to_int(index);
  set_comparison_collation(binder, binder.derive_collation(0, kStrings).collation);
  binder.set_result(int_type(11));
  binder.set_kernel(kKernel);
}

void bind_locate(FunctionBinder& binder) {
  if (binder.argument_count() == 2) {
    bind_search<row_kernel<&locate>, 2>(binder);
  } else {
    bind_search<row_kernel<&locate_from>, 2>(binder);
  }
}

/// Compares as integers if all arguments are, as strings if all are, else as doubles.
void bind_field(FunctionBinder& binder) {
  bool are_strings = true;
  bool are_integers = true;
  for (const ExpressionPtr& argument : binder.arguments()) {
    const bool is_null_literal = argument->type().code == types::TypeCode::kNull;
    are_strings = are_strings && (argument->type().is_string() || is_null_literal);
    are_integers =
        are_integers && (argument->type().is_integer() || is_null_literal) && !argument->type().is_unsigned();
  }
  for (std::size_t index = 0; index < binder.argument_count(); ++index) {
    if (are_strings) {
      binder.cast_to_string(index);
    } else if (are_integers) {
      binder.cast_to_int(index);
    } else {
      binder.cast_to_double(index);
    }
  }
  if (are_strings) set_comparison_collation(binder, binder.derive_collation(0, binder.argument_count()).collation);
  binder.set_result(int_type(3));
  binder.set_kernel(are_strings    ? run_field_strings
                    : are_integers ? run_field_numbers<std::int64_t>
                                   : run_field_numbers<double>);
}

/// ILIKE is LIKE on both sides in lower case.
void bind_ilike(FunctionBinder& binder) {
  std::vector<ExpressionPtr> arguments = binder.arguments();
  for (std::size_t index = 0; index < 2; ++index)
    arguments[index] = make_function("lower", {arguments[index]}, binder.context());
  binder.replace_call(make_function("like", std::move(arguments), binder.context()));
}

constexpr FunctionDefinition kStringSearchFunctions[] = {
    {"locate", 2, 3, kPlainFunction, bind_locate},
    {"position", 2, 2, kPlainFunction, bind_locate},
    {"instr", 2, 2, kPlainFunction, bind_search<row_kernel<&instr>, 2>},
    {"find_in_set", 2, 2, kPlainFunction, bind_search<row_kernel<&find_in_set>, 2>},
    {"field", 2, -1, kPlainFunction, bind_field},
    {"ilike", 2, 3, kPlainFunction, bind_ilike},
};

}  // namespace

std::span<const FunctionDefinition> string_search_functions() { return kStringSearchFunctions; }

}  // namespace sluice::expression
