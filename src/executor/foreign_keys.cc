#include "executor/foreign_keys.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/schema.h"
#include "codec/bytes.h"
#include "codec/datum.h"
#include "executor/record_lock.h"
#include "executor/row_builder.h"
#include "executor/row_change.h"
#include "expression/eval_context.h"
#include "kv/transaction.h"

namespace sluice::executor {

using catalog::ForeignKeyInfo;
using catalog::KeyPath;
using catalog::ReferenceAction;
using catalog::TableInfo;
using catalog::TablePtr;

namespace {

/// Keys of parents that are looked up together at the latest.
constexpr std::size_t kMostParentKeys = 8192;

std::vector<int> offsets_of(const TableInfo& table, const std::vector<catalog::Name>& columns) {
  std::vector<int> offsets;
  for (const catalog::Name& name : columns) {
    const catalog::ColumnInfo* column = table.find_public_column(name.lower);
    if (column == nullptr) return {};
    offsets.push_back(column->offset);
  }
  return offsets;
}

bool is_refusal(ReferenceAction action) {
  return action != ReferenceAction::kCascade && action != ReferenceAction::kSetNull;
}

}  // namespace

/// One foreign key, seen from the child (keys are looked up in the parent) or from the parent (in the child).
struct ForeignKeys::Relation {
  int number = 0;  // in the order in which the statement came upon them
  const ForeignKeyInfo* key = nullptr;
  std::string child_database;
  TablePtr child;
  TablePtr parent;  // nullptr: there is no such table
  std::vector<int> child_offsets;
  std::vector<int> parent_offsets;
  std::optional<KeyPath> path;  // in the table that is looked up; nothing: the parent has no fitting index
  std::unique_ptr<catalog::IndexInfo>
      columns_index;  // the child's index is still being built: rows are read; `path` names this
};

bool ForeignKeys::RelationOrder::operator()(const Relation* left, const Relation* right) const noexcept {
  return left->number < right->number;
}

struct ForeignKeys::Relations {
  std::vector<Relation> to_parents;
  std::vector<Relation> to_children;
};

/// Children that follow a parent.
struct ForeignKeys::Cascade {
  const Relation* relation = nullptr;
  std::string key;                      // of the parent, as it was
  std::optional<RowValues> parent_row;  // as it is now; nothing: it is gone
  std::vector<std::string> record_keys;
};

/// A table whose rows follow their parents.
struct ForeignKeys::CascadedTable {
  CascadedTable(ExecutionContext& context, const planner::WriteTarget& target)
      : builder(context, target, BadValues::kBySqlMode),
        writer(context, *target.source.table),
        fetcher(context, target.source, builder) {}

