/// The state of one session: what statements read and change.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/memory_tracker.h"
#include "base/stop_token.h"
#include "base/warnings.h"
#include "expression/session_functions.h"
#include "session/connection_session.h"
#include "session/environment.h"
#include "session/process_list.h"
#include "session/transaction_context.h"
#include "session/variables.h"

namespace sluice::session {

/// The version that clients see; tools read the part behind "-TiDB-".
inline constexpr std::string_view kServerVersion = "8.0.11-TiDB-v8.5.0";

/// Thread-safety: the session's thread.
struct SessionState {
  SessionState(const SessionEnvironment& server, const ClientIdentity& client, const AccountRecord& account_record,
               std::shared_ptr<Process> entry);

  const SessionEnvironment& environment;
  ClientIdentity identity;
  AccountRecord account;
  std::shared_ptr<Process> process;
  MemoryTracker memory;
  SessionVariables variables;
  TransactionContext transaction;
  std::string database;                                             // empty: none
  std::vector<std::string> active_roles;                            // "user@host"
  std::map<std::string, expression::VariableValue> user_variables;  // by lower-case name
  WarningList warnings;                                             // of the last statement
  std::size_t warning_count = 0;                                    // @@warning_count: of the statement before this one
  std::size_t error_count = 0;
  std::uint64_t last_insert_id = 0;
  bool gave_last_insert_id = false;  // the statement called LAST_INSERT_ID(value)
  std::int64_t row_count = -1;
  std::uint64_t found_rows = 0;
  bool last_plan_from_cache = false;
  bool plan_from_cache = false;             // of the statement that runs
  std::optional<Isolation> next_isolation;  // SET TRANSACTION without a scope
  std::optional<bool> next_read_only;
  bool has_table_locks = false;  // between LOCK TABLES and UNLOCK TABLES, which then commits
  std::string last_error_text;

  /// What others are to see of the transaction: after it has begun.
  void publish_transaction();

  bool can_found_rows() const noexcept { return (identity.capabilities & 2u) != 0; }  // CLIENT_FOUND_ROWS
};

}  // namespace sluice::session
