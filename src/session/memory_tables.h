/// Computed tables: information_schema and its like.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "catalog/schema.h"
#include "executor/execution_context.h"
#include "planner/plan_context.h"

namespace sluice::session {

struct SessionState;

/// The tables and their columns; the same for all sessions. Thread-safe.
const planner::MemoryTables& memory_table_catalog();

struct MemoryTableName {
  std::string_view database;  // as shown: "INFORMATION_SCHEMA"
  std::shared_ptr<const catalog::TableInfo> table;
};
/// All computed tables, by database and name.
std::vector<MemoryTableName> memory_table_names();

/// What computes their rows for one statement of a session. The arguments outlive it.
std::unique_ptr<executor::MemoryTableReader> make_memory_table_reader(SessionState& session, catalog::SchemaPtr schema);

}  // namespace sluice::session
