/// SELECT ... INTO @a, @b: the one row of a query goes to user variables instead of the client.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/warnings.h"
#include "executor/pipeline.h"
#include "planner/optimize.h"
#include "session/session_state.h"

namespace sluice::session {

/// Takes the row of a query with `into_variables`. Borrows `plan`. Thread-safety: one worker.
class VariablesStage final : public executor::SerialStage {
 public:
  explicit VariablesStage(const planner::PlannedStatement& plan) : plan_(plan) {}

  /// The worker throws SqlError 1172 for a second row.
  std::unique_ptr<executor::ChunkConsumer> make_worker(executor::WorkerContext& worker) override;

  /// Once the query is through: sets the variables of `session`, or warns with 1329 if there was no row and leaves them alone.
  /// Returns the number of rows.
  std::uint64_t assign(SessionState& session, WarningList& warnings) const;

 private:
  const planner::PlannedStatement& plan_;
  std::vector<types::Value> row_;
  bool has_row_ = false;
};

}  // namespace sluice::session
