#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "types/collation_resolution.h"
#include "types/field_type.h"
#include "types/value.h"
#include "vector/chunk.h"

namespace sluice::expression {

struct EvalContext;
struct FunctionDefinition;
class ColumnRef;
class Expression;

/// Trees are immutable and shared: between plans, and between threads.
using ExpressionPtr = std::shared_ptr<const Expression>;

enum class ExpressionKind : std::uint8_t { kColumn, kCorrelated, kConstant, kParameter, kFunction };

/// A scalar expression over the rows of a chunk.
///
/// Thread-safety: immutable; evaluation may run on any number of threads, each with its own EvalContext.
class Expression {
 public:
  virtual ~Expression() = default;
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  ExpressionKind kind() const noexcept { return kind_; }
  const types::FieldType& type() const noexcept { return type_; }
  /// The form of the vectors that evaluation yields.
  types::PhysicalType physical_type() const noexcept { return physical_type_; }
  std::span<const ExpressionPtr> children() const noexcept { return children_; }
  /// How the value's collation fares against others (types/collation_resolution.h).
  types::Coercibility coercibility() const noexcept { return coercibility_; }
  types::Repertoire repertoire() const noexcept { return repertoire_; }
  types::CollationClaim claim() const noexcept { return {type_.collation, coercibility_, repertoire_}; }

  /// The values for `rows` of `chunk`, by position: entry r is the value for row r; entries of other rows are undefined.
  /// The result is as long as chunk.row_count, or constant (then its size() means nothing). It is `scratch` (whose type must
  /// be physical_type()), a column of `chunk` or a part of this tree, and may borrow strings from all three.
  /// Throws: SqlError; Stopped.
  virtual const vector::ColumnVector& evaluate_rows(EvalContext& context, const vector::Chunk& chunk,
                                                    vector::ActiveRows rows, vector::ColumnVector& scratch) const = 0;

  /// The values for the active rows of `chunk` in `out` (any type before; afterwards physical_type()). A plain column is
  /// shared with the chunk, not copied. Call out.own_strings() to keep the result longer than `chunk`.
  void evaluate(EvalContext& context, const vector::Chunk& chunk, vector::ColumnVector& out) const;

  /// The value for one row of `chunk`.
  types::Value evaluate_row(EvalContext& context, const vector::Chunk& chunk, std::size_t row) const;
  /// The value of an expression without columns.
  types::Value evaluate_constant(EvalContext& context) const;

  /// EXPLAIN's text, in TiDB's form: eq(test.t.a, 1), column names as given, string literals in double quotes.
  std::string to_string() const {
    std::string text;
    append_to(text);
    return text;
  }
  /// Appends that text, in time proportional to its length.
  virtual void append_to(std::string& text) const = 0;

  /// Same shape, same columns, same values. Non-deterministic calls equal nothing but themselves.
  bool equals(const Expression& other) const;
  /// Equal expressions have equal hashes.
  std::uint64_t hash() const;

  /// False if two evaluations over the same row may differ within a statement (RAND, user variables, SLEEP...).
  bool is_deterministic() const noexcept { return (traits_ & kNotDeterministic) == 0; }
  /// True if evaluation calls SessionFunctions, and so must run on the statement's own thread.
  bool needs_session() const noexcept { return (traits_ & kNeedsSession) != 0; }
  bool has_columns() const noexcept { return (traits_ & kHasColumns) != 0; }
  bool has_correlated() const noexcept { return (traits_ & kHasCorrelated) != 0; }
  bool has_parameters() const noexcept { return (traits_ & kHasParameters) != 0; }
  /// No columns and no correlated values: one value per execution.
  bool is_constant_per_execution() const noexcept { return (traits_ & (kHasColumns | kHasCorrelated)) == 0; }

  /// The column that all of the tree's column references name, or null if there is none or more than one. O(1).
  const ColumnRef* sole_column() const noexcept { return sole_column_; }
  /// Appends the columns used, in order of appearance. A column may come repeatedly; a part with a sole column gives it once.
  void collect_columns(std::vector<const ColumnRef*>& out) const;

 protected:
  enum Trait : std::uint8_t {
    kNotDeterministic = 1,
    kNeedsSession = 2,
    kHasColumns = 4,
    kHasCorrelated = 8,
    kHasParameters = 16,
  };

  Expression(ExpressionKind kind, types::FieldType type, std::vector<ExpressionPtr> children, std::uint8_t own_traits);

  virtual bool equals_node(const Expression& other) const = 0;
  virtual std::uint64_t hash_node() const = 0;

  types::Coercibility coercibility_ = types::Coercibility::kCoercible;
  types::Repertoire repertoire_ = types::Repertoire::kUnicode;

 private:
  friend class ColumnRef;

  ExpressionKind kind_;
  types::PhysicalType physical_type_;
  std::uint8_t traits_;
  types::FieldType type_;
  std::vector<ExpressionPtr> children_;
  const ColumnRef* sole_column_ = nullptr;  // this, or in a child
};

/// A column of the operator below.
class ColumnRef final : public Expression {
 public:
  /// `column_id`: unique in the plan. `position`: in the input chunk, -1 until resolved. `display_name`: "db.table.column" or "Column#7".
  ColumnRef(std::int64_t column_id, int position, types::FieldType type, std::string display_name);

