/// The writing half of INSERT, REPLACE and LOAD DATA: finished rows in, duplicates resolved.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "executor/foreign_keys.h"
#include "executor/row_builder.h"
#include "executor/row_change.h"
#include "executor/table_writer.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// How duplicates are resolved.
struct DuplicatePolicy {
  planner::InsertMode mode = planner::InsertMode::kInsert;
  BadValues bad_values = BadValues::kBySqlMode;
  NullRepair null_repair = NullRepair::kBySqlMode;  // of the values that ON DUPLICATE KEY UPDATE assigns
  std::span<const planner::Assignment> on_duplicate;
};

/// Collects rows and writes them in batches. flush() must be called at the end.
/// Thread-safety: the statement's thread.
class RowInserter {
 public:
  /// Everything outlives the inserter. `source_types`: of the columns that on-duplicate expressions see behind the two rows.
  RowInserter(ExecutionContext& context, const planner::WriteTarget& target, RowBuilder& builder,
              ForeignKeys& foreign_keys, DuplicatePolicy policy, std::span<const types::PhysicalType> source_types);

  /// Takes a complete row. `source_row`: the child's row that it came from, if any. `made_id`: what fill_auto_increment() returned.
  void add(RowValues row, std::vector<types::Value> source_row, std::uint64_t made_id);
  void flush();

 private:
  struct Pending {
    RowValues values;
    EncodedRow encoded;
    std::vector<types::Value> source_row;
    std::uint64_t made_id = 0;
  };

  void write(Pending& row);
  bool insert(const Pending& row);
  void note_inserted(const Pending& row);
  void replace_duplicates(Pending& row, DuplicateKey duplicate);
  void update_duplicate(const Pending& row, const DuplicateKey& duplicate);
  RowValues assigned(const RowValues& existing, const Pending& row);
  /// Sets the columns with ON UPDATE CURRENT_TIMESTAMP that the statement does not set itself. False: there is none.
  bool set_update_times(RowValues& row);
  codec::Handle handle_of(const std::string& record_key) const;

  ExecutionContext& context_;
  const planner::WriteTarget& target_;
  RowBuilder& builder_;
  ForeignKeys& foreign_keys_;
  const DuplicatePolicy policy_;
  TableWriter writer_;
  std::optional<RowFetcher> fetcher_;
  vector::Chunk assignment_chunk_;  // existing row, new row, source row
  std::vector<Pending> pending_;
};

}  // namespace sluice::executor
