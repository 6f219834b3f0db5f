#pragma once

#include <cstdint>
#include <vector>

#include "catalog/meta.h"
#include "catalog/schema.h"
#include "catalog/schema_diff.h"
#include "ddl/job.h"
#include "ddl/job_store.h"

namespace sluice::ddl {

/// What one step changed, beside the stored schema and the job itself.
struct StepEffect {
  catalog::SchemaDiff diff;                 // version not set
  std::vector<std::int64_t> waits_for;      // tables that transactions may still use at an older version
  std::vector<DeleteRange> ranges;          // data that nobody needs after that wait; schema_version not set
  std::vector<std::int64_t> forgotten_ids;  // tables whose counters and statistics are gone
};

/// Runs the step from `job.phase` to the next phase inside the transaction of `meta`, which holds the schema version lock.
/// `schema` is the schema as that lock protects it. Changes `job.phase`, and what the step learnt, in `job`.
///
/// `usable_from`: for the commit point of a job with backfilled indexes, their version.
/// Throws SqlError if the change cannot be made; the caller then rolls the transaction back.
StepEffect run_step(catalog::MetaWriter& meta, const catalog::Schema& schema, Job& job, std::uint64_t usable_from);

/// Takes back what the steps before the commit point did, in one step.
StepEffect run_undo(catalog::MetaWriter& meta, Job& job);

/// All keys of a table: rows and index entries.
kv::KeyRange table_data_range(std::int64_t table_id);

}  // namespace sluice::ddl
