#include "planner/optimize.h"

#include "base/check.h"
#include "base/sql_error.h"
#include "planner/binder.h"
#include "planner/expression_tools.h"
#include "planner/physical_optimizer.h"
#include "planner/rewrite.h"

namespace sluice::planner {

namespace {

/// One run of the planner over one statement.
class Planning {
 public:
  explicit Planning(PlanContext& context) : context_(context), binder_(context) {
    if (context.subqueries != nullptr) {
      binder_.evaluate_subquery = [this](LogicalPtr plan, std::size_t max_rows) {
        // Such a plan holds no CTEs; those of the statement are not complete yet.
        const PlanPtr physical = to_physical(std::move(plan), PhysicalOptimizer::Layout::kExact, CteHandling::kNone);
        return context_.subqueries->evaluate(*physical, max_rows, context_.stop);
      };
    }
  }

  std::shared_ptr<const PlannedStatement> plan_query(const sql::Query& query);
  std::shared_ptr<const PlannedStatement> plan_insert(const sql::InsertStatement& statement) {
    return finish_write(binder_.bind_insert(statement));
  }
  std::shared_ptr<const PlannedStatement> plan_update(const sql::UpdateStatement& statement) {
    return finish_write(binder_.bind_update(statement));
  }
  std::shared_ptr<const PlannedStatement> plan_delete(const sql::DeleteStatement& statement) {
    return finish_write(binder_.bind_delete(statement));
  }
  std::shared_ptr<const PlannedStatement> plan_load(const sql::LoadDataStatement& statement) {
    return finish_write(binder_.bind_load_data(statement));
  }

 private:
  std::shared_ptr<const PlannedStatement> finish_write(Binder::WriteStatement write);
  enum class CteHandling : std::uint8_t { kNone, kAll };
  PlanPtr to_physical(LogicalPtr logical, PhysicalOptimizer::Layout layout, CteHandling ctes = CteHandling::kAll);
  void rewrite_ctes(RewriteContext& context);
  void inline_ctes(LogicalPtr& node);
  void take_facts(PlannedStatement& planned);

