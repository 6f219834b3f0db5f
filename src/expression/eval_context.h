#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/stop_token.h"
#include "types/sql_mode.h"
#include "types/value.h"
#include "vector/column_vector.h"

namespace sluice {
class MemoryTracker;
class WarningList;
namespace types {
class TimeZone;
}
}  // namespace sluice

namespace sluice::expression {

class SessionFunctions;

/// What the evaluation of expressions may read and write while one thread runs a statement.
///
/// Ownership: borrows all pointers; they outlive the context. Owns scratch vectors and per-statement function states.
/// Thread-safety: one thread at a time; each task of a parallel plan has a context of its own (see fork()).
struct EvalContext {
  EvalContext();
  EvalContext(EvalContext&&) noexcept;
  EvalContext& operator=(EvalContext&&) noexcept;
  ~EvalContext();

  StopToken stop;
  types::SqlMode sql_mode{};
  const types::TimeZone* time_zone = nullptr;
  /// NOW() of the statement: microseconds since 1970-01-01 UTC.
  std::int64_t statement_time_us = 0;
  WarningList* warnings = nullptr;
  int div_precision_increment = 4;
  int default_week_format = 0;  // of WEEK(date)
  std::uint64_t max_allowed_packet = 64 << 20;
  std::uint64_t group_concat_max_len = 1024;
  std::span<const types::Value> parameters;
  SessionFunctions* session = nullptr;
  MemoryTracker* memory = nullptr;
  /// INSERT, UPDATE, DELETE without IGNORE under a strict SQL mode: bad values are errors, not warnings.
  bool in_dml_strict = false;
  /// The statement says IGNORE.
  bool is_ignore = false;
  /// 0-based number of the row an INSERT works on, for messages "... at row N".
  std::uint64_t row_number = 0;

  /// A context for another task of the same statement: same settings, its own stop token, warnings and scratch.
  /// `task_warnings` may be null; a WarningList serves one task, and is merged after the join.
  EvalContext fork(StopToken task_stop, WarningList* task_warnings) const;

  /// State of one call that lasts for the statement (RAND's generator, a compiled pattern): created on first use.
  template <class State, class Make>
  State& function_state(const void* call, Make&& make) {
    std::shared_ptr<void>& slot = function_states_[call];
    if (slot == nullptr) slot = std::make_shared<State>(make());
    return *static_cast<State*>(slot.get());
  }

  /// Scratch vectors by physical type; use ScratchVector.
  std::unique_ptr<vector::ColumnVector> take_scratch(types::PhysicalType type);
  void give_scratch(std::unique_ptr<vector::ColumnVector> scratch) noexcept;

 private:
  std::unordered_map<const void*, std::shared_ptr<void>> function_states_;
  std::vector<std::unique_ptr<vector::ColumnVector>> scratch_;
};

/// A vector borrowed from a context's pool for the length of a scope. Empty and flat at first.
class ScratchVector {
 public:
  ScratchVector(EvalContext& context, types::PhysicalType type)
      : context_(context), vector_(context.take_scratch(type)) {}
  ~ScratchVector() { context_.give_scratch(std::move(vector_)); }
  ScratchVector(const ScratchVector&) = delete;
  ScratchVector& operator=(const ScratchVector&) = delete;

  vector::ColumnVector& operator*() noexcept { return *vector_; }
  vector::ColumnVector* operator->() noexcept { return vector_.get(); }

 private:
  EvalContext& context_;
  std::unique_ptr<vector::ColumnVector> vector_;
};

}  // namespace sluice::expression
