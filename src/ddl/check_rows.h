#pragma once

#include <vector>

#include "base/stop_token.h"
#include "catalog/table_info.h"
#include "ddl/job.h"
#include "ddl/job_progress.h"

namespace sluice::kv {
class Store;
}

namespace sluice::ddl {

/// Reads all rows of the present for one that violates one of `checks`, which are of `table`; expressions are evaluated with the job's
/// SQL mode and time zone. Statements enforce the checks already (binds_statements()), so what fits now goes on fitting.
/// Throws 3819 naming the check; what an expression throws; Stopped (polled per batch); storage errors.
void check_check_rows(kv::Store& store, const Job& job, const catalog::TableInfo& table,
                      const std::vector<const catalog::ConstraintInfo*>& checks, JobProgress& progress, StopToken stop);

}  // namespace sluice::ddl
