#pragma once

#include <vector>

#include "base/stop_token.h"
#include "catalog/table_info.h"
#include "ddl/job_progress.h"

namespace sluice::kv {
class Store;
}

namespace sluice::ddl {

/// Reads all rows of the present for a NULL in one of `columns`. Statements do not write NULL there any more, so what is not
/// found now does not appear later. Throws 1138 if there is one; Stopped; storage errors.
void check_no_nulls(kv::Store& store, const catalog::TableInfo& table,
                    const std::vector<const catalog::ColumnInfo*>& columns, JobProgress& progress, StopToken stop);

}  // namespace sluice::ddl
