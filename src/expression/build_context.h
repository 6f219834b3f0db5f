#pragma once

#include "types/collation.h"
#include "types/sql_mode.h"

namespace sluice::expression {

struct EvalContext;

/// What the construction of expressions depends on: settings of the session that fix types and meaning.
struct BuildContext {
  types::SqlMode sql_mode{};
  /// collation_connection: of literals, and of numbers turned into strings.
  const types::Collation* connection_collation = types::default_collation();
  int div_precision_increment = 4;
  std::uint64_t group_concat_max_len = 1024;
  /// For converting and folding constants. May be null: then constants stay as they are.
  EvalContext* evaluation = nullptr;
  /// Set to false when an expression was built for the values that parameters have now. May be null: then none is.
  bool* holds_for_any_parameters = nullptr;
};

}  // namespace sluice::expression
