// information_schema: what the server does now: connections, transactions, locks, schema changes, tasks, memory.

#include <algorithm>

#include "base/clock.h"
#include "base/task_tree.h"
#include "coordination/metadata_locks.h"
#include "ddl/job_type.h"
#include "ddl/service.h"
#include "kv/lock.h"
#include "kv/store.h"
#include "kv/timestamp.h"
#include "session/accounts.h"
#include "session/memory_table.h"
#include "session/process_list.h"
#include "session/session_state.h"

namespace sluice::session {
namespace {

using types::Value;

constexpr std::size_t kFinishedJobs = 10;

std::string hex_text(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

/// At most that many bytes, and no part of a character.
std::string_view beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

bool sees_all(const MemoryTableContext& context) {
  return context.session.environment.accounts.has(context.session, "", "", Privilege::kProcess);
}

// ---- PROCESSLIST -----------------------------------------------------------------------------------------------------

constexpr std::string_view kProcesslistColumns =
    "ID BIGINT(21) UNSIGNED NOT NULL, USER VARCHAR(16) NOT NULL, HOST VARCHAR(64) NOT NULL, DB VARCHAR(64), COMMAND "
    "VARCHAR(16) NOT NULL, TIME INT(7) NOT NULL, "
    "STATE VARCHAR(7), INFO LONGTEXT, DIGEST VARCHAR(64), MEM BIGINT(21) UNSIGNED, DISK BIGINT(21) UNSIGNED, TXNSTART "
    "VARCHAR(64) NOT NULL, "
    "RESOURCE_GROUP VARCHAR(32) NOT NULL, SESSION_ALIAS VARCHAR(64) NOT NULL, ROWS_AFFECTED BIGINT(21) UNSIGNED, "
    "TIDB_CPU BIGINT(21) NOT NULL, TIKV_CPU BIGINT(21) NOT NULL";

void processlist(const MemoryTableContext& context, MemoryRows& rows) {
  const bool all = sees_all(context);
  for (const ProcessInfo& info : context.session.environment.processes.rows()) {
    if (!all && info.user != context.session.identity.user) continue;
    rows.add({unsigned_value(info.id), text_value(info.user), text_value(info.host), text_or_null(info.database),
              text_value(info.command), integer_value(info.time_seconds), text_value(info.state),
              text_or_null(info.info), text_value(info.digest),
              unsigned_value(static_cast<std::uint64_t>(std::max<std::int64_t>(info.memory_bytes, 0))),
              unsigned_value(0),
              text_value(info.transaction_start_ts == 0 ? std::string() : std::to_string(info.transaction_start_ts)),
              text_value("default"), text_value(""), unsigned_value(0), integer_value(0), integer_value(0)});
  }
}

// ---- TIDB_TRX, locks -------------------------------------------------------------------------------------------------

constexpr std::string_view kTidbTrxColumns =
    "ID BIGINT(21) UNSIGNED NOT NULL, START_TIME DATETIME(6), CURRENT_SQL_DIGEST VARCHAR(64), CURRENT_SQL_DIGEST_TEXT "
    "TEXT, STATE VARCHAR(16), "
    "WAITING_START_TIME DATETIME(6), MEM_BUFFER_KEYS BIGINT(64), MEM_BUFFER_BYTES BIGINT(64), SESSION_ID BIGINT(21) "
    "UNSIGNED, USER VARCHAR(16), DB VARCHAR(64), "
    "ALL_SQL_DIGESTS TEXT, RELATED_TABLE_IDS TEXT, WAITING_TIME DOUBLE";

/// The lock that a transaction waits for now; nullptr if it waits for none.
const kv::LockWait* wait_of(kv::TransactionId id, const std::vector<kv::LockWait>& waits) {
  const auto found =
      std::find_if(waits.begin(), waits.end(), [&](const kv::LockWait& wait) { return wait.waiter == id; });
  return found == waits.end() ? nullptr : &*found;
}

std::int64_t begin_us(const kv::LockWait& wait) {
  constexpr std::int64_t kUsPerMs = 1000;
  return clock().system_now_us() - wait.waited_ms * kUsPerMs;
}

void tidb_trx(const MemoryTableContext& context, MemoryRows& rows) {
  constexpr double kMsPerSecond = 1000;
  const bool all = sees_all(context);
  const std::vector<kv::LockWait> waits = context.session.environment.store.lock_waits();
  for (const std::shared_ptr<Process>& process : context.session.environment.processes.all()) {
    const kv::TransactionActivity& activity = process->activity();
    const kv::TransactionId id = activity.id.load();
    const ProcessInfo info = process->info();
    if (id == 0 || (!all && info.user != context.session.identity.user)) continue;
    const kv::LockWait* const wait = wait_of(id, waits);
    const std::string_view state = wait != nullptr ? "LockWaiting" : info.info.empty() ? "Idle" : "Running";
    rows.add({unsigned_value(id), timestamp_value(context.session, activity.start_ts.load()), text_or_null(info.digest),
              Value(), text_value(state), wait == nullptr ? Value() : time_value(context.session, begin_us(*wait)),
              integer_value(static_cast<std::int64_t>(activity.written_keys.load())),
              integer_value(activity.memory_bytes.load()), unsigned_value(info.id), text_value(info.user),
              text_value(info.database), text_value("[]"), text_value(""),
              wait == nullptr ? Value() : Value(static_cast<double>(wait->waited_ms) / kMsPerSecond)});
  }
}

constexpr std::string_view kInnodbTrxColumns =
    "TRX_ID BIGINT(21) UNSIGNED NOT NULL, TRX_STATE VARCHAR(13) NOT NULL, TRX_STARTED DATETIME NOT NULL, "
    "TRX_REQUESTED_LOCK_ID VARCHAR(105), TRX_WAIT_STARTED DATETIME, TRX_WEIGHT BIGINT(21) UNSIGNED NOT NULL, "
    "TRX_MYSQL_THREAD_ID BIGINT(21) UNSIGNED NOT NULL, TRX_QUERY VARCHAR(1024), TRX_OPERATION_STATE VARCHAR(64), "
    "TRX_TABLES_IN_USE BIGINT(21) UNSIGNED NOT NULL, TRX_TABLES_LOCKED BIGINT(21) UNSIGNED NOT NULL, TRX_LOCK_STRUCTS "
    "BIGINT(21) UNSIGNED NOT NULL, TRX_LOCK_MEMORY_BYTES BIGINT(21) UNSIGNED NOT NULL, TRX_ROWS_LOCKED BIGINT(21) "
    "UNSIGNED NOT NULL, TRX_ROWS_MODIFIED BIGINT(21) UNSIGNED NOT NULL, TRX_CONCURRENCY_TICKETS BIGINT(21) UNSIGNED "
    "NOT NULL, TRX_ISOLATION_LEVEL VARCHAR(16) NOT NULL, TRX_UNIQUE_CHECKS INT(1) NOT NULL, TRX_FOREIGN_KEY_CHECKS "
    "INT(1) NOT NULL, TRX_LAST_FOREIGN_KEY_ERROR VARCHAR(256), TRX_ADAPTIVE_HASH_LATCHED INT(1) NOT NULL, "
    "TRX_ADAPTIVE_HASH_TIMEOUT BIGINT(21) UNSIGNED NOT NULL, TRX_IS_READ_ONLY INT(1) NOT NULL, "
    "TRX_AUTOCOMMIT_NON_LOCKING INT(1) NOT NULL, TRX_SCHEDULE_WEIGHT BIGINT(21) UNSIGNED";

/// A column of whole seconds.
Value second_value(const SessionState& session, std::int64_t unix_us) {
  constexpr std::int64_t kUsPerSecond = 1'000'000;
  return time_value(session, unix_us - unix_us % kUsPerSecond);
}

/// The transactions that have begun in the store, autocommit ones too. Keys of rows and of index entries count as locked and modified rows.
void innodb_trx(const MemoryTableContext& context, MemoryRows& rows) {
  constexpr std::size_t kQueryBytes = 1024;
  constexpr std::size_t kLockIdBytes = 105;
  constexpr std::int64_t kUsPerMs = 1000;
  context.session.environment.accounts.check_global(context.session, Privilege::kProcess);
  const std::vector<kv::LockWait> waits = context.session.environment.store.lock_waits();
  for (const std::shared_ptr<Process>& process : context.session.environment.processes.all()) {
    const kv::TransactionActivity& activity = process->activity();
    const kv::TransactionId id = activity.id.load();
    if (id == 0) continue;
    const std::size_t locked = activity.locked_keys.load();
    const std::size_t written = activity.written_keys.load();
    const kv::LockWait* const wait = wait_of(id, waits);
    const ProcessInfo info = process->info();
    const TransactionDescription& description = info.transaction;
    rows.add(
        {unsigned_value(id),
         text_value(wait != nullptr ? "LOCK WAIT" : "RUNNING"),
         second_value(context.session, static_cast<std::int64_t>(kv::physical_ms(activity.start_ts.load())) * kUsPerMs),
         wait != nullptr ? text_value(beginning(hex_text(wait->key), kLockIdBytes)) : Value(),
         wait != nullptr ? second_value(context.session, begin_us(*wait)) : Value(),
         unsigned_value(locked + written),
         unsigned_value(info.id),
         text_or_null(beginning(info.info, kQueryBytes)),
         Value(),
         unsigned_value(0),
         unsigned_value(0),
         unsigned_value(locked),
         unsigned_value(static_cast<std::uint64_t>(std::max<std::int64_t>(activity.memory_bytes.load(), 0))),
         unsigned_value(locked),
         unsigned_value(written),
         unsigned_value(0),
         text_value(description.isolation),
         integer_value(description.unique_checks ? 1 : 0),
         integer_value(description.foreign_key_checks ? 1 : 0),
         Value(),
         integer_value(0),
         unsigned_value(0),
         integer_value(description.is_read_only ? 1 : 0),
         integer_value(0),
         wait != nullptr ? unsigned_value(1) : Value()});
  }
}

constexpr std::string_view kDeadlocksColumns =
    "DEADLOCK_ID BIGINT(21) NOT NULL, OCCUR_TIME DATETIME(6), RETRYABLE TINYINT(1) NOT NULL, TRY_LOCK_TRX_ID "
    "BIGINT(21) UNSIGNED NOT NULL, "
    "CURRENT_SQL_DIGEST VARCHAR(64), CURRENT_SQL_DIGEST_TEXT TEXT, `KEY` TEXT, KEY_INFO TEXT, TRX_HOLDING_LOCK "
    "BIGINT(21) UNSIGNED NOT NULL";

void deadlocks(const MemoryTableContext& context, MemoryRows& rows) {
  context.session.environment.accounts.check_global(context.session, Privilege::kProcess);
  for (const kv::DeadlockRecord& record : context.session.environment.store.recent_deadlocks()) {
    for (const kv::DeadlockEdge& edge : record.cycle) {
      rows.add({integer_value(static_cast<std::int64_t>(record.deadlock_id)),
                time_value(context.session, record.occurred_unix_us), integer_value(0), unsigned_value(edge.waiter),
                Value(), text_or_null(edge.context), text_value(hex_text(edge.key)), Value(),
                unsigned_value(edge.holder)});
    }
  }
}

constexpr std::string_view kDataLockWaitsColumns =
    "`KEY` TEXT NOT NULL, KEY_INFO TEXT, TRX_ID BIGINT(21) UNSIGNED NOT NULL, CURRENT_HOLDING_TRX_ID BIGINT(21) "
    "UNSIGNED NOT NULL, SQL_DIGEST VARCHAR(64), SQL_DIGEST_TEXT TEXT";

void data_lock_waits(const MemoryTableContext& context, MemoryRows& rows) {
  context.session.environment.accounts.check_global(context.session, Privilege::kProcess);
  for (const kv::LockWait& wait : context.session.environment.store.lock_waits()) {
    rows.add({text_value(hex_text(wait.key)), Value(), unsigned_value(wait.waiter), unsigned_value(wait.holder),
              Value(), text_or_null(wait.context)});
  }
}

// ---- DDL_JOBS --------------------------------------------------------------------------------------------------------

constexpr std::string_view kDdlJobsColumns =
    "JOB_ID BIGINT(21), DB_NAME VARCHAR(64), TABLE_NAME VARCHAR(64), JOB_TYPE VARCHAR(64), SCHEMA_STATE VARCHAR(64), "
    "SCHEMA_ID BIGINT(21), TABLE_ID BIGINT(21), "
    "ROW_COUNT BIGINT(21), CREATE_TIME DATETIME, START_TIME DATETIME, END_TIME DATETIME, STATE VARCHAR(64), QUERY TEXT";

void ddl_jobs(const MemoryTableContext& context, MemoryRows& rows) {
  for (const ddl::JobStatus& status : context.session.environment.ddl.jobs(kFinishedJobs, context.stop)) {
    const ddl::Job& job = status.job;
    std::string job_type(ddl::job_type_name(job.type));
    if (job.type == ddl::JobType::kAddIndex || job.type == ddl::JobType::kAddPrimaryKey) job_type += " /* ingest */";
    rows.add({integer_value(job.id), text_value(job.schema_name), text_value(job.table_name), text_value(job_type),
              text_value(catalog::schema_state_name(ddl::shown_state(job.phase))), integer_value(job.schema_id),
              integer_value(job.table_id), integer_value(job.row_count),
              timestamp_value(context.session, job.create_ts), timestamp_value(context.session, job.start_ts),
              timestamp_value(context.session, job.finish_ts), text_value(ddl::job_state_name(job.state)),
              text_value(job.query)});
  }
}

// ---- mysql.tidb_mdl_view ---------------------------------------------------------------------------------------------

constexpr std::string_view kMdlViewColumns =
    "JOB_ID BIGINT(21) NOT NULL, DB_NAME VARCHAR(64), TABLE_NAME VARCHAR(64), QUERY TEXT, SESSION_ID BIGINT(21) "
    "UNSIGNED "
    "NOT NULL, START_TIME DATETIME(6), SQL_DIGESTS TEXT";

/// The transactions that schema changes wait for, one row for each and each table that it uses.
void mdl_view(const MemoryTableContext& context, MemoryRows& rows) {
  context.session.environment.accounts.check_global(context.session, Privilege::kProcess);
  for (const coordination::MetadataLockWait& wait : context.session.environment.metadata_locks.waits()) {
    const std::optional<ddl::JobStatus> job = context.session.environment.ddl.find(wait.job_id, context.stop);
    for (const coordination::MetadataLockBlocker& blocker : wait.blockers) {
      const catalog::TablePtr table = context.schema.find_table(blocker.table_id);
      rows.add({integer_value(wait.job_id), text_or_null(job.has_value() ? job->job.schema_name : std::string()),
                text_or_null(table == nullptr ? std::string() : table->name.original),
                text_or_null(job.has_value() ? job->job.query : std::string()), unsigned_value(blocker.connection_id),
                time_value(context.session, blocker.since_us), text_value("[]")});
    }
  }
}

// ---- performance_schema: what clients said of themselves -------------------------------------------------------------

constexpr std::string_view kConnectAttributesColumns =
    "PROCESSLIST_ID BIGINT(21) UNSIGNED NOT NULL, ATTR_NAME VARCHAR(32) NOT NULL, ATTR_VALUE VARCHAR(1024), "
    "ORDINAL_POSITION INT(11)";

void add_attributes(const Process& process, MemoryRows& rows) {
  const ProcessInfo info = process.info();
  std::int64_t position = 0;
  for (const auto& [name, value] : info.attributes) {
    rows.add({unsigned_value(info.id), text_value(name), text_value(value), integer_value(position++)});
  }
}

void connect_attributes(const MemoryTableContext& context, MemoryRows& rows) {
  for (const auto& process : context.session.environment.processes.all()) {
    if (sees_all(context) || process->user() == context.session.identity.user) add_attributes(*process, rows);
  }
}

/// Of the connections of the session's own account.
void account_connect_attributes(const MemoryTableContext& context, MemoryRows& rows) {
  for (const auto& process : context.session.environment.processes.all()) {
    if (process->user() == context.session.identity.user) add_attributes(*process, rows);
  }
}

// ---- SLUICE_TASKS, MEMORY_USAGE --------------------------------------------------------------------------------------

constexpr std::string_view kTasksColumns =
    "ID BIGINT(21) UNSIGNED NOT NULL, PARENT_ID BIGINT(21) UNSIGNED NOT NULL, NAME VARCHAR(64) NOT NULL, STATE "
    "VARCHAR(64) NOT NULL, START_TIME DATETIME(6), "
    "AGE_MS BIGINT(21) NOT NULL, BYTES BIGINT(21) NOT NULL, IS_WAITING TINYINT(1) NOT NULL, STOP_REASON BIGINT(4) NOT "
    "NULL, SINCE_STOP_MS BIGINT(21) NOT NULL, "
    "SINCE_LAST_POLL_US BIGINT(21), LONGEST_POLL_GAP_US BIGINT(21) NOT NULL";

void sluice_tasks(const MemoryTableContext& context, MemoryRows& rows) {
  context.session.environment.accounts.check_global(context.session, Privilege::kProcess);
  constexpr std::int64_t kNsPerMs = 1'000'000;
  constexpr std::int64_t kNsPerUs = 1'000;
  for (const TaskSnapshot& task : task_snapshots()) {
    rows.add({unsigned_value(task.id), unsigned_value(task.parent_id), text_value(task.name), text_value(task.state),
              time_value(context.session, task.start_us), integer_value(task.age_ns / kNsPerMs),
              integer_value(task.bytes), integer_value(task.is_waiting ? 1 : 0),
              integer_value(static_cast<std::int64_t>(task.stop_reason)), integer_value(task.since_stop_ns / kNsPerMs),
              task.since_last_poll_ns < 0 ? Value() : integer_value(task.since_last_poll_ns / kNsPerUs),
              integer_value(task.longest_poll_gap_ns / kNsPerUs)});
  }
}

constexpr std::string_view kMemoryUsageColumns =
    "MEMORY_TOTAL BIGINT(21) NOT NULL, MEMORY_LIMIT BIGINT(21) NOT NULL, MEMORY_CURRENT BIGINT(21) NOT NULL, "
    "MEMORY_MAX_USED BIGINT(21) NOT NULL, CURRENT_OPS VARCHAR(50), "
    "SESSION_KILL_LAST DATETIME, SESSION_KILL_TOTAL BIGINT(21) NOT NULL, GC_LAST DATETIME, GC_TOTAL BIGINT(21) NOT "
    "NULL, DISK_USAGE BIGINT(21) NOT NULL, "
    "QUERY_FORCE_DISK BIGINT(21) NOT NULL";

void memory_usage(const MemoryTableContext& context, MemoryRows& rows) {
  const MemoryTracker& memory = context.session.environment.memory;
  rows.add({integer_value(0), integer_value(memory.limit_bytes()), integer_value(memory.bytes()),
            integer_value(memory.max_bytes()), Value(), Value(), integer_value(0), Value(), integer_value(0),
            integer_value(0), integer_value(0)});
}

constexpr std::string_view kClusterInfoColumns =
    "TYPE VARCHAR(64), INSTANCE VARCHAR(64), STATUS_ADDRESS VARCHAR(64), VERSION VARCHAR(64), GIT_HASH VARCHAR(64), "
    "START_TIME VARCHAR(32), UPTIME VARCHAR(32), "
    "SERVER_ID BIGINT(21)";

void cluster_info(const MemoryTableContext& context, MemoryRows& rows) {
  rows.add({text_value("tidb"), text_value("127.0.0.1:" + context.session.variables.get("port")), text_value(""),
            text_value(kServerVersion), text_value(""), text_value(""), text_value(""), integer_value(0)});
}

}  // namespace

std::vector<MemoryTable> activity_tables() {
  constexpr std::string_view kSchema = "INFORMATION_SCHEMA";
  return {
      {kSchema, "PROCESSLIST", kProcesslistColumns, processlist},
      {kSchema, "TIDB_TRX", kTidbTrxColumns, tidb_trx},
      {kSchema, "INNODB_TRX", kInnodbTrxColumns, innodb_trx},
      {kSchema, "DEADLOCKS", kDeadlocksColumns, deadlocks},
      {kSchema, "DATA_LOCK_WAITS", kDataLockWaitsColumns, data_lock_waits},
      {kSchema, "DDL_JOBS", kDdlJobsColumns, ddl_jobs},
      {kSchema, "SLUICE_TASKS", kTasksColumns, sluice_tasks},
      {kSchema, "MEMORY_USAGE", kMemoryUsageColumns, memory_usage},
      {kSchema, "CLUSTER_INFO", kClusterInfoColumns, cluster_info},
      {"PERFORMANCE_SCHEMA", "SESSION_CONNECT_ATTRS", kConnectAttributesColumns, connect_attributes},
      {"PERFORMANCE_SCHEMA", "SESSION_ACCOUNT_CONNECT_ATTRS", kConnectAttributesColumns, account_connect_attributes},
      {"mysql", "tidb_mdl_view", kMdlViewColumns, mdl_view}};
}

}  // namespace sluice::session
