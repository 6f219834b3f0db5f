#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "kv/cursor.h"
#include "kv/timestamp.h"

namespace sluice::kv {

/// The store as of one timestamp: exactly the commits with commit_ts <= timestamp(), however long it is held.
///
/// Ownership: borrows its Store, which must outlive it. Holds the garbage-collection safepoint at its timestamp until destroyed.
/// Thread-safety: one thread at a time (it reuses a read position); parallel scans take a snapshot of the same timestamp each.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  virtual Timestamp timestamp() const noexcept = 0;

  /// Reads `key` into `value` (overwritten, its capacity is reused). Returns false, and leaves `value` unspecified, if the key is absent.
  /// Throws: Stopped; SqlError on I/O errors and corruption.
  virtual bool get(std::string_view key, std::string& value, StopToken stop) = 0;

  std::optional<std::string> get(std::string_view key, StopToken stop) {
    std::string value;
    if (!get(key, value, stop)) return std::nullopt;
    return value;
  }

  /// Reads many keys; `values` is resized to keys.size(), nullopt where a key is absent. Sorted keys are read fastest.
  virtual void batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values,
                         StopToken stop) = 0;

  /// Opens a scan of `range`. The snapshot must outlive it.
  virtual std::unique_ptr<Cursor> cursor(KeyRange range, const CursorOptions& options) = 0;
};

}  // namespace sluice::kv
