#include "planner/syntax_walk.h"

#include "sql/ast_visitor.h"

namespace sluice::planner {

void walk_expression(const sql::Expression& syntax, const std::function<bool(const sql::Expression&)>& visit) {
  const sql::Expression* current = &syntax;
  while (true) {
    if (!visit(*current)) return;
    const auto* chain = current->try_as<sql::Binary>();
    if (chain == nullptr) break;
    walk_expression(*chain->right, visit);
    current = chain->left;
  }
  sql::for_each_child(*current, [&](const sql::Expression& operand) { walk_expression(operand, visit); });
}

}  // namespace sluice::planner
