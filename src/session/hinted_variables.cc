#include "session/hinted_variables.h"

#include "base/sql_error.h"
#include "session/set_variables.h"
#include "sql/ast_dml.h"
#include "sql/ast_select.h"
#include "sql/ast_simple.h"

namespace sluice::session {
namespace {

sql::List<sql::Hint> hints_of(const sql::Query& query) {
  if (const auto* select = query.try_as<sql::SelectQuery>()) return select->hints;
  if (const auto* operation = query.try_as<sql::SetOperationQuery>()) return hints_of(*operation->operands[0].query);
  return {};
}

sql::List<sql::Hint> hints_of(const sql::Statement& statement) {
  if (const auto* query = statement.try_as<sql::QueryStatement>()) return hints_of(*query->query);
  if (const auto* insert = statement.try_as<sql::InsertStatement>()) return insert->hints;
  if (const auto* update = statement.try_as<sql::UpdateStatement>()) return update->hints;
  if (const auto* erase = statement.try_as<sql::DeleteStatement>()) return erase->hints;
  if (const auto* explain = statement.try_as<sql::ExplainStatement>();
      explain != nullptr && explain->statement != nullptr) {
    return hints_of(*explain->statement);
  }
  return {};
}

}  // namespace

HintedVariables::HintedVariables(const sql::Statement& statement, StatementContext& context) : context_(context) {
  WarningList& warnings = context.run.warnings();
  for (const sql::Hint& hint : hints_of(statement)) {
    if (hint.name != "set_var") continue;
    const SystemVariable* const variable = find_system_variable(hint.argument);
    const bool can_be_set =
        variable != nullptr && variable->has(variable_scope::kSession) && !variable->has(variable_scope::kReadOnly);
    if (!can_be_set) {
      warnings.append(SqlError(ErrorCode::kUnknownSystemVariable, std::string(hint.argument)));
      continue;
    }
    if (!variable->hintable)
      warnings.append(SqlError(ErrorCode::kHintVariableMayNotAffect, std::string(hint.argument)));
    try {
      std::string value = value_of_variable(*variable, hint.second_argument, context);
      if (!before_) before_ = context.session.variables.values();
      context.session.variables.set(*variable, std::move(value));
    } catch (const SqlError& error) {
      warnings.append(error);
    }
  }
  if (before_) take_over();
}

HintedVariables::~HintedVariables() {
  if (!before_) return;
  context_.session.variables.restore(std::move(*before_));
  take_over();
}

void HintedVariables::take_over() noexcept {
  const SessionSettings& settings = context_.session.variables.settings();
  expression::EvalContext& eval = context_.run.eval();
  eval.sql_mode = settings.sql_mode;
  eval.time_zone = settings.time_zone;
  eval.div_precision_increment = settings.div_precision_increment;
  eval.default_week_format = settings.default_week_format;
  eval.group_concat_max_len = settings.group_concat_max_len;
}

}  // namespace sluice::session
