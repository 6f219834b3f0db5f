#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "kv/lock.h"
#include "kv/timestamp.h"

namespace sluice::kv {

/// What one client's transaction does, for others to look at. Its owner hands it to the store (TransactionOptions::activity), which keeps it
/// up to date until the transaction ends; then id is 0 again.
///
/// Thread-safety: written by the transaction's thread, read by any. Each figure is right for itself; together they may be a moment apart.
struct TransactionActivity {
  std::atomic<TransactionId> id{0};  // 0: there is no transaction
  std::atomic<Timestamp> start_ts{0};
  std::atomic<std::size_t> locked_keys{0};
  std::atomic<std::size_t> written_keys{0};
  std::atomic<std::int64_t> memory_bytes{0};
};

}  // namespace sluice::kv
