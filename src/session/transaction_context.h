/// The transaction of a session.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/stop_token.h"
#include "catalog/schema.h"
#include "coordination/metadata_locks.h"
#include "executor/read_view.h"
#include "kv/transaction.h"
#include "session/variables.h"

namespace sluice::session {

struct SessionEnvironment;

/// How a transaction was asked to be.
struct TransactionRequest {
  Isolation isolation = Isolation::kRepeatableRead;
  bool read_only = false;
  bool optimistic = false;
  bool with_snapshot = false;  // read timestamp taken at BEGIN rather than at the first read
};

/// A session's transaction and what belongs to it: the store's transaction, savepoints, the schema and its metadata locks.
///
/// A transaction is *explicit* from BEGIN (or the first statement with autocommit off) to COMMIT or ROLLBACK; a statement outside of one
/// has an implicit transaction of its own, made only if it writes or locks.
/// Thread-safety: the session's thread.
class TransactionContext {
 public:
  /// `activity`: of the transactions, kept up to date by the store; outlives the context.
  TransactionContext(const SessionEnvironment& environment, std::uint64_t connection_id,
                     kv::TransactionActivity& activity);
  ~TransactionContext();

  bool is_explicit() const noexcept { return explicit_; }
  const TransactionRequest& request() const noexcept { return request_; }
  bool is_read_only() const noexcept { return request_.read_only; }
  Isolation isolation() const noexcept { return request_.isolation; }
  /// The store's transaction, if it has begun.
  kv::Transaction* transaction() noexcept { return transaction_.get(); }
  const kv::Transaction* transaction() const noexcept { return transaction_.get(); }

  /// BEGIN. Nothing may be open.
  void begin_explicit(const TransactionRequest& request, StopToken stop);
  /// The store's transaction, begun now if need be. `request` counts for a new one.
  kv::Transaction& ensure(const TransactionRequest& request, MemoryTracker& memory, StopToken stop);

  /// The schema that statements are to be planned against: the transaction's, or the newest.
  catalog::SchemaPtr schema();
  /// Registers the tables of a plan. False: the schema moved on and the statement is to be planned again.
  /// Throws: SqlError 8028 if the transaction has used the older schema already.
  bool use_tables(const catalog::SchemaPtr& schema, std::span<const std::int64_t> table_ids);

  void savepoint(std::string_view name);
  /// Throws: SqlError 1305 if there is no savepoint of that name.
  void rollback_to_savepoint(std::string_view name);
  void release_savepoint(std::string_view name);

  /// Ends the transaction. Commit point: kv::Transaction::commit. After a throw everything is rolled back and ended.
  void commit(StopToken stop);
  void rollback() noexcept;

  std::uint64_t start_ts() const noexcept { return transaction_ == nullptr ? 0 : transaction_->start_ts(); }

 private:
  void end() noexcept;

  kv::TransactionOptions options() const;

  const SessionEnvironment& environment_;
  kv::TransactionActivity& activity_;
  TransactionRequest request_;
  bool explicit_ = false;
  std::unique_ptr<kv::Transaction> transaction_;
  catalog::SchemaPtr schema_;  // of an explicit transaction that has used tables
  coordination::SchemaLease lease_;
  std::vector<std::pair<std::string, kv::Savepoint>> savepoints_;  // lower-case names, oldest first
};

}  // namespace sluice::session
