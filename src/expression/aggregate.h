#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expression/build_context.h"
#include "expression/expression.h"

namespace sluice::expression {

struct EvalContext;

/// What an aggregate consumes and yields: rows to result, rows to partial state, partial state to result.
/// A partial state travels between operators as a string column (AggregateFunction::serialize). The arguments of a final
/// aggregate are those of the complete one, for their types; update() is given the column of states alone.
enum class AggregateMode : std::uint8_t { kComplete, kPartial, kFinal };

struct AggregateOrder {
  ExpressionPtr expression;
  bool descending = false;
};

/// An aggregate call of a plan.
struct AggregateDescriptor {
  std::string name;                 ///< lower case: count, sum, avg, min, max, group_concat, bit_and, ...
  std::vector<ExpressionPtr> args;  ///< already cast to what the function works on
  bool distinct = false;
  std::vector<AggregateOrder> order_by;  ///< group_concat
  std::string separator = ",";           ///< group_concat
  types::FieldType result_type;
  AggregateMode mode = AggregateMode::kComplete;

  /// EXPLAIN's text: count(distinct test.t.a), group_concat(test.t.a order by test.t.b desc separator ",").
  std::string to_string() const;
  bool equals(const AggregateDescriptor& other) const;
  /// Equal calls have equal hashes.
  std::uint64_t hash() const;
};

/// Whether `name` is an aggregate function.
bool is_aggregate_function(std::string_view name);

/// Infers the result type and casts the arguments. `args` of count(*) is the literal 1.
/// Throws: SqlError 1305, 1582, 1235.
AggregateDescriptor make_aggregate(std::string_view name, std::vector<ExpressionPtr> args, bool distinct,
                                   const BuildContext& context);

/// The states of an aggregate over groups: fixed-size blocks that the caller allocates (hash table, arena), which may own
/// further memory.
///
/// Life of a state: initialize, any number of update / merge / deserialize, finalize or serialize any number of times, destroy.
/// Thread-safety: the object is immutable and shared; a state belongs to one thread at a time.
class AggregateFunction {
 public:
  static std::unique_ptr<const AggregateFunction> create(const AggregateDescriptor& descriptor,
                                                         const BuildContext& context);
  virtual ~AggregateFunction() = default;

  /// Bytes of a state, a multiple of 16; states are aligned to 16.
  std::size_t state_bytes() const noexcept { return state_bytes_; }
  /// False if states own nothing outside of their block, so that destroy() need not be called.
  bool owns_memory() const noexcept { return owns_memory_; }

  virtual void initialize(std::byte* state) const = 0;

  /// Adds rows: states[i] is the state of row rows[i]. `args`: evaluated arguments, then order-by values, by position.
  virtual void update(EvalContext& context, std::span<const vector::ColumnVector* const> args, vector::ActiveRows rows,
                      std::byte* const* states) const = 0;
  /// Adds all `rows` to one state.
  virtual void update_single(EvalContext& context, std::span<const vector::ColumnVector* const> args,
                             vector::ActiveRows rows, std::byte* state) const = 0;

  /// Adds what `from` has seen, after what `into` has seen. `from` remains to be destroyed.
  virtual void merge(EvalContext& context, std::byte* into, const std::byte* from) const = 0;

  /// Appends the result of `state` to `out` (a vector of the result's physical type).
  virtual void finalize(EvalContext& context, const std::byte* state, vector::ColumnVector& out) const = 0;

  /// Appends a self-delimiting copy of the state; merge_serialized() takes it back, removing it from `bytes`.
  virtual void serialize(const std::byte* state, std::string& out) const = 0;
  virtual void merge_serialized(EvalContext& context, std::byte* into, std::string_view& bytes) const = 0;

  /// Frees what the state owns.
  virtual void destroy(std::byte* state) const noexcept = 0;
  /// Bytes that the state owns outside of its block.
  virtual std::int64_t owned_bytes(const std::byte* state) const noexcept = 0;

 protected:
  AggregateFunction(std::size_t state_bytes, bool owns_memory)
      : state_bytes_((state_bytes + 15) / 16 * 16), owns_memory_(owns_memory) {}

 private:
  std::size_t state_bytes_;
  bool owns_memory_;
};

}  // namespace sluice::expression
