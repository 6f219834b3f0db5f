#include "planner/write_tools.h"

#include "planner/expression_tools.h"

namespace sluice::planner {

ExpressionPtr at_positions(const ExpressionPtr& expression, const std::vector<std::int64_t>& ids, int first_position) {
  return replace_columns(expression, [&](const ColumnRef& column) -> ExpressionPtr {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == column.column_id()) return column.at_position(first_position + static_cast<int>(i));
    }
    return nullptr;
  });
}

bool is_default_keyword(const sql::Expression& syntax) {
  const auto* value = syntax.try_as<sql::DefaultValue>();
  return value != nullptr && value->column == nullptr;
}

}  // namespace sluice::planner
