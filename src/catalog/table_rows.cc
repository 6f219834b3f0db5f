#include "catalog/table_rows.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/default_value.h"
#include "catalog/index_encoder.h"
#include "codec/bytes.h"
#include "codec/datum.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "kv/snapshot.h"
#include "kv/transaction.h"

namespace sluice::catalog {
namespace {

// The clustered primary key's columns, in key order.
std::vector<const ColumnInfo*> key_columns(const TableInfo& table) {
  if (table.pk_is_handle) return {table.handle_column()};
  std::vector<const ColumnInfo*> columns;
  if (table.is_common_handle) {
    for (const IndexColumn& part : table.primary_index()->columns)
      columns.push_back(table.find_column(part.name.lower));
  }
  return columns;
}

codec::Handle handle_of_key(const TableInfo& table, std::span<const types::Value> key) {
  const std::vector<const ColumnInfo*> columns = key_columns(table);
  SLUICE_CHECK(key.size() == columns.size() && !key.empty(), "table {} has no clustered primary key of {} columns",
               table.name.original, key.size());
  if (table.pk_is_handle) {
    return codec::Handle(columns[0]->type.is_unsigned() ? static_cast<std::int64_t>(key[0].as_uint64())
                                                        : key[0].as_int64());
  }
  std::string encoded;
  for (std::size_t i = 0; i < key.size(); ++i) codec::append_key_datum(key[i], columns[i]->type, nullptr, encoded);
  return codec::Handle::common(std::move(encoded));
}

codec::Handle handle_of_row(const TableInfo& table, const RowValues& row, std::int64_t row_id) {
  if (!table.has_clustered_primary_key()) return codec::Handle(row_id);
  RowValues key;
  for (const ColumnInfo* column : key_columns(table)) key.push_back(row[static_cast<std::size_t>(column->offset)]);
  return handle_of_key(table, key);
}

bool is_key_column(const TableInfo& table, const ColumnInfo& column) {
  for (const ColumnInfo* key_column : key_columns(table)) {
    if (key_column == &column) return true;
  }
  return false;
}

std::string encode_row(const TableInfo& table, const RowValues& row) {
  SLUICE_CHECK(row.size() == table.columns.size(), "{} values for {} columns of {}", row.size(), table.columns.size(),
               table.name.original);
  codec::RowWriter writer;
  for (const ColumnInfo& column : table.columns) {
    // A key column is in the handle, unless its value cannot be had back from there.
    if (is_key_column(table, column) && (table.pk_is_handle || !codec::needs_restored_data(column.type))) continue;
    writer.add_value(column.id, row[static_cast<std::size_t>(column.offset)], column.type, nullptr);
  }
  std::string encoded;
  writer.finish(encoded);
  return encoded;
}

RowValues decode_row(const TableInfo& table, const codec::Handle& handle, std::string_view encoded) {
  const codec::RowReader reader(encoded);
  RowValues row(table.columns.size());
  std::vector<const ColumnInfo*> keys = key_columns(table);
  std::string_view handle_rest = handle.common_bytes();
  for (const ColumnInfo* column : keys) {
    types::Value& value = row[static_cast<std::size_t>(column->offset)];
    if (handle.is_int()) {
      value = column->type.is_unsigned() ? types::Value(static_cast<std::uint64_t>(handle.int_value()))
                                         : types::Value(handle.int_value());
    } else {
      SLUICE_CHECK(codec::decode_key_datum(handle_rest, column->type, nullptr, value), "a handle of {} is malformed",
                   table.name.original);
    }
  }
  for (const ColumnInfo& column : table.columns) {
    std::string_view raw;
    switch (reader.find(column.id, raw)) {
      case codec::RowReader::Found::kValue:
        row[static_cast<std::size_t>(column.offset)] = codec::decode_row_value(raw, column.type, nullptr);
        break;
      case codec::RowReader::Found::kNull:
        break;
      case codec::RowReader::Found::kAbsent:
        if (!is_key_column(table, column)) row[static_cast<std::size_t>(column.offset)] = origin_default_value(column);
        break;
      case codec::RowReader::Found::kCorrupt:
        SLUICE_CHECK(false, "a row of {} is malformed", table.name.original);
    }
  }
  return row;
}

void lock(kv::Transaction& transaction, const std::string& key, StopToken stop) {
  transaction.lock_keys(std::span(&key, 1), kv::LockOptions{}, stop);
}

void erase_entries(kv::Transaction& transaction, const TableInfo& table, std::string_view encoded,
                   const codec::Handle& handle) {
  for (const IndexInfo& index : table.indexes) {
    if (table.is_stored(index)) transaction.erase(IndexEncoder(table, index).key(encoded, handle));
  }
}

// The key at which rows begin whose primary key begins with `key_prefix`.
std::string first_record_key(const TableInfo& table, std::span<const types::Value> key_prefix) {
  std::string begin = codec::record_prefix(table.id);
  const std::vector<const ColumnInfo*> columns = key_columns(table);
  SLUICE_CHECK(key_prefix.size() <= columns.size(), "key prefix of {} is too long", table.name.original);
  if (table.pk_is_handle && !key_prefix.empty()) {
    handle_of_key(table, key_prefix).append_record_suffix(begin);
  } else {
    for (std::size_t i = 0; i < key_prefix.size(); ++i)
      codec::append_key_datum(key_prefix[i], columns[i]->type, nullptr, begin);
  }
  return begin;
}

void scan_cursor(kv::Cursor& cursor, const TableInfo& table, const std::function<void(const RowValues&)>& visit,
                 StopToken stop) {
  for (auto batch = cursor.next_batch(stop); !batch.empty(); batch = cursor.next_batch(stop)) {
    for (const kv::KeyValue& entry : batch) {
      std::int64_t table_id = 0;
      codec::Handle handle;
      SLUICE_CHECK(codec::decode_record_key(entry.key, table_id, handle), "a record key of {} is malformed",
                   table.name.original);
      visit(decode_row(table, handle, entry.value));
    }
  }
}

kv::KeyRange range_of_prefix(const TableInfo& table, std::span<const types::Value> key_prefix) {
  std::string begin = first_record_key(table, key_prefix);
  std::string end = codec::next_after_prefix(begin);
  return {std::move(begin), std::move(end)};
}

}  // namespace

void put_row(kv::Transaction& transaction, const TableInfo& table, const RowValues& row, StopToken stop,
             std::int64_t row_id) {
  const codec::Handle handle = handle_of_row(table, row, row_id);
  const std::string key = codec::record_key(table.id, handle);
  lock(transaction, key, stop);
  std::string old_row;
  if (transaction.get_current(key, old_row, stop)) erase_entries(transaction, table, old_row, handle);
  const std::string encoded = encode_row(table, row);
  transaction.put(key, encoded);
  for (const IndexInfo& index : table.indexes) {
    if (!table.is_stored(index)) continue;
    const IndexEncoder encoder(table, index);
    std::string entry_key = encoder.prefix();
    std::string entry_value;
    encoder.append_entry(encoded, handle, {}, entry_key, entry_value);
    transaction.put(entry_key, entry_value);
  }
}

std::optional<RowValues> find_row(kv::Transaction& transaction, const TableInfo& table,
                                  std::span<const types::Value> primary_key, RowLock row_lock, StopToken stop) {
  const codec::Handle handle = handle_of_key(table, primary_key);
  const std::string key = codec::record_key(table.id, handle);
  if (row_lock == RowLock::kExclusive) lock(transaction, key, stop);
  std::string encoded;
  if (!transaction.get_current(key, encoded, stop)) return std::nullopt;
  return decode_row(table, handle, encoded);
}

std::optional<RowValues> find_row(kv::Snapshot& snapshot, const TableInfo& table,
                                  std::span<const types::Value> primary_key, StopToken stop) {
  const codec::Handle handle = handle_of_key(table, primary_key);
  const std::optional<std::string> encoded = snapshot.get(codec::record_key(table.id, handle), stop);
  if (!encoded.has_value()) return std::nullopt;
  return decode_row(table, handle, *encoded);
}

void erase_row(kv::Transaction& transaction, const TableInfo& table, std::span<const types::Value> primary_key,
               StopToken stop) {
  const codec::Handle handle = handle_of_key(table, primary_key);
  const std::string key = codec::record_key(table.id, handle);
  lock(transaction, key, stop);
  std::string encoded;
  if (!transaction.get_current(key, encoded, stop)) return;
  erase_entries(transaction, table, encoded, handle);
  transaction.erase(key);
}

void scan_rows(kv::Snapshot& snapshot, const TableInfo& table, std::span<const types::Value> primary_key_prefix,
               const std::function<void(const RowValues&)>& visit, StopToken stop) {
  scan_cursor(*snapshot.cursor(range_of_prefix(table, primary_key_prefix), {}), table, visit, stop);
}

void scan_rows(kv::Transaction& transaction, const TableInfo& table, std::span<const types::Value> primary_key_prefix,
               const std::function<void(const RowValues&)>& visit, StopToken stop) {
  transaction.refresh_for_update_ts(stop);
  scan_cursor(*transaction.cursor_current(range_of_prefix(table, primary_key_prefix), {}), table, visit, stop);
}

void scan_rows_from(kv::Snapshot& snapshot, const TableInfo& table, std::span<const types::Value> first_key,
                    const std::function<void(const RowValues&)>& visit, StopToken stop) {
  kv::KeyRange range{first_record_key(table, first_key), codec::next_after_prefix(codec::record_prefix(table.id))};
  scan_cursor(*snapshot.cursor(std::move(range), {}), table, visit, stop);
}

void scan_rows_backward(kv::Snapshot& snapshot, const TableInfo& table, std::size_t limit,
                        const std::function<void(const RowValues&)>& visit, StopToken stop) {
  std::string begin = codec::record_prefix(table.id);
  std::string end = codec::next_after_prefix(begin);
  kv::CursorOptions options;
  options.direction = kv::Direction::kBackward;
  options.batch_rows = std::max<std::size_t>(1, std::min(limit, options.batch_rows));
  std::unique_ptr<kv::Cursor> cursor = snapshot.cursor({std::move(begin), std::move(end)}, options);
  std::size_t visited = 0;
  for (auto batch = cursor->next_batch(stop); !batch.empty(); batch = cursor->next_batch(stop)) {
    for (const kv::KeyValue& entry : batch) {
      if (visited++ == limit) return;
      std::int64_t table_id = 0;
      codec::Handle handle;
      SLUICE_CHECK(codec::decode_record_key(entry.key, table_id, handle), "a record key of {} is malformed",
                   table.name.original);
      visit(decode_row(table, handle, entry.value));
    }
  }
}

}  // namespace sluice::catalog
