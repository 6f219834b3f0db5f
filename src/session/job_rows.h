/// Rows about schema changes: ADMIN SHOW DDL, ADMIN SHOW DDL JOBS, information_schema.DDL_JOBS.
#pragma once

#include <cstddef>

#include "base/stop_token.h"
#include "session/row_set.h"

namespace sluice::session {

struct SessionState;

/// One row: the schema's version, the owner, the jobs that run.
RowSet show_ddl(const SessionState& session, StopToken stop);

/// Jobs in the queue, then the newest `finished` ended ones. Columns: JOB_ID, DB_NAME, TABLE_NAME, JOB_TYPE, SCHEMA_STATE, SCHEMA_ID, TABLE_ID,
/// ROW_COUNT, CREATE_TIME, START_TIME, END_TIME, STATE, COMMENTS.
RowSet show_ddl_jobs(const SessionState& session, std::size_t finished, StopToken stop);

}  // namespace sluice::session
