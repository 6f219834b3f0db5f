#include "session/variables.h"

#include <charconv>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/system_tables.h"
#include "catalog/table_rows.h"
#include "kv/store.h"
#include "types/charset.h"
#include "types/time_zone.h"

namespace sluice::session {
namespace {

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t unsigned_number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

const SystemVariable& variable_named(std::string_view name) {
  const SystemVariable* variable = find_system_variable(name);
  SLUICE_CHECK(variable != nullptr, "no system variable {}", name);
  return *variable;
}

/// Pairs of names for one value.
std::string_view alias_of(std::string_view name) {
  if (name == "tx_isolation") return "transaction_isolation";
  if (name == "transaction_isolation") return "tx_isolation";
  if (name == "tx_read_only") return "transaction_read_only";
  if (name == "transaction_read_only") return "tx_read_only";
  return {};
}

}  // namespace

GlobalVariables::GlobalVariables(kv::Store& store, StopToken stop) : store_(store) {
  auto values = std::make_shared<GlobalValues>();
  for (const SystemVariable& variable : all_system_variables()) values->emplace_back(variable.default_value);
  (*values)[position_of(variable_named("system_time_zone"))] = types::TimeZone::system_name();
  const std::unique_ptr<kv::Snapshot> snapshot = store.present_snapshot();
  catalog::scan_rows(
      *snapshot, catalog::system_table(catalog::system_id::kGlobalVariables), {},
      [&](const catalog::RowValues& row) {
        const SystemVariable* variable = find_system_variable(row[0].as_string());
        if (variable != nullptr && !row[1].is_null()) (*values)[position_of(*variable)] = row[1].as_string();
      },
      stop);
  MutexLock lock(mutex_);
  values_ = std::move(values);
}

std::shared_ptr<const GlobalValues> GlobalVariables::current() const {
  MutexLock lock(mutex_);
  return values_;
}

std::string GlobalVariables::get(const SystemVariable& variable) const { return (*current())[position_of(variable)]; }

void GlobalVariables::publish(std::size_t position, std::string value) {
  auto changed = std::make_shared<GlobalValues>(*values_);
  (*changed)[position] = std::move(value);
  values_ = std::move(changed);
}

void GlobalVariables::set(const SystemVariable& variable, std::string value, StopToken stop) {
  if (variable.has(variable_scope::kGlobal)) {
    const std::unique_ptr<kv::Transaction> transaction = store_.begin({}, stop);
    catalog::put_row(*transaction, catalog::system_table(catalog::system_id::kGlobalVariables),
                     {types::Value(variable.name), types::Value(std::string_view(value))}, stop);
    transaction->commit(stop);
  }
  {
    MutexLock lock(mutex_);
    publish(position_of(variable), value);
    if (const std::string_view alias = alias_of(variable.name); !alias.empty())
      publish(position_of(variable_named(alias)), value);
  }
  const auto found = hooks_.find(std::string(variable.name));
  if (found == hooks_.end()) return;
  for (const auto& hook : found->second) hook(value);
}

void GlobalVariables::set_for_process(std::string_view name, std::string value) {
  MutexLock lock(mutex_);
  publish(position_of(variable_named(name)), std::move(value));
}

void GlobalVariables::on_change(std::string_view name, std::function<void(const std::string&)> hook) {
  hook(get(variable_named(name)));
  hooks_[std::string(name)].push_back(std::move(hook));
}

SessionVariables::SessionVariables(const GlobalVariables& globals)
    : live_globals_(globals), globals_(globals.current()) {
  refresh();
}

const std::string& SessionVariables::get(const SystemVariable& variable) const {
  const auto own = own_.find(position_of(variable));
  if (own != own_.end()) return own->second;
  if (variable.has(variable_scope::kSession)) return (*globals_)[position_of(variable)];
  live_value_ = live_globals_.get(variable);
  return live_value_;
}

const std::string& SessionVariables::get(std::string_view name) const { return get(variable_named(name)); }

void SessionVariables::set(const SystemVariable& variable, std::string value) {
  Values before = values();
  try {
    if (const std::string_view alias = alias_of(variable.name); !alias.empty())
      own_[position_of(variable_named(alias))] = value;
    own_[position_of(variable)] = std::move(value);
    refresh();
  } catch (...) {
    restore(std::move(before));
    throw;
  }
}

void SessionVariables::reset(const SystemVariable& variable) {
  Values before = values();
  try {
    own_.erase(position_of(variable));
    if (const std::string_view alias = alias_of(variable.name); !alias.empty())
      own_.erase(position_of(variable_named(alias)));
    refresh();
  } catch (...) {
    restore(std::move(before));
    throw;
  }
}

void SessionVariables::refresh() {
  SessionSettings& s = settings_;
  s.autocommit = get("autocommit") == "ON";
  s.isolation =
      get("transaction_isolation") == "READ-COMMITTED" ? Isolation::kReadCommitted : Isolation::kRepeatableRead;
  s.transaction_read_only = get("transaction_read_only") == "ON";
  s.optimistic = get("tidb_txn_mode") == "optimistic";
  s.sql_mode = types::SqlMode::parse(get("sql_mode"));
  s.time_zone = types::find_time_zone(get("time_zone"));
  SLUICE_CHECK(s.time_zone != nullptr, "time zone {}", get("time_zone"));
  s.connection_collation = types::find_collation(get("collation_connection"));
  s.client_charset = types::find_charset(get("character_set_client"));
  const types::Charset* const results = types::find_charset(get("character_set_results"));
  s.results_charset = results == nullptr || results->is_binary() ? nullptr : results;
  s.max_execution_time_ms = unsigned_number(get("max_execution_time"));
  s.lock_wait_timeout_ms = number(get("innodb_lock_wait_timeout")) * 1000;
  s.max_allowed_packet = unsigned_number(get("max_allowed_packet"));
  s.group_concat_max_len = unsigned_number(get("group_concat_max_len"));
  s.div_precision_increment = static_cast<int>(number(get("div_precision_increment")));
  s.default_week_format = static_cast<int>(number(get("default_week_format")));
  s.sql_select_limit = unsigned_number(get("sql_select_limit"));
  s.index_merge_join = get("tidb_enable_index_merge_join") == "ON";
  s.safe_updates = get("sql_safe_updates") == "ON";
  s.max_join_size = get("sql_big_selects") == "ON" ? UINT64_MAX : unsigned_number(get("max_join_size"));
  s.memory_quota_bytes = number(get("tidb_mem_quota_query"));
  s.auto_increment_increment = number(get("auto_increment_increment"));
  s.auto_increment_offset = number(get("auto_increment_offset"));
  s.cte_max_recursion_depth = unsigned_number(get("cte_max_recursion_depth"));
  s.foreign_key_checks = get("foreign_key_checks") == "ON";
  s.executor_concurrency = static_cast<std::size_t>(number(get("tidb_executor_concurrency")));
  const std::int64_t join_concurrency = number(get("tidb_index_lookup_join_concurrency"));
  s.index_lookup_join_concurrency =
      join_concurrency > 0 ? static_cast<std::size_t>(join_concurrency) : s.executor_concurrency;
  s.index_lookup_size = static_cast<std::size_t>(number(get("tidb_index_lookup_size")));
  s.index_join_batch_size = static_cast<std::size_t>(number(get("tidb_index_join_batch_size")));
  s.plan_cache = get("tidb_enable_prepared_plan_cache") == "ON";
  double timestamp = 0;
  const std::string& text = get("timestamp");
  std::from_chars(text.data(), text.data() + text.size(), timestamp);
  s.fixed_timestamp_us.reset();
  if (timestamp > 0) s.fixed_timestamp_us = static_cast<std::int64_t>(timestamp * 1e6);
}

}  // namespace sluice::session
