#include "ddl/touched_keys.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/sql_error.h"
#include "catalog/index_encoder.h"
#include "codec/bytes.h"
#include "codec/table_key.h"
#include "ddl/duplicate_entry.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

constexpr std::size_t kKeysPerBatch = 256;

using catalog::IndexEncoder;
using catalog::IndexInfo;
using catalog::TableInfo;

// Rows that may hold a key although its entry does not name them, as record keys.
using Candidates = std::vector<std::string>;

class TouchedKeys {
 public:
  TouchedKeys(const ReorganizationContext& context, const IndexInfo& index)
      : context_(context),
        table_(context.table),
        index_(index),
        encoder_(context.table, index),
        store_(context.environment.store) {}

  void verify(StopToken stop) {
    std::unique_ptr<kv::Snapshot> present = store_.snapshot(store_.current_timestamp());
    const bool knows_past = hold_past();
    std::unordered_map<std::string, Candidates> scanned;
    if (!knows_past) scanned = scan_holders(*present, stop);
    std::unique_ptr<kv::Snapshot> past;
    if (knows_past) past = store_.snapshot(context_.job.snapshot_version);
    catalog::IndexKeyRange range = catalog::touched_keys_range(table_.id, index_.id);
    kv::CursorOptions options;
    options.content = kv::CursorContent::kKeysOnly;
    options.batch_rows = kKeysPerBatch;
    options.fill_cache = false;
    std::unique_ptr<kv::Cursor> cursor = present->cursor({range.begin, range.end}, options);
    for (auto batch = cursor->next_batch(stop); !batch.empty(); batch = cursor->next_batch(stop)) {
      SLUICE_FAILPOINT("ddl.index_build.check", stop);
      for (const kv::KeyValue& touched : batch) {
        const std::string key = catalog::index_key_of_touched(touched.key);
        Candidates candidates;
        if (!knows_past) {
          auto found = scanned.find(key);
          if (found != scanned.end()) candidates = found->second;
        } else if (std::optional<std::string> value = past->get(key, stop)) {
          candidates.push_back(record_of(key, *value));
        }
        if (!agrees(*present, key, candidates, stop)) put_right(key, candidates, stop);
      }
    }
  }

 private:
  // Whether the state at the version of the entries can still be read.
  bool hold_past() {
    if (context_.lease.held()) return true;
    try {
      context_.lease =
          store_.hold_safepoint(context_.job.snapshot_version, "ddl job " + std::to_string(context_.job.id));
      return true;
    } catch (const SqlError& error) {
      if (error.code() == ErrorCode::kGcTooEarly) return false;
      throw;
    }
  }

  std::string record_of(std::string_view key, std::string_view value) const {
    return codec::record_key(table_.id, catalog::entry_handle(table_, index_, key, value));
  }

  // The entry that a row should have under this index; nothing if the row does not exist.
  std::optional<std::pair<std::string, std::string>> entry_of(const std::string& record_key,
                                                              const std::optional<std::string>& row) const {
    if (!row.has_value()) return std::nullopt;
    std::int64_t table_id = 0;
    codec::Handle handle;
    SLUICE_CHECK(codec::decode_record_key(record_key, table_id, handle), "a record key of table {} is malformed",
                 table_.name.original);
    std::string key = encoder_.prefix();
    std::string value;
    encoder_.append_entry(*row, handle, {}, key, value);
    return std::pair{std::move(key), std::move(value)};
  }

  bool agrees(kv::Snapshot& present, const std::string& key, const Candidates& candidates, StopToken stop) const {
    const std::optional<std::string> value = present.get(key, stop);
    const std::string named = value.has_value() ? record_of(key, *value) : std::string();
    if (value.has_value()) {
      auto entry = entry_of(named, present.get(named, stop));
      if (!entry.has_value() || entry->first != key) return false;
    }
    for (const std::string& candidate : candidates) {
      if (candidate == named) continue;
      auto entry = entry_of(candidate, present.get(candidate, stop));
      if (entry.has_value() && entry->first == key) return false;
    }
    return true;
  }

  // With the key locked, no statement changes which rows hold it: the rows themselves need no lock.
  void put_right(const std::string& key, Candidates candidates, StopToken stop) const {
    std::unique_ptr<kv::Transaction> transaction = store_.begin({}, stop);
    transaction->lock_keys(std::span(&key, 1), kv::LockOptions{}, stop);
    const std::optional<std::string> value = transaction->get_current(key, stop);
    std::string named;
    if (value.has_value()) {
      named = record_of(key, *value);
      candidates.push_back(named);
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    std::string holder;
    std::string holder_value;
    for (const std::string& candidate : candidates) {
      auto entry = entry_of(candidate, transaction->get_current(candidate, stop));
      if (!entry.has_value() || entry->first != key) continue;
      if (!holder.empty()) {
        std::unique_ptr<kv::Snapshot> now = store_.snapshot(store_.current_timestamp());
        throw duplicate_entry(table_, index_, key, entry->second, *now, stop);
      }
      holder = candidate;
      holder_value = entry->second;
    }
    if (holder == named) return;
    if (holder.empty()) {
      transaction->erase(key);
    } else {
      transaction->put(key, holder_value);
    }
    transaction->commit(stop);
  }

  // After a crash the past may be collected. Then all rows of the present are read for those that hold a touched key.
  std::unordered_map<std::string, Candidates> scan_holders(kv::Snapshot& present, StopToken stop) const {
    std::unordered_map<std::string, Candidates> holders;
    catalog::IndexKeyRange range = catalog::touched_keys_range(table_.id, index_.id);
    kv::CursorOptions options;
    options.fill_cache = false;
    options.low_priority = true;
    std::unique_ptr<kv::Cursor> touched = present.cursor({range.begin, range.end}, options);
    for (auto batch = touched->next_batch(stop); !batch.empty(); batch = touched->next_batch(stop)) {
      for (const kv::KeyValue& entry : batch) holders[catalog::index_key_of_touched(entry.key)];
    }
    if (holders.empty()) return holders;
    const std::string prefix = codec::record_prefix(table_.id);
    std::unique_ptr<kv::Cursor> rows = present.cursor({prefix, codec::next_after_prefix(prefix)}, options);
    std::string key;
    std::string value;
    for (auto batch = rows->next_batch(stop); !batch.empty(); batch = rows->next_batch(stop)) {
      for (const kv::KeyValue& row : batch) {
        std::int64_t table_id = 0;
        codec::Handle handle;
        SLUICE_CHECK(codec::decode_record_key(row.key, table_id, handle), "a record key of table {} is malformed",
                     table_.name.original);
        key = encoder_.prefix();
        value.clear();
        encoder_.append_entry(row.value, handle, {}, key, value);
        auto found = holders.find(key);
        if (found != holders.end()) found->second.emplace_back(row.key);
      }
    }
    return holders;
  }

  const ReorganizationContext& context_;
  const TableInfo& table_;
  const IndexInfo& index_;
  const IndexEncoder encoder_;
  kv::Store& store_;
};

}  // namespace

void verify_touched_keys_of(const ReorganizationContext& context, const IndexInfo& index, StopToken stop) {
  TouchedKeys(context, index).verify(stop);
}

}  // namespace sluice::ddl
