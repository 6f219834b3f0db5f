#pragma once

#include "base/stop_token.h"
#include "catalog/schema.h"
#include "ddl/job_progress.h"

namespace sluice::kv {
class Store;
}

namespace sluice::ddl {

/// Looks up the parent of each row of `child`, a table of `schema`, that is there now. Statements enforce the key already (its state says
/// so), so what has its parent in this snapshot keeps one. Throws 1452 if a row has none; Stopped; storage errors.
void check_foreign_key_rows(kv::Store& store, const catalog::Schema& schema, const catalog::TableInfo& child,
                            const catalog::ForeignKeyInfo& key, JobProgress& progress, StopToken stop);

}  // namespace sluice::ddl
