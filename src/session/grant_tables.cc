#include "session/grant_tables.h"

#include "base/check.h"
#include "catalog/name.h"
#include "catalog/system_tables.h"
#include "kv/store.h"
#include "kv/transaction.h"
#include "session/dispatch.h"
#include "types/time_arithmetic.h"
#include "types/time_zone.h"

namespace sluice::session {

namespace system_id = catalog::system_id;
using catalog::RowValues;
using types::Value;

AccountKey key_of(const sql::AccountName& name, const SessionState& session) {
  if (name.is_current_user) return {session.account.user, session.account.host_pattern};
  return {std::string(name.user), std::string(name.host)};
}

GrantTables::GrantTables(SessionState& session, StopToken stop)
    : stop_(stop), transaction_(session.environment.store.begin(kv::TransactionOptions{}, stop)) {}

GrantTables::~GrantTables() = default;

void GrantTables::commit() { transaction_->commit(stop_); }

std::optional<RowValues> GrantTables::find(std::int64_t table_id, std::initializer_list<Value> key) {
  const std::vector<Value> values(key);
  return catalog::find_row(*transaction_, catalog::system_table(table_id), values, catalog::RowLock::kExclusive, stop_);
}

void GrantTables::put(std::int64_t table_id, const RowValues& row) {
  catalog::put_row(*transaction_, catalog::system_table(table_id), row, stop_);
}

void GrantTables::erase(std::int64_t table_id, std::initializer_list<Value> key) {
  const std::vector<Value> values(key);
  catalog::erase_row(*transaction_, catalog::system_table(table_id), values, stop_);
}

std::vector<RowValues> GrantTables::all(std::int64_t table_id) {
  std::vector<RowValues> rows;
  catalog::scan_rows(
      *transaction_, catalog::system_table(table_id), {}, [&](const RowValues& row) { rows.push_back(row); }, stop_);
  return rows;
}

void GrantTables::erase_key(std::int64_t table_id, const RowValues& row, std::size_t key_columns) {
  catalog::erase_row(*transaction_, catalog::system_table(table_id), std::span<const Value>(row).first(key_columns),
                     stop_);
}

std::optional<RowValues> GrantTables::find_user(const AccountKey& key) {
  return find(system_id::kUser, {Value(std::string_view(key.host)), Value(std::string_view(key.user))});
}

std::size_t column_of(std::int64_t table_id, std::string_view name) {
  const catalog::ColumnInfo* const column = catalog::system_table(table_id).find_column(catalog::to_lower(name));
  SLUICE_CHECK(column != nullptr, "no column {}", name);
  return static_cast<std::size_t>(column->offset);
}

RowValues empty_row(std::int64_t table_id) {
  const catalog::TableInfo& table = catalog::system_table(table_id);
  RowValues row(table.columns.size());
  for (const catalog::ColumnInfo& column : table.columns) {
    if (column.type.code == types::TypeCode::kEnum) row[static_cast<std::size_t>(column.offset)] = Value(kNo);
    if (column.type.code == types::TypeCode::kSet)
      row[static_cast<std::size_t>(column.offset)] = Value(std::uint64_t{0});
  }
  return row;
}

Value now_value(const StatementContext& context) {
  const std::optional<types::Time> now =
      types::time_from_unix_microseconds(context.run.eval().statement_time_us, types::TimeZone::utc());
  return now ? Value(types::truncate_time(*now, 0)) : Value();
}

}  // namespace sluice::session
