#include "session/stop_error.h"

namespace sluice::session {

SqlError error_of_stop(StopReason reason, std::uint64_t connection_id) {
  switch (reason) {
    case StopReason::kTimeLimit:
      return SqlError(ErrorCode::kQueryTimeout);
    case StopReason::kMemoryLimit:
      return SqlError::with_message(
          ErrorCode::kMemoryExceedForQuery,
          "Your query has been cancelled due to exceeding the allowed memory limit for a single SQL query. Please "
          "try narrowing your query scope or increase the tidb_mem_quota_query limit and try again.[conn=" +
              std::to_string(connection_id) + "]");
    case StopReason::kDiskLimit:
      return SqlError::with_message(ErrorCode::kDiskFull, "Disk full: the space for temporary files is used up");
    case StopReason::kShutdown:
      return SqlError(ErrorCode::kServerShutdown);
    case StopReason::kJobCancelled:
    case StopReason::kJobPaused:
      return SqlError(ErrorCode::kCancelledDdlJob);
    case StopReason::kNone:
    case StopReason::kQueryKilled:
    case StopReason::kConnectionKilled:
    case StopReason::kClientGone:
    case StopReason::kSiblingFailed:
    case StopReason::kOwnershipLost:
    case StopReason::kScopeEnded:
      break;
  }
  return SqlError(ErrorCode::kQueryInterrupted);
}

bool ends_connection(StopReason reason) noexcept {
  return reason == StopReason::kConnectionKilled || reason == StopReason::kClientGone ||
         reason == StopReason::kShutdown;
}

}  // namespace sluice::session
