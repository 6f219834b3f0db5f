#pragma once

#include "base/stop_token.h"
#include "catalog/table_info.h"
#include "types/value.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace sluice::kv {
class Snapshot;
class Transaction;
}  // namespace sluice::kv

namespace sluice::catalog {

/// Rows of system tables, read and written without SQL: values by column offset, TIMESTAMPs in UTC. The tables are plain
/// (no generated columns, no indexes under construction). Everything throws Stopped and storage errors.
using RowValues = std::vector<types::Value>;

/// Inserts the row or replaces the one with the same primary key, index entries included. The row's key is locked.
/// Tables without a clustered primary key take `row_id` as the hidden row id.
void put_row(kv::Transaction& transaction, const TableInfo& table, const RowValues& row, StopToken stop,
             std::int64_t row_id = 0);

/// The row with this clustered primary key as of now (own writes included); `lock` tells whether to lock it first.
enum class RowLock : std::uint8_t { kNone, kExclusive };
std::optional<RowValues> find_row(kv::Transaction& transaction, const TableInfo& table,
                                  std::span<const types::Value> primary_key, RowLock lock, StopToken stop);

std::optional<RowValues> find_row(kv::Snapshot& snapshot, const TableInfo& table,
                                  std::span<const types::Value> primary_key, StopToken stop);

/// Removes the row with this clustered primary key; absent is fine.
void erase_row(kv::Transaction& transaction, const TableInfo& table, std::span<const types::Value> primary_key,
               StopToken stop);

/// Calls `visit` for each row whose clustered primary key begins with `primary_key_prefix` (empty: all), in key order.
void scan_rows(kv::Snapshot& snapshot, const TableInfo& table, std::span<const types::Value> primary_key_prefix,
               const std::function<void(const RowValues&)>& visit, StopToken stop);
void scan_rows(kv::Transaction& transaction, const TableInfo& table, std::span<const types::Value> primary_key_prefix,
               const std::function<void(const RowValues&)>& visit, StopToken stop);

/// Calls `visit` for each row whose clustered primary key is at or behind `first_key`, which is a whole key or its beginning, in key order.
/// What lies before it is not touched: a queue that is read from its oldest entry on does not pay for those that have gone.
void scan_rows_from(kv::Snapshot& snapshot, const TableInfo& table, std::span<const types::Value> first_key,
                    const std::function<void(const RowValues&)>& visit, StopToken stop);

/// Calls `visit` for the last `limit` rows, in descending key order.
void scan_rows_backward(kv::Snapshot& snapshot, const TableInfo& table, std::size_t limit,
                        const std::function<void(const RowValues&)>& visit, StopToken stop);

}  // namespace sluice::catalog
