#include "ddl/table_check.h"

#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/check.h"
#include "base/sql_error.h"
#include "base/task_scope.h"
#include "catalog/index_encoder.h"
#include "codec/bytes.h"
#include "codec/table_key.h"
#include "codec/temp_index.h"
#include "ddl/job_store.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

constexpr std::size_t kParallelScans = 4;

using catalog::IndexEncoder;
using catalog::IndexInfo;
using catalog::TableInfo;

// An order-free digest of a set of entries: they are all different, so sums of hashes tell two sets apart.
struct Digest {
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::int64_t> count{0};
};

std::uint64_t hash_of(std::string_view key, std::string_view value) {
  return XXH3_64bits_withSeed(value.data(), value.size(), XXH3_64bits(key.data(), key.size()));
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

class TableChecker {
 public:
  TableChecker(kv::Store& store, const TableInfo& table, std::vector<const IndexInfo*> indexes)
      : store_(store),
        table_(table),
        indexes_(std::move(indexes)),
        lease_(store.hold_present("table check")),
        digests_(indexes_.size()) {
    for (const IndexInfo* index : indexes_) encoders_.emplace_back(table, *index);
    const std::string prefix = codec::record_prefix(table.id);
    records_ = {prefix, codec::next_after_prefix(prefix)};
  }

  TableCheck run(StopToken stop) {
    TableCheck result;
    std::atomic<std::int64_t> rows{0};
    scan(
        records_,
        [&](std::span<const kv::KeyValue> batch, StopToken) {
          rows.fetch_add(static_cast<std::int64_t>(batch.size()));
          add_rows(batch);
        },
        stop);
    result.rows = rows.load();
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
      Digest found;
      scan(
          entries_of(i), [&](std::span<const kv::KeyValue> batch, StopToken) { add_entries(batch, found); }, stop);
      result.entries += found.count.load();
      if (found.count.load() == digests_[i].count.load() && found.sum.load() == digests_[i].sum.load()) continue;
      report_missing(i, stop);
      report_dangling(i, stop);
      throw SqlError(ErrorCode::kAdminCheckTable);
    }
    return result;
  }

 private:
  using Visit = std::function<void(std::span<const kv::KeyValue>, StopToken)>;

  kv::KeyRange entries_of(std::size_t index) const {
    catalog::IndexKeyRange range = catalog::index_entries_range(table_.id, indexes_[index]->id);
    return {range.begin, range.end};
  }

  void scan(const kv::KeyRange& whole, const Visit& visit, StopToken stop) {
    std::vector<kv::KeyRange> ranges;
    std::string begin = whole.begin;
    for (std::string& cut : store_.split_points(whole, kParallelScans)) {
      ranges.push_back({begin, cut});
      begin = std::move(cut);
    }
    ranges.push_back({begin, whole.end});
    TaskScope scope("admin check", stop);
    for (const kv::KeyRange& range : ranges) {
      scope.spawn("admin check", [&, range](StopToken task_stop) {
        std::unique_ptr<kv::Snapshot> snapshot = store_.snapshot(lease_.timestamp());
        kv::CursorOptions options;
        options.fill_cache = false;
        std::unique_ptr<kv::Cursor> cursor = snapshot->cursor(range, options);
        for (auto batch = cursor->next_batch(task_stop); !batch.empty(); batch = cursor->next_batch(task_stop))
          visit(batch, task_stop);
      });
    }
    scope.join();
  }

  codec::Handle handle_of(std::string_view record_key) const {
    std::int64_t table_id = 0;
    codec::Handle handle;
    SLUICE_CHECK(codec::decode_record_key(record_key, table_id, handle), "a record key of table {} is malformed",
                 table_.name.original);
    return handle;
  }

  void add_rows(std::span<const kv::KeyValue> batch) {
    std::vector<std::uint64_t> sums(encoders_.size(), 0);
    std::string key;
    std::string value;
    for (const kv::KeyValue& row : batch) {
      const codec::Handle handle = handle_of(row.key);
      for (std::size_t i = 0; i < encoders_.size(); ++i) {
        key.assign(encoders_[i].prefix());
        value.clear();
        encoders_[i].append_entry(row.value, handle, {}, key, value);
        sums[i] += hash_of(key, value);
      }
    }
    for (std::size_t i = 0; i < encoders_.size(); ++i) {
      digests_[i].sum.fetch_add(sums[i]);
      digests_[i].count.fetch_add(static_cast<std::int64_t>(batch.size()));
    }
  }

  static void add_entries(std::span<const kv::KeyValue> batch, Digest& digest) {
    std::uint64_t sum = 0;
    for (const kv::KeyValue& entry : batch) sum += hash_of(entry.key, entry.value);
    digest.sum.fetch_add(sum);
    digest.count.fetch_add(static_cast<std::int64_t>(batch.size()));
  }

  [[noreturn]] void fail(std::size_t i, const codec::Handle& handle, std::string_view index_side,
                         std::string_view record_side) const {
    throw SqlError(ErrorCode::kDataInconsistent, table_.name.original, indexes_[i]->name.original, handle.to_string(),
                   index_side, record_side);
  }

  void report_missing(std::size_t i, StopToken stop) {
    scan(
        records_,
        [&](std::span<const kv::KeyValue> batch, StopToken task_stop) {
          std::unique_ptr<kv::Snapshot> snapshot = store_.snapshot(lease_.timestamp());
          for (const kv::KeyValue& row : batch) {
            const codec::Handle handle = handle_of(row.key);
            std::string key = encoders_[i].prefix();
            std::string value;
            encoders_[i].append_entry(row.value, handle, {}, key, value);
            const std::optional<std::string> found = snapshot->get(key, task_stop);
            if (!found.has_value()) fail(i, handle, "", to_hex(key));
            if (*found != value) fail(i, handle, to_hex(*found), to_hex(value));
          }
        },
        stop);
  }

  void report_dangling(std::size_t i, StopToken stop) {
    scan(
        entries_of(i),
        [&](std::span<const kv::KeyValue> batch, StopToken task_stop) {
          std::unique_ptr<kv::Snapshot> snapshot = store_.snapshot(lease_.timestamp());
          for (const kv::KeyValue& entry : batch) {
            const codec::Handle handle = catalog::entry_handle(table_, *indexes_[i], entry.key, entry.value);
            const std::optional<std::string> row = snapshot->get(codec::record_key(table_.id, handle), task_stop);
            if (!row.has_value()) fail(i, handle, to_hex(entry.key), "");
            const std::string key = encoders_[i].key(*row, handle);
            if (key != entry.key) fail(i, handle, to_hex(entry.key), to_hex(key));
          }
        },
        stop);
  }

  kv::Store& store_;
  const TableInfo& table_;
  const std::vector<const IndexInfo*> indexes_;
  const kv::SafepointLease lease_;  // every scan reads at it
  std::vector<IndexEncoder> encoders_;
  std::vector<Digest> digests_;
  kv::KeyRange records_;
};