  RowBuilder builder;
  TableWriter writer;
  RowFetcher fetcher;
};

ForeignKeys::ForeignKeys(ExecutionContext& context, std::vector<const planner::WriteTarget*> targets)
    : context_(context), enabled_(context.settings.foreign_key_checks), targets_(std::move(targets)) {}

ForeignKeys::~ForeignKeys() = default;

// ---- relations ----

const ForeignKeys::Relations& ForeignKeys::relations_of(const TableInfo& table) {
  if (last_table_ == &table) return *last_relations_;
  std::unique_ptr<Relations>& relations = relations_[table.id];
  if (relations == nullptr) {
    relations = std::make_unique<Relations>();
    add_relations_to_parents(table, *relations);
    add_relations_to_children(table, *relations);
  }
  last_table_ = &table;
  last_relations_ = relations.get();
  return *relations;
}

void ForeignKeys::add_relations_to_parents(const TableInfo& table, Relations& relations) {
  const catalog::Schema::TableEntry entry = context_.schema->find_entry(table.id);
  if (entry.table == nullptr) return;
  for (const ForeignKeyInfo& key : entry.table->foreign_keys) {
    if (!catalog::is_enforced(key)) continue;
    Relation relation;
    relation.number = relation_count_++;
    relation.key = &key;
    relation.child_database = entry.database->name.original;
    relation.child = entry.table;
    relation.child_offsets = offsets_of(*entry.table, key.columns);
    relation.parent = context_.schema->find_public_table(key.referenced_schema.lower, key.referenced_table.lower);
    if (relation.parent != nullptr) {
      relation.parent_offsets = offsets_of(*relation.parent, key.referenced_columns);
      if (!relation.parent_offsets.empty())
        relation.path = catalog::find_key_path(*relation.parent, key.referenced_columns);
    }
    relations.to_parents.push_back(std::move(relation));
  }
}

void ForeignKeys::add_relations_to_children(const TableInfo& table, Relations& relations) {
  const catalog::Schema::TableEntry entry = context_.schema->find_entry(table.id);
  if (entry.table == nullptr) return;
  const std::string& database = entry.database->name.lower;
  for (const TablePtr& child : context_.schema->tables_referencing(database, entry.table->name.lower)) {
    for (const ForeignKeyInfo& key : child->foreign_keys) {
      if (!catalog::is_enforced(key) || key.referenced_schema.lower != database ||
          !(key.referenced_table == entry.table->name)) {
        continue;
      }
      Relation relation;
      relation.number = relation_count_++;
      relation.key = &key;
      relation.child_database = context_.schema->find_entry(child->id).database->name.original;
      relation.child = child;
      relation.parent = entry.table;
      relation.child_offsets = offsets_of(*child, key.columns);
      relation.parent_offsets = offsets_of(*entry.table, key.referenced_columns);
      if (relation.parent_offsets.empty()) continue;  // no row of the parent has such a key
      relation.path = catalog::find_key_path(*child, key.columns);
      if (!relation.path) {
        relation.columns_index = std::make_unique<catalog::IndexInfo>(catalog::columns_as_index(*child, key.columns));
        relation.path = KeyPath{KeyPath::Kind::kIndex, relation.columns_index.get(), true};
      }
      relations.to_children.push_back(std::move(relation));
    }
  }
}

/// Where `path` finds rows with the row's values; nothing if one of them is NULL, which joins nothing.
std::optional<std::string> ForeignKeys::key_of(const TableInfo& looked_up, const KeyPath& path,
                                               const std::vector<int>& looked_up_offsets,
                                               const std::vector<int>& offsets, const RowValues& row) const {
  std::string datums;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const types::Value& value = row[static_cast<std::size_t>(offsets[i])];
    if (value.is_null()) return std::nullopt;
    const types::FieldType& type = looked_up.columns[static_cast<std::size_t>(looked_up_offsets[i])].type;
    codec::append_key_datum(value, type, context_.worker.eval.time_zone, datums);
  }
  return catalog::search_key(looked_up, path, std::move(datums));
}

// ---- what the statement does ----

void ForeignKeys::note_parent(const Relation& relation, const RowValues& row) {
  if (!relation.path) {
    // Without its parent's index the key can only be NULL.
    const bool is_null = std::any_of(relation.child_offsets.begin(), relation.child_offsets.end(),
                                     [&](int offset) { return row[static_cast<std::size_t>(offset)].is_null(); });
    if (!is_null && parents_[&relation].emplace().second) ++parent_keys_;
    return;
  }
  std::optional<std::string> key =
      key_of(*relation.parent, *relation.path, relation.parent_offsets, relation.child_offsets, row);
  if (key && parents_[&relation].insert(std::move(*key)).second) ++parent_keys_;
}

void ForeignKeys::note_children(const Relation& relation, const RowValues& from, const RowValues* to) {
  std::optional<std::string> key =
      key_of(*relation.child, *relation.path, relation.child_offsets, relation.parent_offsets, from);
  if (!key) return;
  if (to != nullptr &&
      key_of(*relation.child, *relation.path, relation.child_offsets, relation.parent_offsets, *to) == key)
    return;
  const ReferenceAction action = to != nullptr ? relation.key->on_update : relation.key->on_delete;
  if (is_refusal(action)) {
    children_[&relation].insert(std::move(*key));
  } else {
    cascades_.push_back({&relation, std::move(*key), to != nullptr ? std::optional<RowValues>(*to) : std::nullopt, {}});
  }
}

