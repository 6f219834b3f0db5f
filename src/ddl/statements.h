#pragma once

#include "base/stop_token.h"
#include "ddl/statement_context.h"
#include "sql/statement.h"

namespace sluice::ddl {

class DdlService;

/// Whether `statement` changes the schema, so that execute_statement() takes it.
bool is_schema_statement(const sql::Statement& statement) noexcept;

/// Runs a statement that changes the schema and waits for its jobs. Several objects (DROP TABLE a, b) are one job each, in
/// the order written; a failure leaves what earlier ones did, as in TiDB.
///
/// Throws: the statement's SqlError (MySQL's numbers); Stopped as DdlService::execute(); 1235 with the name of what is not supported.
/// Afterwards the schema cache has the change.
void execute_statement(const sql::Statement& statement, const StatementContext& context, DdlService& service,
                       StopToken stop);

}  // namespace sluice::ddl