// Entries of indexes that are gone. An index leaves the table in the transaction that lists its range, and a range leaves the list after its
// entries have gone: so what the list, read first, does not hold must not be there when the entries are read.
void check_for_leftovers(kv::Store& store, const TableInfo& table, StopToken stop) {
  const std::vector<DeleteRange> listed = delete_ranges_from(store, 0, stop);
  const auto is_listed = [&](std::string_view key) {
    return std::any_of(listed.begin(), listed.end(), [&](const DeleteRange& waiting) {
      return key >= waiting.range.begin && (waiting.range.end.empty() || key < waiting.range.end);
    });
  };
  const std::unique_ptr<kv::Snapshot> snapshot = store.present_snapshot();
  const std::string prefix = codec::all_indexes_prefix(table.id);
  kv::KeyRange rest{prefix, codec::next_after_prefix(prefix)};
  kv::CursorOptions first_alone;
  first_alone.batch_rows = 1;
  first_alone.fill_cache = false;
  for (;;) {
    stop.poll();
    const std::unique_ptr<kv::Cursor> cursor = snapshot->cursor(rest, first_alone);
    const std::span<const kv::KeyValue> found = cursor->next_batch(stop);
    if (found.empty()) return;
    const std::string_view key = found.front().key;
    const std::optional<codec::TableKey> parts = codec::decode_table_key(key);
    SLUICE_CHECK(parts.has_value(), "an index key of table {} is malformed", table.name.original);
    // Notes of touched keys live as long as the index is not public.
    const bool is_note = codec::is_temp_index_id(parts->index_id);
    const std::int64_t id = is_note ? codec::original_index_id(parts->index_id) : parts->index_id;
    const IndexInfo* const index = table.find_index(id);
    const bool belongs = index != nullptr && !(is_note && index->is_public());
    // Larger ids are of schema changes that are younger than `table`.
    if (!belongs && id <= table.max_index_id && !is_listed(key)) {
      throw SqlError(ErrorCode::kDataInconsistent, table.name.original,
                     index == nullptr ? "(dropped, id " + std::to_string(id) + ")" : index->name.original, "",
                     to_hex(key), "");
    }
    rest.begin = catalog::index_entries_range(table.id, parts->index_id).end;
  }
}

}  // namespace

TableCheck check_table(kv::Store& store, const TableInfo& table, std::vector<const IndexInfo*> indexes,
                       StopToken stop) {
  if (indexes.empty()) {
    check_for_leftovers(store, table, stop);
    for (const IndexInfo& index : table.indexes) indexes.push_back(&index);
  }
  std::erase_if(indexes, [&](const IndexInfo* index) { return !index->is_public() || !table.is_stored(*index); });
  return TableChecker(store, table, std::move(indexes)).run(stop);
}

}  // namespace sluice::ddl