  std::int64_t column_id() const noexcept { return column_id_; }
  int position() const noexcept { return position_; }
  const std::string& display_name() const noexcept { return display_name_; }
  /// The same column at another position.
  ExpressionPtr at_position(int position) const;

  const vector::ColumnVector& evaluate_rows(EvalContext&, const vector::Chunk&, vector::ActiveRows,
                                            vector::ColumnVector&) const override;
  void append_to(std::string& text) const override { text += display_name_; }

 private:
  bool equals_node(const Expression& other) const override;
  std::uint64_t hash_node() const override;

  std::int64_t column_id_;
  int position_;
  std::string display_name_;
};

/// A column of an outer query. The operator that repeats the inner plan (Apply) sets the slot before each run.
/// The slot is shared by all Correlated nodes of one outer column in one executing plan.
class Correlated final : public Expression {
 public:
  Correlated(std::int64_t column_id, types::FieldType type, std::string display_name,
             std::shared_ptr<types::Value> slot);

  std::int64_t column_id() const noexcept { return column_id_; }
  const std::string& display_name() const noexcept { return display_name_; }
  const std::shared_ptr<types::Value>& slot() const noexcept { return slot_; }

  const vector::ColumnVector& evaluate_rows(EvalContext&, const vector::Chunk&, vector::ActiveRows,
                                            vector::ColumnVector&) const override;
  void append_to(std::string& text) const override { text += display_name_; }

 private:
  bool equals_node(const Expression& other) const override;
  std::uint64_t hash_node() const override;

  std::int64_t column_id_;
  std::string display_name_;
  std::shared_ptr<types::Value> slot_;
};

/// A literal or a folded value. The kind of the value fits physical_type(), or it is NULL.
class Constant final : public Expression {
 public:
  Constant(types::Value value, types::FieldType type);
  Constant(types::Value value, types::FieldType type, types::Coercibility coercibility);
  ~Constant() override;

  const types::Value& value() const noexcept { return value_; }
  bool is_null() const noexcept { return value_.is_null(); }

  const vector::ColumnVector& evaluate_rows(EvalContext&, const vector::Chunk&, vector::ActiveRows,
                                            vector::ColumnVector&) const override;
  void append_to(std::string& text) const override;

 private:
  bool equals_node(const Expression& other) const override;
  std::uint64_t hash_node() const override;

  types::Value value_;
  // The value once, owned; shared into results. Made by the first evaluation: most constants of long lists are never evaluated.
  mutable std::atomic<const vector::ColumnVector*> vector_{nullptr};
};

/// A `?` of a prepared statement: its value comes from EvalContext::parameters, converted to the planned type.
class Parameter final : public Expression {
 public:
  Parameter(std::size_t index, types::FieldType type);

  std::size_t index() const noexcept { return index_; }

  const vector::ColumnVector& evaluate_rows(EvalContext&, const vector::Chunk&, vector::ActiveRows,
                                            vector::ColumnVector&) const override;
  void append_to(std::string& text) const override { text += '?'; }

 private:
  bool equals_node(const Expression& other) const override;
  std::uint64_t hash_node() const override;

  std::size_t index_;
};

/// What the evaluator of a function is called with; see function_registry.h.
struct KernelCall;
using Kernel = void (*)(const KernelCall&);

/// A call of a registered function, bound to the evaluator for its argument types.
class FunctionCall final : public Expression {
 public:
  /// Made by make_function(). `state`: what binding prepared for the kernel (an IN list's hash set), or null.
  FunctionCall(const FunctionDefinition& definition, std::vector<ExpressionPtr> children, types::FieldType type,
               types::CollationClaim claim, Kernel kernel, std::shared_ptr<const void> state);

  const FunctionDefinition& definition() const noexcept { return definition_; }
  /// The function's name, lower case: "eq", "plus", "concat".
  std::string_view name() const noexcept;
  Kernel kernel() const noexcept { return kernel_; }
  /// The collation under which the call compares strings; null if it works on none.
  const types::Collation* collation() const noexcept { return collation_; }
  template <class State>
  const State* state() const noexcept {
    return static_cast<const State*>(state_.get());
  }
  /// The same call on other children, whose physical types must be the same.
  ExpressionPtr with_children(std::vector<ExpressionPtr> children) const;

  const vector::ColumnVector& evaluate_rows(EvalContext&, const vector::Chunk&, vector::ActiveRows,
                                            vector::ColumnVector&) const override;
  void append_to(std::string& text) const override;

 private:
  bool equals_node(const Expression& other) const override;
  std::uint64_t hash_node() const override;

  const FunctionDefinition& definition_;
  Kernel kernel_;
  const types::Collation* collation_;
  std::shared_ptr<const void> state_;
};

/// Rebuilds `root` bottom-up: `replace(node)` returns a replacement of a node, or null to keep it (children already
/// replaced). A replacement must have the physical type of what it replaces.
ExpressionPtr transform(const ExpressionPtr& root, const std::function<ExpressionPtr(const ExpressionPtr&)>& replace);

}  // namespace sluice::expression
