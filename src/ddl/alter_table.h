#pragma once

#include <cstdint>
#include <vector>

#include "catalog/table_info.h"
#include "ddl/job.h"

namespace sluice::ddl {

// What the clauses of one ALTER TABLE do to a table's definition, phase by phase (state_machine.h). Pure functions on
// values: the worker stores the result. The order of calls is
//   begin_adds -> set_added_state... -> commit_clauses -> set_dropped_state... -> finish_drops, or undo_adds instead of
//   commit_clauses.
// Every function may be called again with the same arguments.

/// Tries all clauses on a copy. Throws the SqlError that the statement deserves: 1054, 1060, 1061, 1068, 1072, 1090, 1091,
/// 1176, 8200 ... Both the submitter and the first step call it, because other jobs may run between the two.
void check_clauses(const catalog::TableInfo& table, const std::vector<Clause>& clauses);

/// Gives new columns, indexes, foreign keys and checks their ids (into `clauses`, too) and puts them into the table in state kDeleteOnly.
void begin_adds(catalog::TableInfo& table, std::vector<Clause>& clauses);

/// Moves what begin_adds() put there, columns that will forbid NULL and checks that will be enforced, to `state`.
void set_added_state(catalog::TableInfo& table, const std::vector<Clause>& clauses, catalog::SchemaState state);
void set_backfill_state(catalog::TableInfo& table, const std::vector<Clause>& clauses, catalog::BackfillState state);

/// The commit point: what was added becomes public, what is removed becomes kWriteOnly, all other clauses take effect.
/// `usable_from`: the version of backfilled entries, 0 if there are none.
void commit_clauses(catalog::TableInfo& table, std::vector<Clause>& clauses, std::uint64_t usable_from);

void set_dropped_state(catalog::TableInfo& table, const std::vector<Clause>& clauses, catalog::SchemaState state);

/// Takes removed columns and indexes out of the table. Returns the ids of the indexes that had entries.
std::vector<std::int64_t> finish_drops(catalog::TableInfo& table, const std::vector<Clause>& clauses);

/// Takes everything back that begin_adds() and set_added_state() did. Returns the ids of the indexes that may have entries.
std::vector<std::int64_t> undo_adds(catalog::TableInfo& table, const std::vector<Clause>& clauses);

/// The indexes that the clauses add, as they are in `table`.
std::vector<const catalog::IndexInfo*> added_indexes(const catalog::TableInfo& table,
                                                     const std::vector<Clause>& clauses);

/// The checks that the clauses add or make enforced, as they are in `table`.
std::vector<const catalog::ConstraintInfo*> checks_to_enforce(const catalog::TableInfo& table,
                                                              const std::vector<Clause>& clauses);

/// Sets offsets of columns and key parts from the order of `table.columns`, and the key flags of columns from its indexes.
void refresh_derived(catalog::TableInfo& table);

}  // namespace sluice::ddl