  PlanContext& context_;
  Binder binder_;
  bool used_apply_ = false;
};

/// A CTE that is read once needs no materialisation: its plan takes the reader's place.
void Planning::inline_ctes(LogicalPtr& node) {
  for (LogicalPtr& child : node->children) inline_ctes(child);
  auto* scan = node->try_as<LogicalCteScan>();
  if (scan == nullptr) return;
  LogicalCte& cte = *scan->definition;
  if (cte.recursive != nullptr || cte.reference_count != 1) return;
  auto projection = std::make_unique<LogicalProjection>();
  projection->schema = scan->schema;
  for (int column : scan->columns)
    projection->expressions.push_back(column_ref(cte.seed->schema[static_cast<std::size_t>(column)]));
  projection->children.push_back(std::move(cte.seed));
  node = std::move(projection);
  inline_ctes(node->children[0]);
}

void Planning::rewrite_ctes(RewriteContext& context) {
  for (const std::shared_ptr<LogicalCte>& cte : binder_.ctes) {
    if (cte->seed == nullptr) continue;  // it was put in its reader's place
    for (LogicalPtr* part : {&cte->seed, &cte->recursive}) {
      if (*part == nullptr) continue;
      inline_ctes(*part);
      // Columns of a CTE are matched by place.
      const std::vector<OutputColumn> columns = (*part)->schema;
      *part = rewrite(std::move(*part), context);
      auto layout = std::make_unique<LogicalProjection>();
      layout->schema = columns;
      for (const OutputColumn& column : columns) layout->expressions.push_back(column_ref(column));
      layout->children.push_back(std::move(*part));
      *part = std::move(layout);
    }
  }
}

PlanPtr Planning::to_physical(LogicalPtr logical, PhysicalOptimizer::Layout layout, CteHandling ctes) {
  const std::vector<OutputColumn> columns = logical->schema;
  RewriteContext context{binder_.build(), context_.eval, context_.settings, [this] { return binder_.next_column_id(); },
                         context_.stop};
  if (ctes == CteHandling::kAll) {
    inline_ctes(logical);
    rewrite_ctes(context);
  }
  logical = rewrite(std::move(logical), context);
  PhysicalOptimizer optimizer(
      context_, binder_.build(), [this] { return binder_.next_column_id(); },
      [this](const DataSource& source, int offset) { return binder_.generated_expression(source, offset); });
  PlanPtr plan = optimizer.optimize(*logical, columns, layout);
  used_apply_ = used_apply_ || optimizer.used_apply();
  return plan;
}

void Planning::take_facts(PlannedStatement& planned) {
  planned.table_ids = std::move(binder_.table_ids);
  planned.privileges = std::move(binder_.privileges);
  planned.hints = std::move(binder_.statement_hints);
  planned.cacheable = binder_.is_cacheable && !used_apply_;
}

std::shared_ptr<const PlannedStatement> Planning::plan_query(const sql::Query& query) {
  auto planned = std::make_shared<PlannedStatement>();
  binder_.whole_query = &query;
  LogicalPtr logical = binder_.bind_query(query, nullptr);
  planned->columns = logical->schema;
  if (context_.settings.sql_select_limit != UINT64_MAX && query.limit == nullptr) {
    auto limit = std::make_unique<LogicalLimit>();
    limit->bounds.count = context_.settings.sql_select_limit;
    limit->schema = logical->schema;
    limit->children.push_back(std::move(logical));
    logical = std::move(limit);
  }
  if (query.into != nullptr && query.into->kind != sql::IntoKind::kVariables)
    throw SqlError(ErrorCode::kNotSupportedYet, "SELECT ... INTO OUTFILE");
  if (query.into != nullptr) {
    for (std::string_view name : query.into->variables) planned->into_variables.emplace_back(name);
    if (planned->into_variables.size() != planned->columns.size())
      throw SqlError(ErrorCode::kWrongNumberOfColumnsInSelect);
  }
  planned->root = to_physical(std::move(logical), PhysicalOptimizer::Layout::kExact);
  planned->reads_current = binder_.locks_rows;
  planned->is_read_only = !binder_.locks_rows;
  const PhysicalPlan* lowest = planned->root.get();
  while (lowest->kind == PlanKind::kProjection || lowest->kind == PlanKind::kSelection)
    lowest = lowest->children[0].get();
  planned->is_point_get = lowest->kind == PlanKind::kPointGet;
  take_facts(*planned);
  return planned;
}

std::shared_ptr<const PlannedStatement> Planning::finish_write(Binder::WriteStatement write) {
  auto planned = std::make_shared<PlannedStatement>();
  std::unique_ptr<PhysicalPlan> root = std::move(write.root);
  root->id = 1;
  if (write.child != nullptr) {
    // INSERT ... SELECT takes its columns by place, UPDATE and DELETE by id.
    const bool by_place = root->kind == PlanKind::kInsert;
    if (!by_place) {
      auto layout = std::make_unique<LogicalProjection>();
      for (const OutputColumn& column : write.child->schema) {
        if (!write.required.contains(column.column_id)) continue;
        layout->schema.push_back(column);
        layout->expressions.push_back(column_ref(column));
      }
      layout->children.push_back(std::move(write.child));
      write.child = std::move(layout);
    }
    PlanPtr child = to_physical(std::move(write.child),
                                by_place ? PhysicalOptimizer::Layout::kExact : PhysicalOptimizer::Layout::kAny);
    if (write.finish) write.finish(*root, child->schema);
    root->id = child->id + 1;
    root->children.push_back(std::move(child));
  }
  planned->reads_current = true;
  planned->is_read_only = false;
  planned->root = std::move(root);
  take_facts(*planned);
  return planned;
}

}  // namespace

bool is_plannable(const sql::Statement& statement) {
  switch (statement.kind) {
    case sql::StatementKind::kQuery:
    case sql::StatementKind::kInsert:
    case sql::StatementKind::kUpdate:
    case sql::StatementKind::kDelete:
    case sql::StatementKind::kLoadData:
      return true;
    default:
      return false;
  }
}

std::shared_ptr<const PlannedStatement> optimize_query(const sql::Query& query, PlanContext& context) {
  return Planning(context).plan_query(query);
}

std::shared_ptr<const PlannedStatement> optimize(const sql::Statement& statement, PlanContext& context) {
  context.stop.poll();
  const bool modifies = statement.kind == sql::StatementKind::kUpdate || statement.kind == sql::StatementKind::kDelete;
  context.settings.sql_safe_updates = context.settings.sql_safe_updates && modifies;
  // Joins look written rows up by their keys wherever they can.
  if (context.settings.sql_safe_updates) context.settings.tidb_opt_enable_hash_join = false;
  switch (statement.kind) {
    case sql::StatementKind::kQuery:
      return Planning(context).plan_query(*statement.as<sql::QueryStatement>().query);
    case sql::StatementKind::kInsert:
      return Planning(context).plan_insert(statement.as<sql::InsertStatement>());
    case sql::StatementKind::kUpdate:
      return Planning(context).plan_update(statement.as<sql::UpdateStatement>());
    case sql::StatementKind::kDelete:
      return Planning(context).plan_delete(statement.as<sql::DeleteStatement>());
    case sql::StatementKind::kLoadData:
      return Planning(context).plan_load(statement.as<sql::LoadDataStatement>());
    default:
      throw SqlError(ErrorCode::kNotSupportedYet, "planning of this statement");
  }
}

}  // namespace sluice::planner
