#pragma once

#include <optional>
#include <string>
#include <utility>

#include "session/dispatch.h"
#include "session/variables.h"

namespace sluice::session {

/// The variables that a statement's SET_VAR hints set, for as long as the statement runs: those of the statement's own block, which is its first
/// SELECT, or the INSERT, UPDATE or DELETE itself.
///
/// Ownership: refers to the context, which outlives it; the destructor puts back what was there.
class HintedVariables {
 public:
  /// A hint that names no session variable or a bad value is passed over with a warning, as is said with 3637 of a variable that may not react.
  HintedVariables(const sql::Statement& statement, StatementContext& context);
  HintedVariables(const HintedVariables&) = delete;
  HintedVariables& operator=(const HintedVariables&) = delete;
  ~HintedVariables();

 private:
  void take_over() noexcept;

  StatementContext& context_;
  std::optional<SessionVariables::Values> before_;  // absent: no hint has set anything
};

}  // namespace sluice::session
