/// Which privileges statements that change the schema need.
#pragma once

#include "sql/statement.h"

namespace sluice::session {

struct SessionState;

/// Throws: SqlError 1044, 1142 if the session lacks one of them; 1046 if a name needs a current database.
void check_schema_privileges(const sql::Statement& statement, const SessionState& session);

}  // namespace sluice::session
