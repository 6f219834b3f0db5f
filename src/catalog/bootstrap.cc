#include "catalog/bootstrap.h"

#include <string>

#include "base/clock.h"
#include "base/sql_error.h"
#include "catalog/meta.h"
#include "catalog/system_tables.h"
#include "catalog/table_rows.h"
#include "kv/store.h"
#include "types/time.h"

namespace sluice::catalog {
namespace {

types::Value text(std::string_view value) { return types::Value(value); }

// root with every privilege and no password. The server refuses to listen beyond loopback while that is so.
RowValues root_user(const TableInfo& table) {
  constexpr std::uint64_t kNo = 1;  // ordinals of enum('N','Y')
  constexpr std::uint64_t kYes = 2;
  RowValues row(table.columns.size());
  for (const ColumnInfo& column : table.columns) {
    types::Value& value = row[static_cast<std::size_t>(column.offset)];
    const std::string& name = column.name.lower;
    if (name == "account_locked" || name == "password_expired") {
      value = types::Value(kNo);
    } else if (column.type.code == types::TypeCode::kEnum) {
      value = types::Value(kYes);
    } else if (name == "host") {
      value = text("%");
    } else if (name == "user") {
      value = text("root");
    } else if (name == "authentication_string") {
      value = text("");
    } else if (name == "plugin") {
      value = text("mysql_native_password");
    } else if (name == "max_user_connections") {
      value = types::Value(std::uint64_t{0});
    } else if (name == "password_last_changed") {
      value = types::Value(types::truncate_time(types::time_from_wall_microseconds(clock().system_now_us()), 0));
    }
  }
  return row;
}

void put_variable(kv::Transaction& transaction, const char* name, std::string_view value, const char* comment,
                  StopToken stop) {
  put_row(transaction, system_table(system_id::kTidb), {text(name), text(value), text(comment)}, stop);
}

void create_everything(kv::Transaction& transaction, MetaWriter& meta, StopToken stop) {
  meta.lock_schema_version();
  DatabaseInfo mysql;
  mysql.id = system_id::kMysqlDatabase;
  mysql.name = Name("mysql");
  meta.put_database(mysql);
  DatabaseInfo test;
  test.id = system_id::kTestDatabase;
  test.name = Name("test");
  meta.put_database(test);
  for (const TableInfo& table : system_tables()) meta.put_table(mysql.id, table);
  put_row(transaction, system_table(system_id::kUser), root_user(system_table(system_id::kUser)), stop);
  put_variable(transaction, "bootstrapped", "True", "Whether the system tables were written", stop);
  put_variable(transaction, "tidb_server_version", std::to_string(kBootstrapVersion), "Version of the system tables",
               stop);
  put_variable(transaction, "new_collation_enabled", "True", "Keys hold collation sort keys", stop);
  put_variable(transaction, "system_tz", "UTC", "Time zone SYSTEM of the first start", stop);
  // The ids of the two databases and a margin for later fixed ones are taken.
  constexpr std::int64_t kReservedIds = 100;
  meta.allocate_global_ids(kReservedIds);
  meta.publish(SchemaDiff{});
  meta.put_bootstrap_version(kBootstrapVersion);
}

}  // namespace

void bootstrap(kv::Store& store, StopToken stop) {
  std::unique_ptr<kv::Transaction> transaction = store.begin({}, stop);
  MetaWriter meta(*transaction, stop);
  const std::int64_t version = meta.bootstrap_version();
  if (version > kBootstrapVersion) {
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "the data directory was written by a newer version of the program");
  }
  if (version == kBootstrapVersion) return;
  create_everything(*transaction, meta, stop);
  transaction->commit(stop);
}

}  // namespace sluice::catalog
