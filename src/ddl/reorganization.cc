#include "ddl/reorganization.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/directory.h"
#include "base/failpoint.h"
#include "base/logging.h"
#include "base/sql_error.h"
#include "catalog/schema_cache.h"
#include "ddl/alter_table.h"
#include "ddl/check_rows.h"
#include "ddl/foreign_key_rows.h"
#include "ddl/index_build.h"
#include "ddl/null_check.h"
#include "ddl/touched_keys.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

std::string directory_of(const DdlEnvironment& environment, std::int64_t job_id) {
  return environment.temp_path + "/" + std::to_string(job_id);
}

std::vector<const catalog::ColumnInfo*> columns_that_forbid_null(const Job& job, const catalog::TableInfo& table) {
  std::vector<const catalog::ColumnInfo*> columns;
  for (const Clause& clause : job.clauses) {
    const auto* modify = std::get_if<ModifyColumnClause>(&clause);
    if (modify == nullptr || !modify->forbids_null) continue;
    const catalog::ColumnInfo* column = table.find_column(modify->old_name.lower);
    SLUICE_CHECK(column != nullptr, "table {} has lost column {}", table.name.original, modify->old_name.original);
    columns.push_back(column);
  }
  return columns;
}

void check_added_foreign_keys(const ReorganizationContext& context, StopToken stop) {
  if (!context.job.foreign_key_checks) return;
  const catalog::SchemaPtr schema = context.environment.schemas.current();
  for (const Clause& clause : context.job.clauses) {
    const auto* add = std::get_if<AddForeignKeyClause>(&clause);
    if (add == nullptr || add->key.version == 0) continue;
    context.progress.rows_scanned.store(0);
    check_foreign_key_rows(context.environment.store, *schema, context.table, add->key, context.progress, stop);
  }
}

void check_enforced_checks(const ReorganizationContext& context, StopToken stop) {
  const std::vector<const catalog::ConstraintInfo*> checks = checks_to_enforce(context.table, context.job.clauses);
  if (checks.empty()) return;
  context.progress.rows_scanned.store(0);
  check_check_rows(context.environment.store, context.job, context.table, checks, context.progress, stop);
}

// The version of the entries: a job's own from before a crash if its past can still be read, else the present. Entries that
// were ingested at an older version stay right: docs/decisions/add-index-in-the-past.md, "A new version after a crash".
kv::Timestamp choose_version(const ReorganizationContext& context) {
  kv::Store& store = context.environment.store;
  const std::string name = "ddl job " + std::to_string(context.job.id);
  const kv::Timestamp old_version = context.job.snapshot_version;
  if (old_version != 0) {
    if (context.lease.held() && context.lease.timestamp() == old_version) return old_version;
    try {
      context.lease = store.hold_safepoint(old_version, name);
      return old_version;
    } catch (const SqlError& error) {
      if (error.code() != ErrorCode::kGcTooEarly) throw;
    }
  }
  context.lease = store.hold_present(name);
  context.store_version(context.lease.timestamp());
  return context.lease.timestamp();
}

}  // namespace

std::uint64_t reorganize(const ReorganizationContext& context, StopToken stop) {
  const std::vector<const catalog::ColumnInfo*> columns = columns_that_forbid_null(context.job, context.table);
  if (!columns.empty()) check_no_nulls(context.environment.store, context.table, columns, context.progress, stop);
  check_added_foreign_keys(context, stop);
  check_enforced_checks(context, stop);
  std::vector<const catalog::IndexInfo*> indexes = added_indexes(context.table, context.job.clauses);
  if (indexes.empty()) return 0;
  SLUICE_CHECK(context.environment.store.capabilities().ingest, "the store cannot ingest files");
  const kv::Timestamp version = choose_version(context);
  context.progress.rows_scanned.store(0);
  IndexBuild(context, std::move(indexes), version).run(stop);
  return version;
}

void verify_touched_keys(const ReorganizationContext& context, StopToken stop) {
  for (const catalog::IndexInfo* index : added_indexes(context.table, context.job.clauses)) {
    if (index->unique) verify_touched_keys_of(context, *index, stop);
  }
}

bool remove_temporary_files(const DdlEnvironment& environment, std::int64_t job_id) {
  std::error_code failed;
  if (SLUICE_FAILPOINT_TAKEN("ddl.files.remove")) {
    failed = std::make_error_code(std::errc::io_error);
  } else {
    failed = remove_tree(directory_of(environment, job_id));
  }
  if (failed)
    log_warn("temporary files of a schema change are still there", {{"job", job_id}, {"error", failed.message()}});
  return !failed;
}

void remove_stale_files(const DdlEnvironment& environment, const std::vector<std::int64_t>& live_jobs) {
  std::error_code failed;
  std::filesystem::create_directories(environment.temp_path, failed);
  if (failed) throw SqlError(ErrorCode::kCantCreateFile, environment.temp_path, failed.value(), failed.message());
  for (const std::string& name : names_in_directory(environment.temp_path, failed)) {
    const bool is_live =
        std::any_of(live_jobs.begin(), live_jobs.end(), [&](std::int64_t id) { return std::to_string(id) == name; });
    if (!is_live) remove_tree(environment.temp_path + "/" + name);
  }
}

}  // namespace sluice::ddl
