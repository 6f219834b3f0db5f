#include "session/into_variables.h"

#include "base/sql_error.h"
#include "catalog/name.h"
#include "vector/chunk.h"

namespace sluice::session {

std::unique_ptr<executor::ChunkConsumer> VariablesStage::make_worker(executor::WorkerContext&) {
  class Consumer final : public executor::ChunkConsumer {
   public:
    explicit Consumer(VariablesStage& stage) : stage_(stage) {}
    executor::Flow consume(vector::Chunk& chunk) override {
      const vector::ActiveRows active = chunk.active_rows();
      if (active.count == 0) return executor::Flow::kMore;
      if (stage_.has_row_ || active.count > 1) throw SqlError(ErrorCode::kTooManyRows);
      for (const vector::ColumnVector& column : chunk.columns) stage_.row_.push_back(column.value_at(active[0]));
      stage_.has_row_ = true;
      return executor::Flow::kMore;
    }
    void finish() override {}

   private:
    VariablesStage& stage_;
  };
  return std::make_unique<Consumer>(*this);
}

std::uint64_t VariablesStage::assign(SessionState& session, WarningList& warnings) const {
  if (!has_row_) {
    warnings.append(SqlError(ErrorCode::kSpFetchNoData));
    return 0;
  }
  for (std::size_t i = 0; i < plan_.into_variables.size(); ++i)
    session.user_variables[catalog::to_lower(plan_.into_variables[i])] = {row_[i], plan_.columns[i].type};
  return 1;
}

}  // namespace sluice::session
