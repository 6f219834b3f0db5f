/// What functions of expressions ask of their session.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "expression/session_functions.h"

namespace sluice::session {

struct SessionState;

/// Answers from a session's state. Thread-safety: the session's thread.
class SessionFunctionsOf final : public expression::SessionFunctions {
 public:
  /// `state` outlives the object.
  explicit SessionFunctionsOf(SessionState& state) : state_(state) {}

  std::optional<std::string> current_database() override;
  std::string user() override;
  std::string current_user() override;
  std::string current_role() override;
  std::uint64_t connection_id() override;
  std::string server_version() override;
  std::string tidb_version() override;
  std::uint64_t last_insert_id() override;
  void set_last_insert_id(std::uint64_t id) override;
  std::int64_t row_count() override;
  std::uint64_t found_rows() override;
  std::optional<expression::VariableValue> find_user_variable(std::string_view name) override;
  void set_user_variable(std::string_view name, expression::VariableValue value) override;
  expression::VariableValue system_variable(std::string_view name, expression::VariableScope scope) override;
  std::int64_t get_lock(std::string_view name, double timeout_seconds, StopToken stop) override;
  std::optional<std::int64_t> release_lock(std::string_view name) override;
  std::int64_t release_all_locks() override;
  std::optional<std::uint64_t> lock_holder(std::string_view name) override;
  std::int64_t next_sequence_value(std::string_view database, std::string_view sequence, StopToken stop) override;
  std::optional<std::int64_t> last_sequence_value(std::string_view database, std::string_view sequence) override;
  std::optional<std::int64_t> set_sequence_value(std::string_view database, std::string_view sequence,
                                                 std::int64_t value, StopToken stop) override;

 private:
  SessionState& state_;
};

}  // namespace sluice::session
