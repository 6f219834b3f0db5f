/// Foreign keys of one statement that writes rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/sql_error.h"
#include "catalog/foreign_key.h"
#include "executor/execution_context.h"
#include "executor/table_writer.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Notes what a statement does to rows that foreign keys join, and settles it at the statement's end: a row with a key needs its parent,
/// which is locked; a parent that is gone, or has another key, refuses (RESTRICT, NO ACTION) or takes its children along (CASCADE,
/// SET NULL). So rows of one statement may refer to each other in any order, as in TiDB. The rows that a cascade changes are settled
/// in the next round, up to kMaxCascadeDepth rounds.
///
/// Why nothing slips through: who adds a child locks its parent's row, who removes a parent has locked that row before it looks for
/// children, and it looks at what is committed by then.
///
/// With foreign_key_checks off, and for tables without foreign keys, nothing is noted.
/// Ownership: borrows the context and the tables. Thread-safety: the statement's thread.
class ForeignKeys {
 public:
  /// As in MySQL. Error 3008 beyond it.
  static constexpr int kMaxCascadeDepth = 15;

  /// `targets`: of the tables that the statement itself writes; their cascades are used.
  ForeignKeys(ExecutionContext& context, std::vector<const planner::WriteTarget*> targets);
  ~ForeignKeys();
  ForeignKeys(const ForeignKeys&) = delete;
  ForeignKeys& operator=(const ForeignKeys&) = delete;

  /// Whether rows of other tables, or of this one, may have rows of `table` as parents, and are checked for it.
  bool is_referred_to(const catalog::TableInfo& table);

  /// To be called once a row has been written, removed, replaced in the transaction's buffer.
  void added(const catalog::TableInfo& table, const RowValues& row);
  void removed(const catalog::TableInfo& table, const RowValues& row);
  void changed(const catalog::TableInfo& table, const RowValues& from, const RowValues& to);

  /// For IGNORE, after each row: the error that the last call above leads to, if any; what was noted of it is then forgotten and the
  /// caller takes the row's write back.
  std::optional<SqlError> last_row_refused();

  /// Settles everything. Throws: SqlError 1451, 1452, 3008, those of changed child rows; 1205, 1213; Stopped.
  void finish();

 private:
  struct Relation;
  struct Relations;
  struct Cascade;
  struct CascadedTable;
  /// As the statement came upon them, so that it locks, and reports, the same ones first each time it runs.
  struct RelationOrder {
    bool operator()(const Relation* left, const Relation* right) const noexcept;
  };
  using Keys = std::map<const Relation*, std::unordered_set<std::string>, RelationOrder>;

  const Relations& relations_of(const catalog::TableInfo& table);
  void add_relations_to_parents(const catalog::TableInfo& table, Relations& relations);
  void add_relations_to_children(const catalog::TableInfo& table, Relations& relations);
  std::optional<std::string> key_of(const catalog::TableInfo& looked_up, const catalog::KeyPath& path,
                                    const std::vector<int>& looked_up_offsets, const std::vector<int>& offsets,
                                    const RowValues& row) const;
  void note_parent(const Relation& relation, const RowValues& row);
  void note_children(const Relation& relation, const RowValues& from, const RowValues* to);
  void check_parents(bool own_rows_too);
  std::optional<SqlError> missing_parent(const Relation& relation, const std::unordered_set<std::string>& keys);
  bool lock_parent(const Relation& relation, const std::string& key);
  void visit_children(const Relation& relation, const std::string& key, const std::function<bool(std::string)>& visit);
  bool has_child(const Relation& relation, const std::string& key);
  void check_children();
  void find_children(Cascade& cascade);
  void run_cascade(const Cascade& cascade);
  CascadedTable& cascaded_table(const catalog::TableInfo& table);
  SqlError parent_error(const Relation& relation) const;
  SqlError child_error(const Relation& relation) const;

  ExecutionContext& context_;
  const bool enabled_;
  const std::vector<const planner::WriteTarget*> targets_;
  std::map<std::int64_t, std::unique_ptr<Relations>> relations_;  // by table
  const catalog::TableInfo* last_table_ = nullptr;
  const Relations* last_relations_ = nullptr;
  std::map<std::int64_t, std::unique_ptr<CascadedTable>> cascaded_;
  Keys parents_;   // that must be there
  Keys children_;  // that no row may have any more
  int relation_count_ = 0;
  std::size_t parent_keys_ = 0;
  std::vector<Cascade> cascades_;
  std::size_t cascades_before_last_ = 0;
};

}  // namespace sluice::executor
