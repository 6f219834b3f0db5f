/// The values of system variables: global ones of the server, and each session's own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "session/system_variable.h"
#include "types/collation.h"
#include "types/sql_mode.h"

namespace sluice::kv {
class Store;
}
namespace sluice::types {
class TimeZone;
}

namespace sluice::session {

/// The global values, by position_of(). Immutable once published.
using GlobalValues = std::vector<std::string>;

/// Global values of all variables. Those of scope kGlobal are rows of mysql.global_variables and survive a restart.
/// Thread-safe.
class GlobalVariables {
 public:
  /// Values from the table where it has them, else the defaults. `store` outlives the object. Throws storage errors.
  GlobalVariables(kv::Store& store, StopToken stop);

  /// The present values; a session keeps those of its beginning as MySQL wants it.
  std::shared_ptr<const GlobalValues> current() const;
  std::string get(const SystemVariable& variable) const;

  /// Stores a normalised value: durably for scope kGlobal. Commit point: the row's transaction. Calls the hook of the variable afterwards.
  void set(const SystemVariable& variable, std::string value, StopToken stop);
  /// A value that the process knows of itself (port, hostname): not stored.
  void set_for_process(std::string_view name, std::string value);

  /// `hook(value)` runs after each change of the variable, and once now. Before sessions exist.
  void on_change(std::string_view name, std::function<void(const std::string&)> hook);

 private:
  void publish(std::size_t position, std::string value) SLUICE_REQUIRES(mutex_);

  kv::Store& store_;
  mutable Mutex mutex_;
  std::shared_ptr<const GlobalValues> values_ SLUICE_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::vector<std::function<void(const std::string&)>>>
      hooks_;  // constant once sessions exist
};

enum class Isolation : std::uint8_t { kReadCommitted, kRepeatableRead };

/// What a session reads of its variables at each statement, ready to use.
struct SessionSettings {
  bool autocommit = true;
  Isolation isolation = Isolation::kRepeatableRead;
  bool transaction_read_only = false;
  bool optimistic = false;  // tidb_txn_mode
  types::SqlMode sql_mode = types::SqlMode::standard();
  const types::TimeZone* time_zone = nullptr;
  const types::Collation* connection_collation = nullptr;
  const types::Charset* client_charset = nullptr;   // of what the client sends
  const types::Charset* results_charset = nullptr;  // of what it gets; null: NULL or binary, no conversion
  std::uint64_t max_execution_time_ms = 0;
  std::int64_t lock_wait_timeout_ms = 50'000;
  std::uint64_t max_allowed_packet = 64 << 20;
  std::uint64_t group_concat_max_len = 1024;
  int div_precision_increment = 4;
  int default_week_format = 0;
  std::uint64_t sql_select_limit = UINT64_MAX;
  bool safe_updates = false;                 // sql_safe_updates
  bool index_merge_join = false;             // tidb_enable_index_merge_join
  std::uint64_t max_join_size = UINT64_MAX;  // UINT64_MAX too while sql_big_selects is on
  std::int64_t memory_quota_bytes = std::int64_t{1} << 30;
  std::int64_t auto_increment_increment = 1;
  std::int64_t auto_increment_offset = 1;
  std::uint64_t cte_max_recursion_depth = 1000;
  bool foreign_key_checks = true;
  std::size_t executor_concurrency = 5;
  std::size_t index_lookup_join_concurrency = 5;
  std::size_t index_lookup_size = 20'000;
  std::size_t index_join_batch_size = 25'000;
  bool plan_cache = true;
  std::optional<std::int64_t> fixed_timestamp_us;  // SET timestamp
};

/// A session's variables. Thread-safety: the session's thread.
class SessionVariables {
 public:
  explicit SessionVariables(const GlobalVariables& globals);

  /// The session value, or the global one for variables without session scope.
  const std::string& get(const SystemVariable& variable) const;
  const std::string& get(std::string_view name) const;
  /// `value` is normalised. Refreshes settings(). Nothing has changed after a throw.
  void set(const SystemVariable& variable, std::string value);
  /// Back to the global value of the session's beginning.
  void reset(const SystemVariable& variable);

  /// All that the session has set, with the settings that follow from it.
  struct Values {
    std::unordered_map<std::size_t, std::string> own;
    SessionSettings settings;
  };
  Values values() const { return {own_, settings_}; }
  /// Puts values() back; for destructors.
  void restore(Values&& values) noexcept {
    own_.swap(values.own);
    std::swap(settings_, values.settings);
  }
  static_assert(std::is_nothrow_swappable_v<SessionSettings>);

  const SessionSettings& settings() const noexcept { return settings_; }
  const GlobalValues& globals_at_start() const noexcept { return *globals_; }

 private:
  void refresh();

  const GlobalVariables& live_globals_;
  std::shared_ptr<const GlobalValues> globals_;
  std::unordered_map<std::size_t, std::string> own_;
  mutable std::string live_value_;
  SessionSettings settings_;
};

}  // namespace sluice::session
