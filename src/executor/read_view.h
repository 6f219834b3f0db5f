/// Which versions a statement reads.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "kv/cursor.h"
#include "kv/snapshot.h"
#include "kv/timestamp.h"

namespace sluice::kv {
class Store;
class Transaction;
}  // namespace sluice::kv

namespace sluice::executor {

/// One way of reading the store: a bare snapshot, a transaction's snapshot with its own writes on top, or the newest
/// committed versions with its own writes on top (reads of UPDATE, DELETE and FOR UPDATE: "current").
///
/// Ownership: borrows the store and the transaction. Thread-safety: one thread; parallel readers take fork().
class ReadView {
 public:
  static ReadView at_present(kv::Store& store);
  static ReadView of_transaction(kv::Transaction& transaction);
  /// Cursors read at transaction.for_update_ts(); gets read the newest version.
  static ReadView current(kv::Transaction& transaction);

  ReadView(ReadView&&) noexcept;
  ReadView& operator=(ReadView&&) noexcept;
  ~ReadView();

  /// Reads `key` into `value`; false if it is absent.
  bool get(std::string_view key, std::string& value, StopToken stop);
  void batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values, StopToken stop);
  std::unique_ptr<kv::Cursor> cursor(kv::KeyRange range, const kv::CursorOptions& options);

  /// A view of the same versions for another thread; nothing if the transaction has writes of its own, which one thread alone may read.
  std::optional<ReadView> fork() const;
  bool can_fork() const noexcept;
  bool is_current() const noexcept { return mode_ == Mode::kCurrent; }
  /// The timestamp that the first cursor reads at; later ones may read later versions, if the transaction's for_update_ts() has moved on.
  kv::Timestamp timestamp() const noexcept;

 private:
  enum class Mode : unsigned char { kSnapshot, kTransaction, kCurrent };
  explicit ReadView(Mode mode) : mode_(mode) {}

  Mode mode_;
  kv::Store* store_ = nullptr;
  kv::Transaction* transaction_ = nullptr;
  kv::Timestamp current_at_ = 0;  // kCurrent: for_update_ts() as the view was made
  std::unique_ptr<kv::Snapshot> snapshot_;
};

}  // namespace sluice::executor
