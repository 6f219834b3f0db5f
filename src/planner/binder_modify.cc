// UPDATE and DELETE.
#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/table_info.h"
#include "planner/binder.h"
#include "planner/binder_with_scope.h"
#include "planner/column_supply.h"
#include "planner/write_tools.h"

namespace sluice::planner {

using catalog::to_lower;

std::vector<DataSource*> Binder::written_sources(LogicalNode& plan) {
  std::vector<DataSource*> sources;
  const auto walk = [&](auto& self, LogicalNode& node) -> void {
    if (auto* source = node.try_as<DataSource>()) sources.push_back(source);
    if (node.kind == LogicalKind::kJoin) {
      self(self, *node.children[0]);
      if (!node.as<LogicalJoin>().is_semi_kind()) self(self, *node.children[1]);
    } else if (node.kind == LogicalKind::kSelection || node.kind == LogicalKind::kSort ||
               node.kind == LogicalKind::kLimit) {
      self(self, *node.children[0]);
    }
  };
  walk(walk, plan);
  return sources;
}

ModifyTarget Binder::modify_target(const DataSource& source) {
  ModifyTarget target;
  target.target = write_target(source.source.database, source.source.table, source.source.alias);
  return target;
}

namespace {

/// Fills in where a target's columns stand in the child's output.
void place_target(ModifyTarget& target, const std::vector<std::int64_t>& column_ids,
                  const std::vector<std::int64_t>& handle_ids, const std::vector<OutputColumn>& child_schema) {
  for (const catalog::ColumnInfo& info : target.target.source.table->columns) {
    const std::int64_t id = column_ids[static_cast<std::size_t>(info.offset)];
    target.column_positions.push_back(info.is_public() ? find_position(child_schema, id) : -1);
    SLUICE_CHECK(!info.is_public() || target.column_positions.back() >= 0, "column {} of a written table is not read",
                 info.name.original);
  }
  for (std::int64_t id : handle_ids) {
    target.handle_positions.push_back(find_position(child_schema, id));
    SLUICE_CHECK(target.handle_positions.back() >= 0, "the handle of {} is not read", target.target.source.alias);
  }
}

struct WrittenIds {
  std::vector<std::int64_t> columns;
  std::vector<std::int64_t> handle;
};

/// A table that is updated under two names must keep its primary key: which row the other name means would depend on the
/// order of the changes. Throws 1706.
void check_key_conflict(const UpdatePlan& plan) {
  const auto changes_key = [&](std::size_t target) {
    const catalog::TableInfo& table = *plan.targets[target].target.source.table;
    return std::any_of(plan.assignments.begin(), plan.assignments.end(), [&](const Assignment& assignment) {
      return static_cast<std::size_t>(assignment.target) == target &&
             table.columns[static_cast<std::size_t>(assignment.offset)].type.has_flag(types::field_flag::kPrimaryKey);
    });
  };
  for (std::size_t first = 0; first < plan.targets.size(); ++first) {
    for (std::size_t second = first + 1; second < plan.targets.size(); ++second) {
      const TableReference& one = plan.targets[first].target.source;
      const TableReference& other = plan.targets[second].target.source;
      if (one.table->id == other.table->id && (changes_key(first) || changes_key(second)))
        throw SqlError(ErrorCode::kMultiUpdateKeyConflict, one.alias, other.alias);
    }
  }
}

}  // namespace

// What UPDATE and DELETE share: which rows, in which order. Returns the tables that may be written.
template <class Statement>
std::vector<DataSource*> Binder::bind_modified_rows(const Statement& statement, Block& block) {
  lock_sources_ = true;
  bind_from(*statement.tables, block);
  lock_sources_ = false;
  std::vector<DataSource*> sources = written_sources(*block.plan);
  if (statement.where != nullptr) {
    block.clause = Clause::kWhere;
    bind_conditions(*statement.where, block);
  }
  if (!statement.order_by.empty()) add_sort(bind_order_by(statement.order_by, block), block.plan);
  if (statement.limit != nullptr) add_limit(*statement.limit, block.plan);
  return sources;
}

Binder::WriteStatement Binder::bind_update(const sql::UpdateStatement& statement) {
  in_write_ = true;
  locks_rows = true;
  current_database_ = context_.current_database;
  Block block;
  hint_registry_.add(statement.hints, "upd_1", statement_hints,
                     context_.eval == nullptr ? nullptr : context_.eval->warnings);
  block.hints = std::make_shared<HintSet>(hint_registry_.block("upd_1"));
  const WithScope with(*this, statement.with, &block);
  const std::vector<DataSource*> sources = bind_modified_rows(statement, block);

  auto plan = std::make_unique<UpdatePlan>();
  plan->ignore = statement.is_ignore;
  std::vector<WrittenIds> written;
  std::vector<const DataSource*> target_sources;
  ColumnSet assigned;
  for (const sql::Assignment& syntax : statement.assignments) {
    block.clause = Clause::kFieldList;
    const ExpressionPtr column = find_in_from(*syntax.column, block);
    if (column == nullptr) throw_unknown_column(*syntax.column, Clause::kFieldList);
    const std::int64_t id = as_column(column)->column_id();
    const DataSource* owner = nullptr;
    int offset = -1;
    for (const DataSource* source : sources) {
      for (std::size_t i = 0; i < source->all_column_ids.size(); ++i) {
        if (source->all_column_ids[i] == id) {
          owner = source;
          offset = static_cast<int>(i);
        }
      }
    }
    if (owner == nullptr || owner->is_memory_table) {
      std::string name(syntax.column->table);
      for (const ScopeColumn& visible : block.columns) {
        if (visible.column.column_id == id) name = visible.column.table;
      }
      throw SqlError(ErrorCode::kNonUpdatableTable, name, "UPDATE");
    }
    const catalog::TableInfo& table = *owner->source.table;
    const catalog::ColumnInfo& info = table.columns[static_cast<std::size_t>(offset)];
    std::size_t target = 0;
    while (target < target_sources.size() && target_sources[target] != owner) ++target;
    if (target == target_sources.size()) {
      target_sources.push_back(owner);
      plan->targets.push_back(modify_target(*owner));
      written.push_back({owner->all_column_ids, owner->handle_ids});
      add_privilege(owner->source.database, table.name.original, "UPDATE");
    }
    Assignment assignment;
    assignment.target = static_cast<int>(target);
    assignment.offset = offset;
    if (is_default_keyword(*syntax.value)) {
      if (info.is_generated()) continue;
    } else {
      if (info.is_generated())
        throw SqlError(ErrorCode::kNonDefaultValueForGeneratedColumn, info.name.original, table.name.original);
      assignment.expression = fold(bind_expression(*syntax.value, block));
      plan->sequential |= columns_of(*assignment.expression).intersects(assigned);
    }
    assigned.insert(id);
    plan->assignments.push_back(std::move(assignment));
  }
  check_key_conflict(*plan);
  if (statement.is_multi_table || plan->targets.size() > 1) plan->sequential = false;

  WriteStatement result;
  for (const Assignment& assignment : plan->assignments) {
    if (assignment.expression != nullptr) collect_columns(*assignment.expression, result.required);
  }
  for (std::size_t i = 0; i < target_sources.size(); ++i) {
    result.required.insert(target_sources[i]->output_ids());
    for (std::int64_t id : written[i].handle) result.required.insert(id);
  }
  supply_columns(*block.plan, result.required);
  result.child = std::move(block.plan);
  result.root = std::move(plan);
  result.finish = [written = std::move(written), stop = context_.stop](PhysicalPlan& root,
                                                                       const std::vector<OutputColumn>& child_schema) {
    auto& update = static_cast<UpdatePlan&>(root);
    for (std::size_t i = 0; i < update.targets.size(); ++i)
      place_target(update.targets[i], written[i].columns, written[i].handle, child_schema);
    for (Assignment& assignment : update.assignments) {
      if (assignment.expression != nullptr)
        assignment.expression = resolve_positions(assignment.expression, child_schema, stop);
    }
  };
  return result;
}

Binder::WriteStatement Binder::bind_delete(const sql::DeleteStatement& statement) {
  in_write_ = true;
  locks_rows = true;
  current_database_ = context_.current_database;
  Block block;
  hint_registry_.add(statement.hints, "del_1", statement_hints,
                     context_.eval == nullptr ? nullptr : context_.eval->warnings);
  block.hints = std::make_shared<HintSet>(hint_registry_.block("del_1"));
  const WithScope with(*this, statement.with, &block);
  const std::vector<DataSource*> sources = bind_modified_rows(statement, block);

  std::vector<const DataSource*> targets;
  if (statement.is_multi_table) {
    for (const sql::ObjectName& name : statement.targets) {
      const DataSource* found = nullptr;
      for (const DataSource* source : sources) {
        const bool alias = to_lower(source->source.alias) == to_lower(name.name);
        const bool table = !name.schema.empty() && source->source.table->name.lower == to_lower(name.name);
        const bool database = name.schema.empty() || to_lower(source->source.database) == to_lower(name.schema);
        if ((alias || table) && database) found = source;
      }
      if (found == nullptr) {
        for (const auto& known : block.tables) {
          if (known.second == to_lower(name.name)) throw SqlError(ErrorCode::kNonUpdatableTable, name.name, "DELETE");
        }
        throw SqlError(ErrorCode::kUnknownTable, name.name, "MULTI DELETE");
      }
      if (std::find(targets.begin(), targets.end(), found) == targets.end()) targets.push_back(found);
    }
  } else {
    if (sources.size() != 1) {
      const std::string name = block.tables.empty() ? std::string() : block.tables[0].second;
      throw SqlError::with_message(ErrorCode::kUnknownError, "delete view " + name + " is not supported now");
    }
    targets.push_back(sources[0]);
  }
  auto plan = std::make_unique<DeletePlan>();
  plan->ignore = statement.is_ignore;
  std::vector<WrittenIds> written;
  WriteStatement result;
  for (const DataSource* source : targets) {
    if (source->is_memory_table) throw SqlError(ErrorCode::kNonUpdatableTable, source->source.alias, "DELETE");
    add_privilege(source->source.database, source->source.table->name.original, "DELETE");
    plan->targets.push_back(modify_target(*source));
    written.push_back({source->all_column_ids, source->handle_ids});
    result.required.insert(source->output_ids());
    for (std::int64_t id : source->handle_ids) result.required.insert(id);
  }
  supply_columns(*block.plan, result.required);
  result.child = std::move(block.plan);
  result.root = std::move(plan);
  result.finish = [written = std::move(written)](PhysicalPlan& root, const std::vector<OutputColumn>& child_schema) {
    auto& removal = static_cast<DeletePlan&>(root);
    for (std::size_t i = 0; i < removal.targets.size(); ++i)
      place_target(removal.targets[i], written[i].columns, written[i].handle, child_schema);
  };
  return result;
}

}  // namespace sluice::planner
