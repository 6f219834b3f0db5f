/// How a computed table is described: its columns as SQL text, its rows by a function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "catalog/schema.h"
#include "types/collation.h"
#include "types/value.h"

namespace sluice::session {

struct SessionState;

/// Takes the rows of one computed table. Throws Stopped.
class MemoryRows {
 public:
  virtual ~MemoryRows() = default;
  /// One value per column of the table, of its physical kind or NULL. False: no more rows are wanted.
  virtual bool add(std::vector<types::Value> row) = 0;
};

/// What the rows are computed from, for one statement.
struct MemoryTableContext {
  SessionState& session;
  const catalog::Schema& schema;
  StopToken stop;
};

using MemoryTableRows = void (*)(const MemoryTableContext& context, MemoryRows& rows);

/// One computed table. `columns`: column definitions as in CREATE TABLE; strings are utf8mb4_general_ci unless they say otherwise.
struct MemoryTable {
  std::string_view database;  // "INFORMATION_SCHEMA"
  std::string_view name;      // "TABLES"
  std::string_view columns;
  MemoryTableRows rows;  // nullptr: always empty
};

// The families of tables, each in a file of its own; the tables live as long as the program.
std::vector<MemoryTable> object_tables();      // information_schema_objects.cc: schemata, tables, columns, indexes ...
std::vector<MemoryTable> constraint_tables();  // information_schema_constraints.cc: keys and constraints
std::vector<MemoryTable> server_tables();  // information_schema_server.cc: charsets, variables, privileges, engines ...
std::vector<MemoryTable> role_tables();    // information_schema_roles.cc
std::vector<MemoryTable>
activity_tables();  // information_schema_activity.cc: processes, transactions, locks, jobs, tasks

// Values for rows.
inline types::Value text_value(std::string_view text) { return types::Value(text); }
/// NULL for an empty text.
inline types::Value text_or_null(std::string_view text) {
  return text.empty() ? types::Value::null() : types::Value(text);
}
inline types::Value integer_value(std::int64_t value) { return types::Value(value); }
/// Sortlen of SHOW COLLATION, as MySQL states it.
inline types::Value sort_length_value(const types::Collation& collation) {
  switch (collation.algorithm) {
    case types::CollationAlgorithm::kUnicode:
      return integer_value(8);
    case types::CollationAlgorithm::kUca0900:
      return integer_value(0);
    default:
      return integer_value(1);
  }
}
inline types::Value unsigned_value(std::uint64_t value) { return types::Value(value); }
/// The session's local time of a moment in microseconds since 1970 UTC.
types::Value time_value(const SessionState& session, std::int64_t unix_us);
/// The same of a timestamp of the store; NULL for 0.
types::Value timestamp_value(const SessionState& session, std::uint64_t ts);

}  // namespace sluice::session
