#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/stop_token.h"
#include "kv/key_range.h"

namespace sluice::kv {

enum class Direction : std::uint8_t { kForward, kBackward };
enum class CursorContent : std::uint8_t { kKeysAndValues, kKeysOnly };

/// How a cursor reads. The defaults suit a foreground statement.
struct CursorOptions {
  Direction direction = Direction::kForward;
  CursorContent content = CursorContent::kKeysAndValues;  // kKeysOnly: values come back empty
  std::size_t batch_rows = 1024;  // at most this many per batch; the first batches are smaller and grow to it
  bool fill_cache = true;         // false for one-time scans of much data (backfill, ANALYZE, ADMIN CHECK)
  bool low_priority = false;      // background reads: larger read-ahead, yields to foreground I/O
};

/// A scan over one range at one timestamp, yielded in batches.
///
/// Ownership: borrows the Snapshot or Transaction it came from, which must outlive it.
/// Thread-safety: one thread at a time.
class Cursor {
 public:
  virtual ~Cursor() = default;

  /// The next entries in scan order; empty at the end, and from then on. The slices live until the next call or the destructor.
  ///
  /// Polls at least once a batch and every few hundred skipped versions.
  /// Throws: Stopped; SqlError on I/O errors and corruption. After a throw only destruction is allowed.
  virtual std::span<const KeyValue> next_batch(StopToken stop) = 0;
};

}  // namespace sluice::kv
