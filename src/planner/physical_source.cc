#include "planner/physical_source.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/statistics.h"
#include "catalog/table_info.h"
#include "planner/cost.h"
#include "planner/expression_tools.h"
#include "planner/table_keys.h"

namespace sluice::planner {

namespace {

constexpr std::size_t kKeysPerPoll = 256;

/// The column's id in the plan.
std::int64_t id_of(const DataSource& source, int offset) {
  return offset == kRowIdOffset ? source.row_id_column : source.all_column_ids[static_cast<std::size_t>(offset)];
}

int offset_of(const DataSource& source, std::int64_t id) {
  if (id == source.row_id_column) return kRowIdOffset;
  for (std::size_t i = 0; i < source.all_column_ids.size(); ++i) {
    if (source.all_column_ids[i] == id) return static_cast<int>(i);
  }
  return -2;
}

OutputColumn output_column(const DataSource& source, int offset) {
  for (const OutputColumn& column : source.schema) {
    if (column.column_id == id_of(source, offset)) return column;
  }
  OutputColumn column;
  column.column_id = id_of(source, offset);
  column.database = source.source.database;
  column.table = source.source.alias;
  column.original_table = source.source.table->name.original;
  if (offset == kRowIdOffset) {
    column.type = types::FieldType::bigint();
    column.name = column.original_name = "_tidb_rowid";
  } else {
    const catalog::ColumnInfo& info = source.source.table->columns[static_cast<std::size_t>(offset)];
    column.type = value_type(info);
    column.name = column.original_name = info.name.original;
  }
  return column;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The column ids that belong to this source among `columns` (others are an outer query's).
ColumnSet own_columns(const DataSource& source, const ColumnSet& columns) {
  ColumnSet own;
  for (std::int64_t id : columns) {
    if (offset_of(source, id) != -2) own.insert(id);
  }
  return own;
}

}  // namespace

bool PhysicalOptimizer::is_index_usable(const DataSource& source, const catalog::IndexInfo& index) const {
  const catalog::TableInfo& table = *source.source.table;
  return index.is_readable_at(context_.read_timestamp) && !index.invisible && !index.multi_valued &&
         table.is_stored(index) &&
         (index.type == catalog::IndexType::kBtree || index.type == catalog::IndexType::kInvalid ||
          index.type == catalog::IndexType::kHash) &&
         !contains(source.hints.ignore, index.name.lower);
}

bool PhysicalOptimizer::covers(const DataSource& source, const catalog::IndexInfo& index,
                               const ColumnSet& columns) const {
  const catalog::TableInfo& table = *source.source.table;
  for (std::int64_t id : columns) {
    const int offset = offset_of(source, id);
    bool found = std::find(source.handle_ids.begin(), source.handle_ids.end(), id) != source.handle_ids.end();
    if (found && table.is_common_handle) {
      // A prefix of a column in the clustered key does not give the column back.
      for (const catalog::IndexColumn& part : table.primary_index()->columns)
        found = found && !(part.offset == offset && part.is_prefix());
    }
    for (const catalog::IndexColumn& part : index.columns)
      found = found || (part.offset == offset && !part.is_prefix());
    if (!found) return false;
  }
  return true;
}

bool PhysicalOptimizer::must_use_ranges(const DataSource& source, const std::vector<ScanChoice>& choices) const {
  return context_.settings.sql_safe_updates && source.lock.has_value() &&
         std::any_of(choices.begin(), choices.end(),
                     [](const ScanChoice& choice) { return !choice.built->ranges.full; });
}

std::vector<PhysicalOptimizer::ScanChoice> PhysicalOptimizer::scan_choices(DataSource& source) {
  const catalog::TableInfo& table = *source.source.table;
  ColumnSet needed = source.output_ids();
  needed.insert(own_columns(source, columns_of(source.conditions)));
  const auto make_choice = [&](const catalog::IndexInfo* index) {
    ScanChoice choice;
    choice.index = index;
    choice.key = key_columns(table, index, source.all_column_ids, source.row_id_column);
    choice.built = cardinality_.ranges(source, index);
    choice.range_rows = cardinality_.range_rows(source, index, *choice.built);
    choice.needed = needed;
    if (index != nullptr) {
      choice.covering = covers(source, *index, needed);
      for (const ExpressionPtr& condition : choice.built->remaining) {
        poll();
        const bool on_index =
            condition->is_deterministic() && covers(source, *index, own_columns(source, columns_of(*condition)));
        (on_index ? choice.index_conditions : choice.table_conditions).push_back(condition);
      }
      if (choice.covering) {
        choice.index_conditions = choice.built->remaining;
        choice.table_conditions.clear();
      }
    } else {
      choice.table_conditions = choice.built->remaining;
    }
    return choice;
  };
  std::vector<ScanChoice> choices;
  const bool wants_index = !source.hints.use.empty();
  for (const catalog::IndexInfo& index : table.indexes) {
    if (!is_index_usable(source, index)) continue;
    const bool hinted = contains(source.hints.use, index.name.lower);
    if (wants_index && !hinted) continue;
    if (source.hints.use_none && !hinted) continue;
    ScanChoice choice = make_choice(&index);
    choice.hinted = hinted;
    choices.push_back(std::move(choice));
  }
  const bool table_hinted = contains(source.hints.use, "primary") && table.has_clustered_primary_key();
  if (!wants_index || table_hinted || choices.empty()) choices.insert(choices.begin(), make_choice(nullptr));
  return choices;
}

bool PhysicalOptimizer::provides_order(const std::vector<RangeColumn>& key, std::size_t fixed,
                                       const RequiredOrder& order, bool& descending) const {
  std::size_t at = 0;
  descending = false;
  bool first = true;
  for (const RequiredOrder::Key& wanted : order.keys) {
    // Key columns with one value each may be skipped or asked for.
    bool matched = false;
    for (std::size_t i = 0; i < fixed && i < key.size(); ++i) matched = matched || key[i].column_id == wanted.column_id;
    if (matched) continue;
    at = std::max(at, fixed);
    if (at >= key.size() || key[at].column_id != wanted.column_id || key[at].prefix_length >= 0) return false;
    if (first)
      descending = wanted.descending;
    else if (descending != wanted.descending)
      return false;
    first = false;
    ++at;
  }
  return true;
}

void PhysicalOptimizer::add_scan_columns(const DataSource& source, const ColumnSet& ids, bool only_index,
                                         const catalog::IndexInfo* index, PhysicalPlan& scan, std::vector<int>& offsets,
                                         std::vector<VirtualColumn>& virtual_columns) {
  const catalog::TableInfo& table = *source.source.table;
  const auto position_of = [&](int offset) {
    return static_cast<int>(std::find(offsets.begin(), offsets.end(), offset) - offsets.begin());
  };
  const auto is_stored = [&](int offset) {
    if (offset == kRowIdOffset || !table.columns[static_cast<std::size_t>(offset)].is_virtual()) return true;
    if (index == nullptr) return false;
    for (const catalog::IndexColumn& part : index->columns) {
      if (part.offset == offset && !part.is_prefix()) return true;
    }
    return false;
  };
  const auto add = [&](auto& self, int offset) -> void {
    if (position_of(offset) < static_cast<int>(offsets.size())) return;
    ExpressionPtr expression;
    if (!is_stored(offset)) {
      SLUICE_CHECK(!only_index, "a virtual column outside of an index that is to cover it");
      expression = generated_expression_(source, offset);
      for (std::int64_t id : columns_of(*expression)) self(self, offset_of(source, id));
    }
    offsets.push_back(offset);
    scan.schema.push_back(output_column(source, offset));
    if (expression != nullptr)
      virtual_columns.push_back(
          {static_cast<int>(offsets.size()) - 1, resolve_positions(expression, scan.schema, context_.stop)});
  };
  // The source's own order first, so that a plain scan has the layout that its parent expects.
  for (const OutputColumn& column : source.schema) {
    if (ids.contains(column.column_id)) add(add, offset_of(source, column.column_id));
  }
  for (std::int64_t id : ids) add(add, offset_of(source, id));
}

PlanPtr PhysicalOptimizer::build_scan(DataSource& source, const ScanChoice& choice, bool keep_order, bool descending,
                                      double rows) {
  const double range_rows = choice.range_rows;
  const auto wrap = [](PlanPtr reader, PlanPtr cop) {
    reader->schema = cop->schema;
    reader->children.push_back(std::move(cop));
    return reader;
  };
  const auto table_side = [&](const ColumnSet& ids, const std::vector<ExpressionPtr>& conditions, bool by_row_id) {
    auto scan = make<TableScanPlan>(range_rows);
    scan->task = TaskKind::kCop;
    scan->source = source.source;
    if (!by_row_id) scan->ranges = choice.built->ranges;
    scan->is_row_id_scan = by_row_id;
    scan->keep_order = keep_order && !by_row_id;
    scan->descending = descending && !by_row_id;
    scan->pseudo_statistics = Cardinality::is_pseudo(source);
    scan->takes_lookup_ranges = !choice.lookup_text.empty() && !by_row_id;
    scan->lookup_text = choice.lookup_text;
    add_scan_columns(source, ids, false, nullptr, *scan, scan->column_offsets, scan->virtual_columns);
    return select(std::move(scan), conditions, rows);
  };
  if (choice.index == nullptr) {
    return wrap(make<TableReaderPlan>(rows), table_side(choice.needed, choice.table_conditions, false));
  }
  auto scan = make<IndexScanPlan>(range_rows);
  scan->task = TaskKind::kCop;
  scan->source = source.source;
  scan->index = choice.index;
  scan->ranges = choice.built->ranges;
  scan->keep_order = keep_order;
  scan->descending = descending;
  scan->pseudo_statistics = Cardinality::is_pseudo(source);
  scan->takes_lookup_ranges = !choice.lookup_text.empty();
  scan->lookup_text = choice.lookup_text;
  if (choice.covering) {
    add_scan_columns(source, choice.needed, true, choice.index, *scan, scan->column_offsets, scan->virtual_columns);
    return wrap(make<IndexReaderPlan>(rows), select(std::move(scan), choice.index_conditions, rows));
  }
  ColumnSet index_ids = own_columns(source, columns_of(choice.index_conditions));
  add_scan_columns(source, index_ids, true, choice.index, *scan, scan->column_offsets, scan->virtual_columns);
  // The handle comes last; what is there already is repeated, so that its place is known.
  const std::size_t handle_begin = scan->schema.size();
  for (std::int64_t id : source.handle_ids) {
    const int offset = offset_of(source, id);
    scan->column_offsets.push_back(offset);
    scan->schema.push_back(output_column(source, offset));
  }
  auto look_up = make<IndexLookUpPlan>(rows);
  for (std::size_t i = handle_begin; i < scan->schema.size(); ++i)
    look_up->handle_positions.push_back(static_cast<int>(i));
  look_up->keep_order = keep_order;
  const double index_rows = range_rows * cardinality_.selectivity(source, choice.index_conditions);
  PlanPtr index_side = select(std::move(scan), choice.index_conditions, index_rows);
  PlanPtr record_side = table_side(choice.needed, choice.table_conditions, true);
  look_up->schema = record_side->schema;
  look_up->children.push_back(std::move(index_side));
  look_up->children.push_back(std::move(record_side));
  return look_up;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::point_candidate(
    DataSource& source, const std::shared_ptr<const ScanChoice>& shared_choice) {
  const ScanChoice& choice = *shared_choice;
  const catalog::TableInfo& table = *source.source.table;
  const bool unique =
      choice.index == nullptr ? table.has_clustered_primary_key() || source.row_id_column != 0 : choice.index->unique;
  if (!unique || choice.built->ranges.full || choice.built->ranges.values.empty()) return nullptr;
  for (const RangeColumn& column : choice.key) {
    if (column.prefix_length >= 0) return nullptr;
  }
  if (choice.index == nullptr && source.row_id_column != 0 && source.hints.use_none) return nullptr;
  std::vector<std::vector<ExpressionPtr>> keys;
  if (!choice.built->ranges.dynamic) {
    keys.reserve(choice.built->ranges.values.size());
    for (const ValueRange& range : choice.built->ranges.values) {
      if (keys.size() % kKeysPerPoll == 0) poll();
      if (!is_point(range, choice.key.size())) return nullptr;
      std::vector<ExpressionPtr> key;
      for (std::size_t i = 0; i < choice.key.size(); ++i)
        key.push_back(std::make_shared<Constant>(range.low[i].value, choice.key[i].type));
      keys.push_back(std::move(key));
    }
  } else {
    // Parameters and outer values: one equality per key column.
    std::vector<ExpressionPtr> key;
    if (choice.built->access.size() != choice.key.size()) return nullptr;
    for (const RangeColumn& column : choice.key) {
      for (const ExpressionPtr& condition : choice.built->access) {
        const FunctionCall* equal = as_call(*condition, "eq");
        if (equal == nullptr) return nullptr;
        for (int side = 0; side < 2; ++side) {
          const ColumnRef* ref = as_column(equal->children()[static_cast<std::size_t>(side)]);
          const ExpressionPtr& other = equal->children()[static_cast<std::size_t>(1 - side)];
          if (ref != nullptr && ref->column_id() == column.column_id && !other->has_columns()) key.push_back(other);
        }
      }
    }
    if (key.size() != choice.key.size()) return nullptr;
    keys.push_back(std::move(key));
  }
  const std::vector<ExpressionPtr>& remaining = choice.built->remaining;
  const double rows = static_cast<double>(keys.size());
  const double result_rows = std::min(rows, std::max(cardinality_.rows(source), 0.0));
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = remaining.empty() ? rows : result_rows;
  const bool covering = choice.index != nullptr && choice.covering && !source.lock;
  candidate->cost =
      rows * cost::kPointGet * (choice.index != nullptr && !covering ? 2 : 1) * (keys.size() > 1 ? 0.9 : 1);
  candidate->build = [this, &source, shared_choice, keys = std::move(keys), covering,
                      rows = candidate->rows]() -> PlanPtr {
    const ScanChoice& choice = *shared_choice;
    PlanPtr plan;
    if (keys.size() == 1) {
      auto get = make<PointGetPlan>(static_cast<double>(keys.size()));
      get->source = source.source;
      get->index = choice.index;
      get->key = keys[0];
      get->lock = source.lock;
      get->index_covers = covering;
      add_scan_columns(source, choice.needed, false, covering ? choice.index : nullptr, *get, get->column_offsets,
                       get->virtual_columns);
      plan = std::move(get);
    } else {
      auto get = make<BatchPointGetPlan>(static_cast<double>(keys.size()));
      get->source = source.source;
      get->index = choice.index;
      get->keys.reserve(keys.size());
      for (const std::vector<ExpressionPtr>& key : keys) {
        if (get->keys.size() % kKeysPerPoll == 0) poll();
        get->keys.push_back(key);
      }
      get->lock = source.lock;
      get->index_covers = covering;
      add_scan_columns(source, choice.needed, false, covering ? choice.index : nullptr, *get, get->column_offsets,
                       get->virtual_columns);
      plan = std::move(get);
    }
    return select(std::move(plan), choice.built->remaining, rows);
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::scan_candidate(
    DataSource& source, const std::shared_ptr<const ScanChoice>& shared_choice, const RequiredProperty& property) {
  const ScanChoice& choice = *shared_choice;
  bool descending = false;
  const std::size_t fixed =
      choice.built->single_point_columns ? static_cast<std::size_t>(choice.built->equal_columns) : 0;
  const bool ordered = !property.order.empty();
  if (ordered && !provides_order(choice.key, fixed, property.order, descending)) return nullptr;
  if (ordered && choice.index == nullptr && source.source.table->is_common_handle == false && choice.key.size() != 1)
    return nullptr;
  if (ordered && choice.index != nullptr && contains(source.hints.no_keep_order, choice.index->name.lower))
    return nullptr;
  const double rows = std::min(cardinality_.rows(source), choice.range_rows);
  double read = choice.range_rows;
  double result = rows;
  if (property.row_goal < rows && rows > 0) {
    // The parent stops early: only as much is read as gives that many rows.
    read = read * property.row_goal / rows;
    result = property.row_goal;
  }
  const double columns = static_cast<double>(choice.needed.size());
  double total =
      cost::kSeek * std::min<double>(static_cast<double>(std::max<std::size_t>(choice.built->ranges.values.size(), 1)),
                                     std::max(read, 1.0));
  if (choice.index == nullptr) {
    total += read * (cost::kScanRow + cost::kScanColumn * columns +
                     cost::kFilter * static_cast<double>(choice.table_conditions.size()));
  } else {
    // Reading an index from end to end for columns that are the record key's pays off only if one of its own columns is wanted.
    bool wants_own_column = !choice.built->ranges.full || ordered;
    for (const catalog::IndexColumn& part : choice.index->columns) {
      wants_own_column =
          wants_own_column || choice.needed.contains(source.all_column_ids[static_cast<std::size_t>(part.offset)]);
    }
    const double per_entry = wants_own_column ? cost::kIndexScanRow : cost::kScanRow * 1.1;
    total += read * (per_entry + cost::kFilter * static_cast<double>(choice.index_conditions.size()));
    if (choice.covering) {
      total += read * cost::kScanColumn * columns;
    } else {
      const double looked_up = read * cardinality_.selectivity(source, choice.index_conditions);
      total += looked_up * (cost::kLookUpRow + cost::kScanColumn * columns +
                            cost::kFilter * static_cast<double>(choice.table_conditions.size()));
      if (ordered) total += looked_up * cost::kMergeRow;
    }
  }
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = rows;
  candidate->cost = choice.hinted ? total * 1e-3 : total;
  candidate->build = [this, &source, shared_choice, ordered, descending, rows] {
    return build_scan(source, *shared_choice, ordered, descending, rows);
  };
  (void)result;
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::memory_table_candidate(DataSource& source) {
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = kPseudoRows;
  candidate->cost = kPseudoRows;
  candidate->build = [this, &source] {
    auto scan = make<MemTableScanPlan>(kPseudoRows);
    scan->source = source.source;
    ColumnSet needed = source.output_ids();
    needed.insert(own_columns(source, columns_of(source.conditions)));
    std::vector<VirtualColumn> none;
    add_scan_columns(source, needed, false, nullptr, *scan, scan->column_offsets, none);
    for (const ExpressionPtr& condition : source.conditions) {
      scan->conditions.push_back(resolve_positions(condition, scan->schema, context_.stop));
    }
    return select(std::move(scan), source.conditions, cardinality_.rows(source));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_source(DataSource& source, const RequiredProperty& property) {
  if (source.is_memory_table) {
    if (!property.order.empty()) return sorted(source, property);
    return memory_table_candidate(source);
  }
  CandidatePtr winner;
  const auto offer = [&](CandidatePtr candidate) {
    if (candidate != nullptr && (winner == nullptr || candidate->cost < winner->cost)) winner = std::move(candidate);
  };
  std::vector<ScanChoice> choices = scan_choices(source);
  const bool by_range = must_use_ranges(source, choices);
  for (ScanChoice& found : choices) {
    poll();
    if (by_range && found.built->ranges.full) continue;
    const auto shared_choice = std::make_shared<const ScanChoice>(std::move(found));  // its ranges may be many
    const ScanChoice& choice = *shared_choice;
    if (!choice.built->ranges.full && choice.built->ranges.values.empty() && !choice.built->ranges.dynamic) {
      // No value can match.
      auto nothing = std::make_shared<Candidate>();
      nothing->cost = 0;
      nothing->build = [this, &source] {
        auto plan = make<TableDualPlan>(0);
        plan->row_count = 0;
        plan->schema = source.schema;
        return PlanPtr(std::move(plan));
      };
      if (!source.lock) return nothing;
    }
    CandidatePtr point = point_candidate(source, shared_choice);
    const bool single = point != nullptr && (choice.built->ranges.values.size() == 1 || choice.built->ranges.dynamic);
    if (single) return point;  // one row needs no order
    if (point != nullptr && property.order.empty()) offer(std::move(point));
    offer(scan_candidate(source, shared_choice, property));
  }
  if (!property.order.empty()) {
    const CandidatePtr unordered = best(source, RequiredProperty{{}, 1e300});
    const double with_sort = unordered->cost + cost::sort(unordered->rows);
    if (winner == nullptr || with_sort < winner->cost) return sorted(source, property);
  }
  return winner;
}

}  // namespace sluice::planner
