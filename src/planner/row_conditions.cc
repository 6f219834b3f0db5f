#include "planner/row_conditions.h"

#include "catalog/table_info.h"
#include "planner/binder.h"

namespace sluice::planner {

RowConditions bind_row_conditions(const std::string& database, const catalog::TableInfo& table,
                                  std::span<const std::string> texts, PlanContext& context) {
  Binder binder(context);
  RowConditions result;
  for (const catalog::ColumnInfo& column : table.columns) {
    if (!column.is_virtual()) continue;
    ExpressionPtr bound = binder.bind_table_expression(column.generated_expression, database, table);
    result.virtual_columns.push_back({column.offset, binder.as_column_value(std::move(bound), column)});
  }
  for (const std::string& text : texts)
    result.conditions.push_back(binder.bind_table_expression(text, database, table));
  return result;
}

}  // namespace sluice::planner
