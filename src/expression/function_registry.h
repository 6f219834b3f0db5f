#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expression/build_context.h"
#include "expression/expression.h"

namespace sluice::expression {

class FunctionBinder;

/// Properties of a function, or-ed together.
enum FunctionFlag : std::uint32_t {
  kPlainFunction = 0,
  /// May give different results for the same arguments within one statement.
  kNonDeterministic = 1 << 0,
  /// Reads or writes the session (EvalContext::session).
  kUsesSession = 1 << 1,
  /// The kernel evaluates its arguments itself (IF, CASE, AND...): KernelCall::args is empty.
  kLazyArguments = 1 << 2,
  /// Not replaced by its value at plan time although deterministic (NOW, PI is fine; SLEEP is not).
  kNotFolded = 1 << 3,
};

/// One row of the function table.
struct FunctionDefinition {
  std::string_view name;  ///< lower case
  int min_arguments;
  int max_arguments;  ///< -1: any number
  std::uint32_t flags;
  /// Infers the result type, casts the arguments and chooses the kernel.
  void (*bind)(FunctionBinder& binder);
  /// A literal name for EXPLAIN and messages, if it differs.
  std::string_view display_name = {};
};

/// One evaluation of a function over a chunk.
struct KernelCall {
  const FunctionCall& call;
  EvalContext& context;
  const vector::Chunk& chunk;
  vector::ActiveRows rows;  ///< rows whose results are wanted
  std::size_t row_count;    ///< length of `out` and of each flat argument
  std::span<const vector::ColumnVector* const> args;
  vector::ColumnVector& out;  ///< flat, of the call's physical type, row_count rows, none NULL

  template <class T>
  std::span<T> results() const {
    return out.values<T>();
  }
};

/// What bind() works on: the arguments so far, and the outcome.
///
/// Every cast_* replaces argument `index` by its cast to that kind (nothing when it has it); NULL literals become NULLs of it.
class FunctionBinder {
 public:
  FunctionBinder(const FunctionDefinition& definition, std::vector<ExpressionPtr> arguments,
                 const BuildContext& context);

  const FunctionDefinition& definition() const noexcept { return definition_; }
  const BuildContext& context() const noexcept { return context_; }
  std::size_t argument_count() const noexcept { return arguments_.size(); }
  /// Looking at arguments polls every few hundred times, and so does casting them: there may be a hundred thousand. Throws: Stopped.
  const ExpressionPtr& argument(std::size_t index) const {
    poll();
    return arguments_[index];
  }
  const types::FieldType& argument_type(std::size_t index) const { return argument(index)->type(); }
  void replace_argument(std::size_t index, ExpressionPtr argument) { arguments_[index] = std::move(argument); }
  std::vector<ExpressionPtr>& arguments() noexcept { return arguments_; }
  /// The literal value of argument `index`, or null if it is not a Constant.
  const types::Value* constant_argument(std::size_t index) const;

  void cast_to_int(std::size_t index);      ///< signed (kInt64)
  void cast_to_uint(std::size_t index);     ///< unsigned (kUInt64)
  void cast_to_integer(std::size_t index);  ///< keeps the sign of integers; others become signed
  void cast_to_double(std::size_t index);
  void cast_to_decimal(std::size_t index);
  void cast_to_string(std::size_t index);
  void cast_to_datetime(std::size_t index, int decimals = 6);
  void cast_to_duration(std::size_t index, int decimals = 6);
  void cast_to_json(std::size_t index);   ///< strings become JSON strings, other values what CAST AS JSON makes of them
  void parse_as_json(std::size_t index);  ///< strings are JSON text
  void cast_to(std::size_t index, const types::FieldType& type);
  void represent_in(std::size_t index, const types::Collation* collation);  ///< represented_in()

  /// The claim of the string arguments [first, last) together, for set_string_result(). Columns that disagree give the *_bin
  /// collation with coercibility kNone. The arguments are made represented_in() it. Throws SqlError 1267, 1270, 1271 if COLLATE clauses or character sets do not mix.
  types::CollationClaim derive_collation(std::size_t first, std::size_t last);

  /// The outcome. Exactly one result type and one kernel must be set.
  void set_result(types::FieldType type) { result_ = std::move(type); }
  /// A string of at most `characters` characters in the claimed collation; TEXT/BLOB when that is too long for VARCHAR.
  void set_string_result(std::int64_t characters, types::CollationClaim claim);
  /// A string in the connection's collation, coercible: numbers and times as text.
  void set_connection_string_result(std::int64_t characters);
  /// Collation and coercibility of the outcome, for functions that do not call set_string_result(). For a result that is no
  /// string the collation is what the kernel compares under.
  void set_claim(types::CollationClaim claim) {
    claim_ = claim;
    claim_set_ = true;
  }
  void set_kernel(Kernel kernel) { kernel_ = kernel; }
  void set_state(std::shared_ptr<const void> state) { state_ = std::move(state); }
  /// The call is replaced by `expression` (a rewriting, e.g. BETWEEN as AND); nothing else need be set.
  void replace_call(ExpressionPtr expression) { replacement_ = std::move(expression); }

  /// Called once per argument by loops that do not look at them through argument(). Throws: Stopped.
  void poll() const {
    constexpr std::size_t kLooksPerPoll = 256;
    if (++look_count_ % kLooksPerPoll == 0) poll_now();
  }

  ExpressionPtr finish();

 private:
  void poll_now() const;

  const FunctionDefinition& definition_;
  std::vector<ExpressionPtr> arguments_;
  const BuildContext& context_;
  types::FieldType result_;
  types::CollationClaim claim_;
  bool claim_set_ = false;
  Kernel kernel_ = nullptr;
  std::shared_ptr<const void> state_;
  ExpressionPtr replacement_;
  mutable std::size_t look_count_ = 0;
};

/// The table of functions. Families register in function_registry.cc, which lists them all; there is no static registration.
class FunctionRegistry {
 public:
  /// The registry of the process; built on first use, immutable afterwards.
  static const FunctionRegistry& instance();

  /// The definition of `name` (lower case), or null.
  const FunctionDefinition* find(std::string_view name) const;
  /// All, by name.
  std::span<const FunctionDefinition* const> all() const noexcept { return by_name_; }

 private:
  FunctionRegistry();
  void add(std::span<const FunctionDefinition> family);

  std::vector<const FunctionDefinition*> by_name_;
};

/// Result types as MySQL reports them (flen, decimals, flags).
types::FieldType bool_type();
types::FieldType int_type(int flen = 20);
types::FieldType uint_type(int flen = 20);
types::FieldType double_type();
types::FieldType decimal_type(int precision, int scale);
types::FieldType date_type();
types::FieldType datetime_type(int decimals);
types::FieldType duration_type(int decimals);
types::FieldType json_type();
types::FieldType null_type();
types::FieldType varchar_type(std::int64_t characters, const types::Collation* collation);
types::FieldType binary_string_type(std::int64_t bytes);

}  // namespace sluice::expression
