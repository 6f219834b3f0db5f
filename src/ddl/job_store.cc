#include "ddl/job_store.h"

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "catalog/meta.h"
#include "catalog/system_tables.h"
#include "catalog/table_rows.h"
#include "ddl/job_json.h"
#include "kv/store.h"
#include "types/time.h"

namespace sluice::ddl {
namespace {

using catalog::RowValues;
using catalog::system_table;
using types::Value;
namespace system_id = catalog::system_id;

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string from_hex(std::string_view hex) {
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return bytes;
}

std::string schema_ids(const Job& job) {
  std::string ids = std::to_string(job.schema_id);
  if (const auto* rename = std::get_if<RenameTablesArguments>(&job.object)) {
    for (const RenamedTable& table : rename->tables) ids += "," + std::to_string(table.new_schema_id);
  }
  return ids;
}

std::string table_ids(const Job& job) {
  std::string ids = std::to_string(job.table_id);
  if (const auto* truncate = std::get_if<TruncateTableArguments>(&job.object))
    ids += "," + std::to_string(truncate->new_table_id);
  if (const auto* rename = std::get_if<RenameTablesArguments>(&job.object)) {
    for (const RenamedTable& table : rename->tables) ids += "," + std::to_string(table.table_id);
  }
  return ids;
}

// Columns of a row of tidb_ddl_job.
enum JobColumn : std::size_t { kJobId, kReorg, kSchemaIds, kTableIds, kJobMeta, kJobType, kProcessing };
constexpr std::size_t kHistoryMeta = 1;
constexpr std::size_t kReorgMeta = 6;

std::unique_ptr<kv::Snapshot> newest_snapshot(kv::Store& store) { return store.snapshot(store.current_timestamp()); }

Value now_seconds() {
  return Value(types::truncate_time(types::time_from_wall_microseconds(clock().system_now_us()), 0));
}

DeleteRange delete_range_of(const RowValues& row) {
  DeleteRange range;
  range.job_id = row[0].as_int64();
  range.element_id = row[1].as_int64();
  range.range = {from_hex(row[2].as_string()), from_hex(row[3].as_string())};
  range.table_id = row[5].as_int64();
  range.schema_version = row[6].as_int64();
  return range;
}

// Collects first, because a scan must not be disturbed by the removals.
void erase_checkpoints(kv::Transaction& transaction, std::int64_t job_id, StopToken stop) {
  const catalog::TableInfo& table = system_table(system_id::kDdlReorg);
  std::vector<RowValues> keys;
  const Value prefix[] = {Value(job_id)};
  catalog::scan_rows(
      transaction, table, prefix,
      [&](const RowValues& row) {
        keys.push_back({row[0], row[1]});
      },
      stop);
  for (const RowValues& key : keys) catalog::erase_row(transaction, table, key, stop);
}

}  // namespace

void put_job(kv::Transaction& transaction, const Job& job, StopToken stop) {
  catalog::put_row(transaction, system_table(system_id::kDdlJob),
                   {Value(job.id), Value(static_cast<int>(job.reads_rows())), Value(schema_ids(job)),
                    Value(table_ids(job)), Value(to_stored(job)), Value(static_cast<int>(job.type)),
                    Value(static_cast<int>(job.state != JobState::kQueueing))},
                   stop);
}

std::optional<Job> lock_job(kv::Transaction& transaction, std::int64_t job_id, StopToken stop) {
  const Value key[] = {Value(job_id)};
  std::optional<RowValues> row =
      catalog::find_row(transaction, system_table(system_id::kDdlJob), key, catalog::RowLock::kExclusive, stop);
  if (!row.has_value()) return std::nullopt;
  return parse_job((*row)[kJobMeta].as_string());
}

void finish_job(kv::Transaction& transaction, const Job& job, StopToken stop) {
  SLUICE_CHECK(is_terminal(job.state), "job {} goes into the history in state {}", job.id, job_state_name(job.state));
  const Value key[] = {Value(job.id)};
  const std::string document = to_stored(job);
  catalog::erase_row(transaction, system_table(system_id::kDdlJob), key, stop);
  catalog::put_row(transaction, system_table(system_id::kDdlHistory),
                   {Value(job.id), Value(document), Value(job.schema_name), Value(job.table_name),
                    Value(schema_ids(job)), Value(table_ids(job)), now_seconds()},
                   stop);
  catalog::MetaWriter(transaction, stop).put_history_job(job.id, document);
  if (job.reads_rows()) erase_checkpoints(transaction, job.id, stop);
}

std::optional<Job> read_job(kv::Store& store, std::int64_t job_id, StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = newest_snapshot(store);
  const Value key[] = {Value(job_id)};
  std::optional<RowValues> row = catalog::find_row(*snapshot, system_table(system_id::kDdlJob), key, stop);
  if (!row.has_value()) return std::nullopt;
  return parse_job((*row)[kJobMeta].as_string());
}

JobQueue queued_jobs(kv::Store& store, std::int64_t from_id, StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = newest_snapshot(store);
  JobQueue queue;
  const Value first[] = {Value(from_id)};
  catalog::scan_rows_from(
      *snapshot, system_table(system_id::kDdlJob), first,
      [&](const RowValues& row) { queue.jobs.push_back(parse_job(row[kJobMeta].as_string())); }, stop);
  // A job takes its id, under the counter's lock, in the transaction that inserts it: all ids up to the counter's value have been in the queue.
  queue.first_id =
      queue.jobs.empty() ? catalog::MetaReader(*snapshot, stop).last_global_id() + 1 : queue.jobs.front().id;
  return queue;
}

std::optional<Job> history_job(kv::Store& store, std::int64_t job_id, StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = newest_snapshot(store);
  std::optional<std::string> document = catalog::MetaReader(*snapshot, stop).history_job(job_id);
  if (!document.has_value()) return std::nullopt;
  return parse_job(*document);
}

std::vector<Job> finished_jobs(kv::Store& store, std::size_t limit, StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = newest_snapshot(store);
  std::vector<Job> jobs;
  catalog::scan_rows_backward(
      *snapshot, system_table(system_id::kDdlHistory), limit,
      [&](const RowValues& row) { jobs.push_back(parse_job(row[kHistoryMeta].as_string())); }, stop);
  return jobs;
}

void put_checkpoint(kv::Transaction& transaction, std::int64_t job_id, std::int64_t element_id,
                    const std::string& checkpoint, StopToken stop) {
  catalog::put_row(transaction, system_table(system_id::kDdlReorg),
                   {Value(job_id), Value(element_id), Value("_idx_"), Value::null(), Value::null(), Value::null(),
                    Value(checkpoint)},
                   stop);
}

void lock_checkpoint(kv::Transaction& transaction, std::int64_t job_id, std::int64_t element_id, StopToken stop) {
  const Value key[] = {Value(job_id), Value(element_id)};
  catalog::find_row(transaction, system_table(system_id::kDdlReorg), key, catalog::RowLock::kExclusive, stop);
}

std::optional<std::string> read_checkpoint(kv::Store& store, std::int64_t job_id, std::int64_t element_id,
                                           StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = newest_snapshot(store);
  std::optional<std::string> checkpoint;
  const Value key[] = {Value(job_id), Value(element_id)};
  catalog::scan_rows(
      *snapshot, system_table(system_id::kDdlReorg), key,
      [&](const RowValues& row) { checkpoint = row[kReorgMeta].as_string(); }, stop);
  return checkpoint;
}

void put_delete_range(kv::Transaction& transaction, const DeleteRange& range, StopToken stop) {
  catalog::put_row(
      transaction, system_table(system_id::kGcDeleteRange),
      {Value(range.job_id), Value(range.element_id), Value(to_hex(range.range.begin)), Value(to_hex(range.range.end)),
       Value(static_cast<std::int64_t>(transaction.start_ts())), Value(range.table_id), Value(range.schema_version)},
      stop);
}

void erase_delete_range(kv::Transaction& transaction, const DeleteRange& range, StopToken stop) {
  const Value key[] = {Value(range.job_id), Value(range.element_id)};
  catalog::erase_row(transaction, system_table(system_id::kGcDeleteRange), key, stop);
}

std::vector<DeleteRange> delete_ranges_from(kv::Store& store, std::int64_t from_job_id, StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = newest_snapshot(store);
  std::vector<DeleteRange> ranges;
  const Value first[] = {Value(from_job_id)};
  catalog::scan_rows_from(
      *snapshot, system_table(system_id::kGcDeleteRange), first,
      [&](const RowValues& row) { ranges.push_back(delete_range_of(row)); }, stop);
  return ranges;
}

std::vector<DeleteRange> delete_ranges_of(kv::Store& store, std::int64_t job_id, StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = newest_snapshot(store);
  std::vector<DeleteRange> ranges;
  const Value key[] = {Value(job_id)};
  catalog::scan_rows(
      *snapshot, system_table(system_id::kGcDeleteRange), key,
      [&](const RowValues& row) { ranges.push_back(delete_range_of(row)); }, stop);
  return ranges;
}

}  // namespace sluice::ddl
