/// SET of variables and transaction characteristics.
#pragma once

#include "session/dispatch.h"
#include "session/system_variable.h"
#include "sql/ast_simple.h"

namespace sluice::session {

/// All assignments of the statement, left to right. Throws: SqlError 1193, 1227, 1229, 1231, 1232, 1238, 1298 ...; those before the
/// failing one stay.
void set_variables(const sql::SetVariablesStatement& statement, StatementContext& context);

/// `text` as a session value of `variable`, in the form that it is kept in. Warnings of values that were cut go to the context.
/// Throws: SqlError 1231, 1232, 1298 ...
std::string value_of_variable(const SystemVariable& variable, std::string_view text, StatementContext& context);

/// SET [GLOBAL|SESSION] TRANSACTION. Throws: SqlError 1568 inside of a transaction, 8048.
void set_transaction(const sql::SetTransactionStatement& statement, StatementContext& context);

}  // namespace sluice::session