void ForeignKeys::added(const TableInfo& table, const RowValues& row) {
  if (!enabled_) return;
  cascades_before_last_ = cascades_.size();
  for (const Relation& relation : relations_of(table).to_parents) note_parent(relation, row);
  if (parent_keys_ >= kMostParentKeys) check_parents(false);
}

bool ForeignKeys::is_referred_to(const TableInfo& table) {
  return enabled_ && !relations_of(table).to_children.empty();
}

void ForeignKeys::removed(const TableInfo& table, const RowValues& row) {
  if (!enabled_) return;
  cascades_before_last_ = cascades_.size();
  for (const Relation& relation : relations_of(table).to_children) note_children(relation, row, nullptr);
}

void ForeignKeys::changed(const TableInfo& table, const RowValues& from, const RowValues& to) {
  if (!enabled_) return;
  cascades_before_last_ = cascades_.size();
  const Relations& relations = relations_of(table);
  for (const Relation& relation : relations.to_children) note_children(relation, from, &to);
  for (const Relation& relation : relations.to_parents) {
    const bool moves = std::any_of(relation.child_offsets.begin(), relation.child_offsets.end(), [&](int offset) {
      return from[static_cast<std::size_t>(offset)] != to[static_cast<std::size_t>(offset)];
    });
    if (moves) note_parent(relation, to);
  }
  if (parent_keys_ >= kMostParentKeys) check_parents(false);
}

// ---- errors ----

SqlError ForeignKeys::parent_error(const Relation& relation) const {
  return SqlError(ErrorCode::kNoReferencedRow2, catalog::backquoted(relation.child_database) + "." +
                                                    catalog::backquoted(relation.child->name.original) + ", " +
                                                    catalog::foreign_key_text(*relation.key, relation.child_database));
}

SqlError ForeignKeys::child_error(const Relation& relation) const {
  return SqlError(ErrorCode::kRowIsReferenced2, catalog::backquoted(relation.child_database) + "." +
                                                    catalog::backquoted(relation.child->name.original) + ", " +
                                                    catalog::foreign_key_text(*relation.key, relation.child_database));
}

// ---- parents ----

bool ForeignKeys::lock_parent(const Relation& relation, const std::string& key) {
  kv::Transaction& transaction = *context_.transaction;
  const StopToken stop = context_.worker.stop;
  std::string value;
  if (catalog::finds_record(*relation.path)) {
    lock_unread(context_, {&key, 1}, {});
    return transaction.get_current(key, value, stop);
  }
  const auto record_of = [&](std::string_view entry_key, std::string_view entry_value) {
    if (relation.path->kind == KeyPath::Kind::kCommonHandle) return std::string(entry_key);
    return codec::record_key(relation.parent->id,
                             catalog::entry_handle(*relation.parent, *relation.path->index, entry_key, entry_value));
  };
  if (relation.path->is_unique()) {
    // The lock on the entry waits for who inserts such a row just now.
    lock_unread(context_, {&key, 1}, {});
    while (transaction.get_current(key, value, stop)) {
      stop.poll();
      const std::string record_key = record_of(key, value);
      lock_unread(context_, {&record_key, 1}, {});
      std::string locked_value;
      if (transaction.get_current(key, locked_value, stop) && locked_value == value) return true;
    }
    return false;
  }
  for (;;) {
    stop.poll();
    bool went_away = false;
    transaction.refresh_for_update_ts(stop);
    const std::unique_ptr<kv::Cursor> cursor =
        transaction.cursor_current({key, codec::next_after_prefix(key)}, {.batch_rows = 16});
    for (auto batch = cursor->next_batch(stop); !batch.empty(); batch = cursor->next_batch(stop)) {
      for (const kv::KeyValue& entry : batch) {
        const std::string record_key = record_of(entry.key, entry.value);
        lock_unread(context_, {&record_key, 1}, {});
        if (transaction.get_current(entry.key, value, stop)) return true;
        went_away = true;
      }
    }
    if (!went_away) return false;
  }
}

