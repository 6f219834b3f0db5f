/// SELECT SLEEP(n) and nothing else: the one statement whose interruption is a result.
///
/// Source: MySQL 8.0 Reference Manual, "Miscellaneous Functions", SLEEP(): "When SLEEP() is the only thing invoked by a query that is
/// interrupted, it returns 1 and the query itself returns no error", whether it is killed or times out.
#pragma once

#include "planner/optimize.h"
#include "session/result_writer.h"

namespace sluice::sql {
struct Statement;
}

namespace sluice::session {

/// Whether `statement` is a SELECT of one SLEEP() call without a table.
bool is_lone_sleep(const sql::Statement& statement);

/// Whether a lone SLEEP that `reason` stopped answers with a row; the other reasons end the connection or are errors.
bool is_sleep_interruption(StopReason reason) noexcept;

/// Sends the columns of `plan` and its one row, 1. `stop`: of the connection, as the statement's has stopped.
void answer_interrupted_sleep(const planner::PlannedStatement& plan, ResultWriter& writer, StopToken stop);

}  // namespace sluice::session
