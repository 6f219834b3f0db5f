#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/stop_token.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::expression {

/// Where a system variable is read from: @@x, @@session.x, @@global.x.
enum class VariableScope : std::uint8_t { kDefault, kSession, kGlobal };

/// A variable's value with its meaning.
struct VariableValue {
  types::Value value;
  types::FieldType type;
};

/// What functions ask of the session that runs them: variables, identity, counters, locks, sequences.
///
/// session/ implements it; tests use a fake. Thread-safety: called from the statement's own thread only. Expressions that
/// use it are therefore not run in parallel (Expression::needs_session()).
class SessionFunctions {
 public:
  virtual ~SessionFunctions() = default;

  /// Identity. `user` is what the client gave (user@host), `current_user` the account that it matched.
  virtual std::optional<std::string> current_database() = 0;
  virtual std::string user() = 0;
  virtual std::string current_user() = 0;
  virtual std::string current_role() = 0;
  virtual std::uint64_t connection_id() = 0;
  /// VERSION() and TIDB_VERSION().
  virtual std::string server_version() = 0;
  virtual std::string tidb_version() = 0;

  /// Counters of the session's previous statement.
  virtual std::uint64_t last_insert_id() = 0;
  /// LAST_INSERT_ID(expr).
  virtual void set_last_insert_id(std::uint64_t id) = 0;
  virtual std::int64_t row_count() = 0;
  virtual std::uint64_t found_rows() = 0;

  /// User variables; names without @, compared without case.
  virtual std::optional<VariableValue> find_user_variable(std::string_view name) = 0;
  virtual void set_user_variable(std::string_view name, VariableValue value) = 0;

  /// The value of @@name. Throws SqlError 1193 (unknown), 1238 (wrong scope).
  virtual VariableValue system_variable(std::string_view name, VariableScope scope) = 0;

  /// User-level locks. get_lock waits at most `timeout_seconds` (negative: for ever); 1 taken, 0 timed out. Throws Stopped.
  virtual std::int64_t get_lock(std::string_view name, double timeout_seconds, StopToken stop) = 0;
  /// 1 released, 0 somebody else's, nothing when no such lock is held.
  virtual std::optional<std::int64_t> release_lock(std::string_view name) = 0;
  virtual std::int64_t release_all_locks() = 0;
  /// The connection that holds lock `name`.
  virtual std::optional<std::uint64_t> lock_holder(std::string_view name) = 0;

  /// Sequences. Throws SqlError 4135, 4138, 4139. An empty database means the current one.
  virtual std::int64_t next_sequence_value(std::string_view database, std::string_view sequence, StopToken stop) = 0;
  virtual std::optional<std::int64_t> last_sequence_value(std::string_view database, std::string_view sequence) = 0;
  virtual std::optional<std::int64_t> set_sequence_value(std::string_view database, std::string_view sequence,
                                                         std::int64_t value, StopToken stop) = 0;
};

}  // namespace sluice::expression