std::optional<SqlError> ForeignKeys::missing_parent(const Relation& relation,
                                                    const std::unordered_set<std::string>& keys) {
  if (!relation.path) return parent_error(relation);
  // In order, so that statements that need the same parents wait for each other rather than lock each other out.
  std::vector<std::string> sorted(keys.begin(), keys.end());
  std::sort(sorted.begin(), sorted.end());
  for (const std::string& key : sorted) {
    context_.worker.stop.poll();
    if (!lock_parent(relation, key)) return parent_error(relation);
  }
  return std::nullopt;
}

/// `own_rows_too`: also keys to tables that the statement writes, whose parents may still come.
void ForeignKeys::check_parents(bool own_rows_too) {
  const auto is_own = [&](const Relation& relation) {
    return relation.parent != nullptr &&
           std::any_of(targets_.begin(), targets_.end(), [&](const planner::WriteTarget* target) {
             return target->source.table->id == relation.parent->id;
           });
  };
  for (auto entry = parents_.begin(); entry != parents_.end();) {
    if (!own_rows_too && is_own(*entry->first)) {
      ++entry;
      continue;
    }
    if (std::optional<SqlError> error = missing_parent(*entry->first, entry->second)) throw *error;
    entry = parents_.erase(entry);
  }
  parent_keys_ = 0;
}

// ---- children ----

/// Calls `visit` with record keys of children, a batch at a time, until it returns false.
void ForeignKeys::visit_children(const Relation& relation, const std::string& key,
                                 const std::function<bool(std::string)>& visit) {
  const StopToken stop = context_.worker.stop;
  kv::Transaction& transaction = *context_.transaction;
  const TableInfo& child = *relation.child;
  if (catalog::finds_record(*relation.path)) {
    std::string value;
    if (transaction.get_current(key, value, stop)) visit(key);
    return;
  }
  std::optional<catalog::IndexEncoder> encoder;
  kv::KeyRange range{key, codec::next_after_prefix(key)};
  if (relation.columns_index != nullptr) {
    encoder.emplace(child, *relation.columns_index);
    const std::string records = codec::record_prefix(child.id);
    range = {records, codec::next_after_prefix(records)};
  }
  const std::unique_ptr<kv::Cursor> cursor = transaction.cursor_current(std::move(range), {});
  for (auto batch = cursor->next_batch(stop); !batch.empty(); batch = cursor->next_batch(stop)) {
    for (const kv::KeyValue& entry : batch) {
      std::string record_key(entry.key);
      if (encoder) {
        std::int64_t table_id = 0;
        codec::Handle handle;
        SLUICE_CHECK(codec::decode_record_key(entry.key, table_id, handle), "a child is no record");
        if (!encoder->key(entry.value, handle).starts_with(key)) continue;
      } else if (relation.path->kind == KeyPath::Kind::kIndex) {
        record_key =
            codec::record_key(child.id, catalog::entry_handle(child, *relation.path->index, entry.key, entry.value));
      }
      if (!visit(std::move(record_key))) return;
    }
  }
}

bool ForeignKeys::has_child(const Relation& relation, const std::string& key) {
  bool found = false;
  visit_children(relation, key, [&](const std::string&) {
    found = true;
    return false;
  });
  return found;
}

void ForeignKeys::check_children() {
  for (const auto& [relation, keys] : children_) {
    for (const std::string& key : keys) {
      context_.worker.stop.poll();
      if (has_child(*relation, key)) throw child_error(*relation);
    }
  }
  children_.clear();
}

void ForeignKeys::find_children(Cascade& cascade) {
  visit_children(*cascade.relation, cascade.key, [&](std::string record_key) {
    cascade.record_keys.push_back(std::move(record_key));
    return true;
  });
  if (!cascade.record_keys.empty()) lock_unread(context_, cascade.record_keys, {});
}

