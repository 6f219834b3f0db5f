#include "executor/record_lock.h"

#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "executor/stale_read.h"
#include "kv/transaction.h"

namespace sluice::executor {
namespace {

kv::LockOptions options_of(const ExecutionContext& context, const LockRequest& request) {
  kv::LockOptions options;
  options.timeout_ms = context.settings.lock_wait_timeout_ms;
  switch (request.wait) {
    case planner::LockWait::kWait:
      break;
    case planner::LockWait::kNoWait:
      options.wait = kv::WaitPolicy::kNoWait;
      break;
    case planner::LockWait::kSkipLocked:
      options.wait = kv::WaitPolicy::kSkipLocked;
      break;
    case planner::LockWait::kSeconds:
      options.timeout_ms = static_cast<std::int64_t>(request.wait_seconds) * 1000;
      break;
  }
  return options;
}

kv::LockReport lock(const ExecutionContext& context, std::span<const std::string> keys,
                    const kv::LockOptions& options) {
  SLUICE_CHECK(context.transaction != nullptr, "locks need a transaction");
  kv::LockReport report;
  if (context.transaction->lock_keys(keys, options, &report, context.worker.stop) == kv::LockOutcome::kNoWait) {
    throw SqlError(ErrorCode::kLockNowait);
  }
  return report;
}

}  // namespace

std::vector<bool> lock_records(const ExecutionContext& context, std::span<const std::string> keys,
                               const LockRequest& request) {
  kv::LockOptions options = options_of(context, request);
  options.return_values = true;
  kv::LockReport report = lock(context, keys, options);
  const kv::Timestamp read_at = context.reads.timestamp();
  for (std::size_t i = 0; i < report.commit_ts.size(); ++i) {
    const bool skipped = !report.skipped.empty() && report.skipped[i];
    if (!skipped && report.commit_ts[i] > read_at) throw StaleRead();
  }
  return std::move(report.skipped);
}

std::vector<bool> lock_unread(const ExecutionContext& context, std::span<const std::string> keys,
                              const LockRequest& request) {
  return std::move(lock(context, keys, options_of(context, request)).skipped);
}

}  // namespace sluice::executor
