#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "expression/builder.h"
#include "expression/eval_context.h"
#include "types/time_zone.h"
#include "types/value_text.h"

// Calls of functions on literals, for tests: the result is the text that a client would see.

namespace sluice::expression::testing_support {

inline ExpressionPtr text(std::string_view value, std::string_view collation = "utf8mb4_bin") {
  return make_string(value, types::find_collation(collation));
}
inline ExpressionPtr bytes(std::string_view value) { return text(value, "binary"); }
inline ExpressionPtr number(std::int64_t value) { return make_int(value); }
inline ExpressionPtr real(double value) { return make_double(value); }
inline ExpressionPtr decimal(std::string_view value) { return make_decimal(types::Decimal::parse(value)); }
inline ExpressionPtr null() { return make_null(); }

/// A context as a statement has it: UTC, fixed time 2024-10-30 10:14:27.123456.
class FunctionTester {
 public:
  FunctionTester() {
    context.warnings = &warnings;
    context.time_zone = types::TimeZone::utc();
    context.statement_time_us = 1'730'283'267'123'456;
    context.sql_mode = types::SqlMode::standard();
    build.sql_mode = context.sql_mode;
    build.evaluation = &context;
  }

  ExpressionPtr make(std::string_view name, std::vector<ExpressionPtr> arguments) {
    return make_function(name, std::move(arguments), build);
  }

  /// The result's text; "NULL" for NULL; "error N" for SqlError N.
  std::string call(std::string_view name, std::vector<ExpressionPtr> arguments) {
    try {
      const ExpressionPtr expression = make(name, std::move(arguments));
      return types::format_value(expression->evaluate_constant(context), expression->type());
    } catch (const SqlError& error) {
      return "error " + std::to_string(error.number());
    }
  }

  /// The same in upper-case hexadecimal, for bytes.
  std::string call_hex(std::string_view name, std::vector<ExpressionPtr> arguments) {
    return call("hex", {make(name, std::move(arguments))});
  }

  WarningList warnings;
  EvalContext context;
  BuildContext build;
};

struct FunctionCase {
  const char* name;
  std::vector<ExpressionPtr> arguments;
  const char* expected;
};

}  // namespace sluice::expression::testing_support
