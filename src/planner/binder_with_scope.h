/// The life of a WITH clause's names while its statement is bound.
#pragma once

#include "base/sql_error.h"
#include "catalog/name.h"
#include "planner/binder.h"

namespace sluice::planner {

/// Makes the CTEs of a WITH clause known for as long as it lives.
class Binder::WithScope {
 public:
  WithScope(Binder& binder, const sql::WithClause* with, Block* block)
      : binder_(binder), outer_(binder.innermost_cte_) {
    if (with == nullptr) return;
    std::set<std::string> names;
    for (const sql::CommonTableExpression& syntax : with->expressions) {
      auto cte = std::make_unique<CteBinding>();
      cte->lower_name = catalog::to_lower(syntax.name);
      if (!names.insert(cte->lower_name).second) throw SqlError(ErrorCode::kNonuniqTable, syntax.name);
      cte->syntax = &syntax;
      cte->recursive_with = with->is_recursive;
      cte->outer = binder.innermost_cte_;
      cte->block = block;
      binder.innermost_cte_ = cte.get();
      binder.cte_storage_.push_back(std::move(cte));
    }
  }
  ~WithScope() { binder_.innermost_cte_ = outer_; }
  WithScope(const WithScope&) = delete;
  WithScope& operator=(const WithScope&) = delete;

 private:
  Binder& binder_;
  CteBinding* outer_;
};

}  // namespace sluice::planner
