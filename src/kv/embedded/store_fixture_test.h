#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sql_error.h"
#include "base/temp_dir.h"
#include "kv/embedded/embedded_store_impl.h"

/// What the unit tests of kv/embedded share. Not part of the library.
namespace sluice::kv {

/// A store in a directory of its own, without background services, that can be closed and opened again.
class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    options_.path = dir_.path() + "/store";
    options_.background_services = false;
    options_.durability = Durability::kWriteOnly;
    options_.block_cache_bytes = 32 << 20;
  }

  EmbeddedStore& store() {
    if (store_ == nullptr) store_ = std::make_unique<EmbeddedStore>(options_);
    return *store_;
  }
  void close() { store_.reset(); }

  std::unique_ptr<Transaction> begin(TransactionMode mode = TransactionMode::kPessimistic) {
    TransactionOptions options;
    options.mode = mode;
    return store().begin(options, StopToken());
  }
  Timestamp put(std::string_view key, std::string_view value) {
    const auto transaction = begin();
    transaction->put(key, value);
    return transaction->commit(StopToken());
  }
  Timestamp erase(std::string_view key) {
    const auto transaction = begin();
    transaction->erase(key);
    return transaction->commit(StopToken());
  }
  std::optional<std::string> get(std::string_view key, Timestamp ts = 0) {
    return store().snapshot(ts == 0 ? store().current_timestamp() : ts)->get(key, StopToken());
  }

  using Rows = std::vector<std::pair<std::string, std::string>>;
  static Rows read_all(Cursor& cursor) {
    Rows rows;
    for (;;) {
      const auto batch = cursor.next_batch(StopToken());
      if (batch.empty()) return rows;
      for (const KeyValue& row : batch) rows.emplace_back(row.key, row.value);
    }
  }
  Rows scan(KeyRange range = {}, Timestamp ts = 0, CursorOptions options = {}) {
    const auto snapshot = store().snapshot(ts == 0 ? store().current_timestamp() : ts);
    return read_all(*snapshot->cursor(std::move(range), options));
  }

  TempDir dir_;
  EmbeddedOptions options_;
  std::unique_ptr<EmbeddedStore> store_;
};

/// The number of the SqlError that `call` throws; 0 if it throws none.
template <class Call>
int error_number(Call&& call) {
  try {
    call();
  } catch (const SqlError& error) {
    return error.number();
  }
  return 0;
}

}  // namespace sluice::kv