ForeignKeys::CascadedTable& ForeignKeys::cascaded_table(const TableInfo& table) {
  std::unique_ptr<CascadedTable>& cascaded = cascaded_[table.id];
  if (cascaded != nullptr) return *cascaded;
  for (const planner::WriteTarget* target : targets_) {
    if (target->cascades == nullptr) continue;
    const auto found = target->cascades->tables.find(table.id);
    if (found == target->cascades->tables.end()) continue;
    cascaded = std::make_unique<CascadedTable>(context_, found->second);
    return *cascaded;
  }
  SLUICE_CHECK(false, "the plan does not know how to write {}", table.name.original);
}

void ForeignKeys::run_cascade(const Cascade& cascade) {
  const Relation& relation = *cascade.relation;
  CascadedTable& child = cascaded_table(*relation.child);
  const TableInfo& table = *relation.child;
  for (const std::string& record_key : cascade.record_keys) {
    context_.worker.stop.poll();
    const std::optional<RowValues> row = child.fetcher.fetch(record_key);
    // The row may have changed before it was locked, or through another key.
    if (!row || key_of(table, *relation.path, relation.child_offsets, relation.child_offsets, *row) != cascade.key)
      continue;
    std::int64_t table_id = 0;
    codec::Handle handle;
    SLUICE_CHECK(codec::decode_record_key(record_key, table_id, handle), "a child is no record");
    const ReferenceAction action = cascade.parent_row ? relation.key->on_update : relation.key->on_delete;
    if (action == ReferenceAction::kCascade && !cascade.parent_row) {
      child.writer.remove(child.writer.encode_with_handle(*row, handle));
      removed(table, *row);
      continue;
    }
    RowValues changed_row = *row;
    for (std::size_t i = 0; i < relation.child_offsets.size(); ++i) {
      const int offset = relation.child_offsets[i];
      types::Value& value = changed_row[static_cast<std::size_t>(offset)];
      if (action == ReferenceAction::kSetNull) {
        value = types::Value::null();
        continue;
      }
      const auto parent_offset = static_cast<std::size_t>(relation.parent_offsets[i]);
      value = child.builder.assign(offset, (*cascade.parent_row)[parent_offset],
                                   relation.parent->columns[parent_offset].type, 1);
    }
    child.builder.complete(changed_row, 1, NullRepair::kOnlyIgnoring);
    change_row(context_, child.writer, *this, *row, handle, changed_row, BadValues::kBySqlMode);
  }
}

// ---- the end ----

std::optional<SqlError> ForeignKeys::last_row_refused() {
  if (parents_.empty() && children_.empty()) return std::nullopt;
  std::optional<SqlError> error;
  if (!children_.empty()) context_.transaction->refresh_for_update_ts(context_.worker.stop);
  for (const auto& [relation, keys] : children_) {
    for (const std::string& key : keys) {
      if (!error && has_child(*relation, key)) error = child_error(*relation);
    }
  }
  for (const auto& [relation, keys] : parents_) {
    if (!error) error = missing_parent(*relation, keys);
  }
  parents_.clear();
  children_.clear();
  parent_keys_ = 0;
  if (error) cascades_.resize(cascades_before_last_);
  return error;
}

void ForeignKeys::finish() {
  if (!children_.empty() || !cascades_.empty()) context_.transaction->refresh_for_update_ts(context_.worker.stop);
  check_children();
  for (int depth = 1; !cascades_.empty(); ++depth) {
    std::vector<Cascade> round = std::move(cascades_);
    cascades_.clear();
    // All children are found before one is changed: a child that gets a key does not follow the parent that had that key before.
    for (Cascade& cascade : round) find_children(cascade);
    std::erase_if(round, [](const Cascade& cascade) { return cascade.record_keys.empty(); });
    if (depth > kMaxCascadeDepth && !round.empty()) throw SqlError(ErrorCode::kFkDepthExceeded, kMaxCascadeDepth);
    for (const Cascade& cascade : round) run_cascade(cascade);
    check_children();
  }
  check_parents(true);
}

}  // namespace sluice::executor
