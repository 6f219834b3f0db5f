/// The grant tables, as statements about accounts change them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "catalog/table_rows.h"
#include "sql/ast_account.h"

namespace sluice::kv {
class Transaction;
}

namespace sluice::session {

struct SessionState;
struct StatementContext;

/// Ordinals of ENUM('N','Y').
inline constexpr std::uint64_t kNo = 1;
inline constexpr std::uint64_t kYes = 2;

struct AccountKey {
  std::string user;
  std::string host;
  std::string shown() const { return "'" + user + "'@'" + host + "'"; }
};

/// The account that a statement names; CURRENT_USER is the session's own.
AccountKey key_of(const sql::AccountName& name, const SessionState& session);

/// The grant tables inside one transaction, which the destructor rolls back unless it was committed.
///
/// Rows read are locked. Throws storage errors and Stopped. One thread.
class GrantTables {
 public:
  GrantTables(SessionState& session, StopToken stop);
  ~GrantTables();

  /// Commit point of the statement.
  void commit();

  std::optional<catalog::RowValues> find(std::int64_t table_id, std::initializer_list<types::Value> key);
  void put(std::int64_t table_id, const catalog::RowValues& row);
  void erase(std::int64_t table_id, std::initializer_list<types::Value> key);
  std::vector<catalog::RowValues> all(std::int64_t table_id);
  /// Erases the row whose key are the first `key_columns` values of `row`.
  void erase_key(std::int64_t table_id, const catalog::RowValues& row, std::size_t key_columns);

  /// The account's row of mysql.user.
  std::optional<catalog::RowValues> find_user(const AccountKey& key);
  bool has_user(const AccountKey& key) { return find_user(key).has_value(); }

 private:
  StopToken stop_;
  std::unique_ptr<kv::Transaction> transaction_;
};

/// Position of a column, by its name in any case.
std::size_t column_of(std::int64_t table_id, std::string_view name);

/// A row with all ENUM('N','Y') columns at N.
catalog::RowValues empty_row(std::int64_t table_id);

/// The statement's time in UTC.
types::Value now_value(const StatementContext& context);

/// A row of mysql.user without privileges. Throws 1470 for names that are too long, 1524 and 1827 for the authentication.
catalog::RowValues new_user_row(const AccountKey& key, const sql::Authentication& authentication,
                                const StatementContext& context);

/// REQUIRE: a row of mysql.global_priv, as in TiDB. Throws 1225 for a clause that is written twice.
void apply_tls(const AccountKey& key, const sql::AccountOptions& options, GrantTables& tables);

/// GRANT and REVOKE of privileges. Throw 1044, 1046, 1141, 1144, 1146, 1147, 1221, 1227, 1410, 3619, 3929.
void grant_privileges(const sql::GrantStatement& statement, StatementContext& context, GrantTables& tables);
void revoke_privileges(const sql::RevokeStatement& statement, StatementContext& context, GrantTables& tables);

}  // namespace sluice::session
