#include "session/transaction_context.h"

#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/schema_cache.h"
#include "kv/store.h"
#include "session/environment.h"

namespace sluice::session {

TransactionContext::TransactionContext(const SessionEnvironment& environment, std::uint64_t connection_id,
                                       kv::TransactionActivity& activity)
    : environment_(environment), activity_(activity), lease_(environment.metadata_locks.new_lease(connection_id)) {}

TransactionContext::~TransactionContext() { rollback(); }

void TransactionContext::begin_explicit(const TransactionRequest& request, StopToken stop) {
  SLUICE_CHECK(!explicit_ && transaction_ == nullptr, "a transaction is open");
  explicit_ = true;
  request_ = request;
  if (request.with_snapshot) transaction_ = environment_.store.begin(options(), stop);
}

kv::TransactionOptions TransactionContext::options() const {
  kv::TransactionOptions options;
  options.mode = request_.optimistic ? kv::TransactionMode::kOptimistic : kv::TransactionMode::kPessimistic;
  options.activity = &activity_;
  return options;
}

kv::Transaction& TransactionContext::ensure(const TransactionRequest& request, MemoryTracker& memory, StopToken stop) {
  if (transaction_ != nullptr) return *transaction_;
  if (!explicit_) request_ = request;
  kv::TransactionOptions with_memory = options();
  with_memory.memory = &memory;
  transaction_ = environment_.store.begin(with_memory, stop);
  return *transaction_;
}

catalog::SchemaPtr TransactionContext::schema() {
  return schema_ != nullptr ? schema_ : environment_.schemas.current();
}

bool TransactionContext::use_tables(const catalog::SchemaPtr& schema, std::span<const std::int64_t> table_ids) {
  if (!lease_.acquire(table_ids, schema->version())) {
    if (schema_ != nullptr) throw SqlError(ErrorCode::kInfoSchemaChanged);
    return false;
  }
  if (explicit_ && !table_ids.empty()) schema_ = schema;
  return true;
}

void TransactionContext::savepoint(std::string_view name) {
  SLUICE_CHECK(transaction_ != nullptr, "a savepoint needs a transaction");
  std::string lower = catalog::to_lower(name);
  std::erase_if(savepoints_, [&](const auto& savepoint) { return savepoint.first == lower; });
  savepoints_.emplace_back(std::move(lower), transaction_->savepoint());
}

void TransactionContext::rollback_to_savepoint(std::string_view name) {
  const std::string lower = catalog::to_lower(name);
  const auto found = std::find_if(savepoints_.begin(), savepoints_.end(),
                                  [&](const auto& savepoint) { return savepoint.first == lower; });
  if (found == savepoints_.end()) throw SqlError(ErrorCode::kSpDoesNotExist, "SAVEPOINT", std::string(name));
  transaction_->rollback_to(found->second);
  savepoints_.erase(found + 1, savepoints_.end());
}

void TransactionContext::release_savepoint(std::string_view name) {
  const std::string lower = catalog::to_lower(name);
  const auto found = std::find_if(savepoints_.begin(), savepoints_.end(),
                                  [&](const auto& savepoint) { return savepoint.first == lower; });
  if (found == savepoints_.end()) throw SqlError(ErrorCode::kSpDoesNotExist, "SAVEPOINT", std::string(name));
  savepoints_.erase(found, savepoints_.end());
}

void TransactionContext::commit(StopToken stop) {
  if (transaction_ == nullptr) return end();
  try {
    transaction_->commit(stop);
  } catch (...) {
    end();
    throw;
  }
  end();
}

void TransactionContext::rollback() noexcept {
  if (transaction_ != nullptr) transaction_->rollback();
  end();
}

void TransactionContext::end() noexcept {
  transaction_.reset();
  savepoints_.clear();
  schema_.reset();
  lease_.release();
  explicit_ = false;
}

}  // namespace sluice::session
