#include "session/lone_sleep.h"

#include "session/query.h"
#include "sql/ast_dml.h"
#include "sql/ast_expression.h"
#include "sql/ast_select.h"
#include "vector/chunk.h"

namespace sluice::session {

bool is_lone_sleep(const sql::Statement& statement) {
  const auto* const query =
      statement.kind == sql::StatementKind::kQuery ? &statement.as<sql::QueryStatement>() : nullptr;
  const sql::SelectQuery* const select = query == nullptr ? nullptr : query->query->try_as<sql::SelectQuery>();
  if (select == nullptr || select->items.size() != 1 || select->from != nullptr || select->where != nullptr ||
      select->limit != nullptr || !select->group_by.empty() || select->having != nullptr || select->with != nullptr ||
      !select->order_by.empty()) {
    return false;
  }
  const sql::Expression* const item = select->items[0].expression;
  const sql::FunctionCall* const call = item == nullptr ? nullptr : item->try_as<sql::FunctionCall>();
  return call != nullptr && call->name == "sleep";
}

bool is_sleep_interruption(StopReason reason) noexcept {
  return reason == StopReason::kQueryKilled || reason == StopReason::kTimeLimit;
}

void answer_interrupted_sleep(const planner::PlannedStatement& plan, ResultWriter& writer, StopToken stop) {
  writer.begin_result(result_columns(plan.columns));
  vector::Chunk chunk;
  chunk.columns.emplace_back(types::physical_type(plan.columns.front().type));
  chunk.columns.front().append(std::int64_t{1});
  chunk.row_count = 1;
  writer.rows(chunk, stop);
}

}  // namespace sluice::session
