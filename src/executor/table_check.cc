#include "executor/table_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/sql_error.h"
#include "catalog/index_encoder.h"
#include "codec/table_key.h"
#include "kv/store.h"

namespace sluice::executor {
namespace {

constexpr std::size_t kRowsPerBatch = 1024;

[[noreturn]] void throw_difference(const catalog::TableInfo& table, const catalog::IndexInfo& index, const codec::Handle& handle,
                                   const char* entry, const char* record) {
  throw SqlError::with_message(ErrorCode::kDataInconsistent, "data inconsistency in table: " + table.name.original + ", index: " +
                                                                 index.name.original + ", handle: " + handle.to_string() + ", index-values:\"" + entry +
                                                                 "\" != record-values:\"" + record + "\"");
}

kv::CursorOptions scan_options() {
  kv::CursorOptions options;
  options.batch_rows = kRowsPerBatch;
  options.fill_cache = false;
  return options;
}

struct ExpectedEntry {
  std::string key;
  std::string value;
  codec::Handle handle;
};

/// Every row has its entry. Returns the number of rows.
std::uint64_t check_rows(kv::Snapshot& snapshot, const catalog::TableInfo& table, const catalog::IndexInfo& index, StopToken stop) {
  const catalog::IndexEncoder encoder(table, index);
  const std::unique_ptr<kv::Cursor> rows = snapshot.cursor(kv::prefix_range(codec::record_prefix(table.id)), scan_options());
  std::uint64_t count = 0;
  std::vector<ExpectedEntry> expected;
  std::vector<std::string> keys;
  std::vector<std::optional<std::string>> values;
  for (auto batch = rows->next_batch(stop); !batch.empty(); batch = rows->next_batch(stop)) {
    expected.clear();
    for (const kv::KeyValue& row : batch) {
      ExpectedEntry& entry = expected.emplace_back();
      std::int64_t table_id = 0;
      if (!codec::decode_record_key(row.key, table_id, entry.handle)) throw_difference(table, index, entry.handle, "", "unreadable key");
      entry.key = encoder.prefix();
      encoder.append_entry(row.value, entry.handle, {}, entry.key, entry.value);
    }
    std::sort(expected.begin(), expected.end(), [](const ExpectedEntry& a, const ExpectedEntry& b) { return a.key < b.key; });
    keys.clear();
    for (const ExpectedEntry& entry : expected) keys.push_back(entry.key);
    snapshot.batch_get(keys, values, stop);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!values[i]) throw_difference(table, index, expected[i].handle, "", "present");
      if (*values[i] != expected[i].value) throw_difference(table, index, expected[i].handle, "other value", "present");
    }
    count += expected.size();
  }
  return count;
}

std::uint64_t count_entries(kv::Snapshot& snapshot, const kv::KeyRange& range, StopToken stop) {
  kv::CursorOptions options = scan_options();
  options.content = kv::CursorContent::kKeysOnly;
  const std::unique_ptr<kv::Cursor> entries = snapshot.cursor(range, options);
  std::uint64_t count = 0;
  for (auto batch = entries->next_batch(stop); !batch.empty(); batch = entries->next_batch(stop)) count += batch.size();
  return count;
}

/// Finds an entry that no row has; called once it is known that there is one.
void find_dangling(kv::Snapshot& entry_snapshot, kv::Snapshot& row_snapshot, const catalog::TableInfo& table, const catalog::IndexInfo& index,
                   const kv::KeyRange& range, StopToken stop) {
  const catalog::IndexEncoder encoder(table, index);
  const std::unique_ptr<kv::Cursor> entries = entry_snapshot.cursor(range, scan_options());
  std::string record;
  for (auto batch = entries->next_batch(stop); !batch.empty(); batch = entries->next_batch(stop)) {
    for (const kv::KeyValue& entry : batch) {
      const codec::Handle handle = catalog::entry_handle(table, index, entry.key, entry.value);
      if (!row_snapshot.get(codec::record_key(table.id, handle), record, stop)) throw_difference(table, index, handle, "present", "");
      std::string key = encoder.prefix();
      std::string value;
      encoder.append_entry(record, handle, {}, key, value);
      if (key != entry.key) throw_difference(table, index, handle, "other key", "present");
    }
  }
}

}  // namespace

void check_index(kv::Store& store, const catalog::TableInfo& table, const catalog::IndexInfo& index, kv::Timestamp timestamp, StopToken stop) {
  const std::unique_ptr<kv::Snapshot> rows = store.snapshot(timestamp);
  const std::unique_ptr<kv::Snapshot> entries = store.snapshot(timestamp);
  const catalog::IndexKeyRange keys = catalog::index_entries_range(table.id, index.id);
  const kv::KeyRange range{keys.begin, keys.end};
  const std::uint64_t row_count = check_rows(*rows, table, index, stop);
  const std::uint64_t entry_count = count_entries(*entries, range, stop);
  if (row_count == entry_count) return;
  find_dangling(*entries, *rows, table, index, range, stop);
  throw SqlError::with_message(ErrorCode::kDataInconsistentCount,
                               "data inconsistency in table: " + table.name.original + ", index: " + index.name.original + ", index-count:" +
                                   std::to_string(entry_count) + " != record-count:" + std::to_string(row_count));
}

}  // namespace sluice::executor
