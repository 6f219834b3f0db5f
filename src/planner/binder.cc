#include "planner/binder.h"

#include "expression/eval_context.h"

namespace sluice::planner {

namespace {

expression::BuildContext build_context(const PlanContext& context) {
  expression::BuildContext build = context.build;
  build.evaluation = context.eval;
  if (context.eval != nullptr) {
    build.sql_mode = context.eval->sql_mode;
    build.div_precision_increment = context.eval->div_precision_increment;
    build.group_concat_max_len = context.eval->group_concat_max_len;
  }
  return build;
}

}  // namespace

Binder::Binder(PlanContext& context)
    : context_(context), build_(build_context(context)), current_database_(context.current_database) {
  build_.holds_for_any_parameters = &is_cacheable;
}
Binder::~Binder() = default;

}  // namespace sluice::planner
