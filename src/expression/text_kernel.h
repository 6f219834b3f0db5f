#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "expression/conversion.h"
#include "expression/kernel.h"
#include "types/collation.h"

// Kernels of functions that build a string per row: all rows of a call share one buffer.

namespace sluice::expression {

/// What a text function writes to, as its first parameter.
struct TextResult {
  const FunctionCall& call;
  EvalContext& context;
  std::string& out;  ///< empty at the beginning of each row
};

/// Warns 1301 (throws it in strict DML) if a result of `byte_count` bytes is too large; the function then returns NULL.
inline bool exceeds_packet(const FunctionCall& call, EvalContext& context, std::uint64_t byte_count) {
  if (byte_count <= context.max_allowed_packet) return false;
  types::ConversionContext conversion = make_conversion_context(context);
  conversion.report(SqlError(ErrorCode::kWarnAllowedPacketOverflowed, call.name(), context.max_allowed_packet));
  return true;
}
inline bool exceeds_packet(TextResult& result, std::uint64_t byte_count) {
  return exceeds_packet(result.call, result.context, byte_count);
}

namespace detail {

template <auto Function, class... Args>
struct TextKernel {
  static void run(const KernelCall& call) { run_with(call, std::index_sequence_for<Args...>{}); }

 private:
  template <std::size_t... kIndex>
  static void run_with(const KernelCall& call, std::index_sequence<kIndex...>) {
    std::tuple<ArgumentReader<std::decay_t<Args>>...> readers{
        ArgumentReader<std::decay_t<Args>>(*call.args[kIndex])...};
    std::string buffer;
    TextResult result{call.call, call.context, buffer};
    map_rows(call, [&](std::size_t row) {
      // A row may hold megabytes.
      call.context.stop.poll();
      buffer.clear();
      if (Function(result, std::get<kIndex>(readers).get(row)...)) {
        call.out.set_string(row, buffer);
      } else {
        call.out.set_null(row);
      }
    });
  }
};

template <auto Function, class Signature>
struct TextKernelOf;
template <auto Function, class... Args>
struct TextKernelOf<Function, bool (*)(TextResult&, Args...)> : TextKernel<Function, Args...> {};

}  // namespace detail

/// A kernel from a function of one row: bool f(TextResult&, Args...), which appends to TextResult::out and returns false
/// for NULL. Arguments are as for row_kernel; a NULL argument makes the result NULL without a call.
template <auto Function>
inline constexpr Kernel text_kernel = &detail::TextKernelOf<Function, decltype(Function)>::run;

/// Remembers what the last text was parsed to, per call and statement: constant patterns and paths are parsed once.
template <class Parsed>
class ParseCache {
 public:
  template <class Parse>
  const Parsed& get(std::string_view text, Parse&& parse) {
    if (parsed_ == nullptr || text_ != text) {
      parsed_.reset();
      parsed_ = std::make_unique<Parsed>(parse(text));
      text_.assign(text);
    }
    return *parsed_;
  }

 private:
  std::string text_;
  std::unique_ptr<Parsed> parsed_;
};

/// The collation that binding chose for the call's comparisons, kept as the call's state.
struct ComparisonCollation {
  const types::Collation* collation;
};
inline void set_comparison_collation(FunctionBinder& binder, const types::Collation* collation) {
  binder.set_state(std::make_shared<ComparisonCollation>(ComparisonCollation{collation}));
}
inline const types::Collation& comparison_collation(const FunctionCall& call) {
  return *call.state<ComparisonCollation>()->collation;
}

/// The character set of argument `index`; binary if it has none.
inline const types::Charset& argument_charset(const FunctionCall& call, std::size_t index) {
  const types::Collation* collation = call.children()[index]->type().collation;
  return collation == nullptr ? *types::binary_charset() : *collation->charset;
}
/// The character set of the result.
inline const types::Charset& result_charset(const FunctionCall& call) {
  return call.type().collation == nullptr ? *types::binary_charset() : *call.type().collation->charset;
}

/// Characters that argument `index`, a string, may have; -1 if unknown.
inline std::int64_t character_bound(const FunctionBinder& binder, std::size_t index) {
  return binder.argument_type(index).flen;
}

/// The bytes of argument text as clients see them: in its own character set. `buffer` keeps what had to be converted.
inline std::string_view encoded_text(std::string_view text, const types::Charset& charset, std::string& buffer) {
  if (charset.is_identity_encoded()) return text;
  buffer.clear();
  charset.encode(text, buffer);
  return buffer;
}

}  // namespace sluice::expression
