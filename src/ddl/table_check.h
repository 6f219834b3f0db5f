#pragma once

#include <cstdint>
#include <vector>

#include "base/stop_token.h"
#include "catalog/table_info.h"

namespace sluice::kv {
class Store;
}

namespace sluice::ddl {

/// What ADMIN CHECK has compared.
struct TableCheck {
  std::int64_t rows = 0;
  std::int64_t entries = 0;  // of all checked indexes
};

/// Compares all rows with all entries of the public indexes, both ways, at one snapshot: each row has its entry in each
/// index, each entry its row. `indexes`: which ones; empty: all that have entries of their own.
///
/// Without `indexes` also: nothing is left of indexes that the table had and of the builds of those that it has, but for the ranges that
/// mysql.gc_delete_range lists, which are about to go.
///
/// Two passes with counts and sums of 64-bit hashes; only if they differ a third one looks up what is wrong.
/// Throws: 8223 naming table, index and handle of one inconsistency; Stopped (polled per batch); storage errors.
TableCheck check_table(kv::Store& store, const catalog::TableInfo& table,
                       std::vector<const catalog::IndexInfo*> indexes, StopToken stop);

}  // namespace sluice::ddl
