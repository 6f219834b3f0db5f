#include "session/job_rows.h"

#include "catalog/schema_cache.h"
#include "ddl/service.h"
#include "kv/timestamp.h"
#include "session/session_state.h"
#include "types/convert.h"

namespace sluice::session {
namespace {

/// The wall-clock time of a timestamp in the session's zone; NULL for 0.
types::Value time_of(std::uint64_t timestamp, const types::TimeZone* zone) {
  if (timestamp == 0) return types::Value::null();
  constexpr int kLogicalBits = 18;
  const auto microseconds = static_cast<std::int64_t>(timestamp >> kLogicalBits) * 1000;
  return types::Value(
      types::truncate_time(types::timestamp_from_utc(types::time_from_wall_microseconds(microseconds), zone), 0));
}

}  // namespace

RowSet show_ddl(const SessionState& session, StopToken stop) {
  RowSet rows;
  rows.add_integer_column("SCHEMA_VER");
  rows.add_text_column("OWNER_ID", 64);
  rows.add_text_column("OWNER_ADDRESS", 32);
  rows.add_text_column("RUNNING_JOBS", 256);
  rows.add_text_column("SELF_ID", 64);
  rows.add_text_column("QUERY", 256);
  std::string running;
  std::string queries;
  for (const ddl::JobStatus& status : session.environment.ddl.jobs(0, stop)) {
    if (!status.is_running) continue;
    if (!running.empty()) {
      running += "\n";
      queries += "\n";
    }
    const ddl::Job& job = status.job;
    running += "ID:" + std::to_string(job.id) + ", Type:" + std::string(ddl::job_type_name(job.type)) +
               ", State:" + std::string(ddl::job_state_name(job.state)) +
               ", SchemaID:" + std::to_string(job.schema_id) + ", TableID:" + std::to_string(job.table_id) +
               ", RowCount:" + std::to_string(status.rows_scanned);
    queries += job.query;
  }
  const std::string address = session.environment.variables.get(*find_system_variable("hostname")) + ":" +
                              session.environment.variables.get(*find_system_variable("port"));
  rows.add_row({types::Value(session.environment.schemas.current()->version()), types::Value("sluice-1"),
                types::Value(std::string_view(address)), types::Value(std::string_view(running)),
                types::Value("sluice-1"), types::Value(std::string_view(queries))});
  return rows;
}

RowSet show_ddl_jobs(const SessionState& session, std::size_t finished, StopToken stop) {
  RowSet rows;
  rows.add_integer_column("JOB_ID");
  rows.add_text_column("DB_NAME", 64);
  rows.add_text_column("TABLE_NAME", 64);
  rows.add_text_column("JOB_TYPE", 64);
  rows.add_text_column("SCHEMA_STATE", 64);
  rows.add_integer_column("SCHEMA_ID");
  rows.add_integer_column("TABLE_ID");
  rows.add_integer_column("ROW_COUNT");
  rows.add_datetime_column("CREATE_TIME");
  rows.add_datetime_column("START_TIME");
  rows.add_datetime_column("END_TIME");
  rows.add_text_column("STATE", 64);
  rows.add_text_column("COMMENTS", 512);
  const types::TimeZone* zone = session.variables.settings().time_zone;
  for (const ddl::JobStatus& status : session.environment.ddl.jobs(finished, stop)) {
    const ddl::Job& job = status.job;
    const std::int64_t row_count = status.is_running ? status.rows_scanned : job.row_count;
    rows.add_row({types::Value(job.id), types::Value(std::string_view(job.schema_name)),
                  types::Value(std::string_view(job.table_name)), types::Value(ddl::job_type_name(job.type)),
                  types::Value(catalog::schema_state_name(ddl::shown_state(job.phase))), types::Value(job.schema_id),
                  types::Value(job.table_id), types::Value(row_count), time_of(job.create_ts, zone),
                  time_of(job.start_ts, zone), time_of(job.finish_ts, zone),
                  types::Value(ddl::job_state_name(job.state)), types::Value(std::string_view(status.comments))});
  }
  return rows;
}

}  // namespace sluice::session
