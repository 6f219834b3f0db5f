#include "ddl/foreign_key_rows.h"

#include <memory>
#include <optional>
#include <string>

#include "base/check.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/sql_error.h"
#include "catalog/foreign_key.h"
#include "catalog/index_encoder.h"
#include "codec/bytes.h"
#include "codec/datum.h"
#include "codec/table_key.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

/// Finds parents at one snapshot.
class ParentReader {
 public:
  ParentReader(const catalog::TableInfo& parent, const catalog::KeyPath& path, kv::Snapshot& snapshot)
      : parent_(parent), path_(path), snapshot_(snapshot) {}

  bool has(std::string datums, StopToken stop) {
    // Children of one parent often lie together.
    if (datums == last_) return true;
    const std::string key = catalog::search_key(parent_, path_, datums);
    bool found = false;
    if (catalog::finds_record(path_) || path_.is_unique()) {
      found = snapshot_.get(key, value_, stop);
    } else {
      const std::unique_ptr<kv::Cursor> cursor = snapshot_.cursor(
          {key, codec::next_after_prefix(key)}, {.content = kv::CursorContent::kKeysOnly, .batch_rows = 1});
      found = !cursor->next_batch(stop).empty();
    }
    if (found) last_ = std::move(datums);
    return found;
  }

 private:
  const catalog::TableInfo& parent_;
  const catalog::KeyPath path_;
  kv::Snapshot& snapshot_;
  std::string last_;
  std::string value_;
};

/// The key's columns out of a record; nothing if one of them is NULL.
std::optional<std::string> datums_of(const catalog::IndexEncoder& encoder, const kv::KeyValue& row,
                                     std::int64_t& table_id, codec::Handle& handle) {
  SLUICE_CHECK(codec::decode_record_key(row.key, table_id, handle), "a record key is malformed");
  std::string key;
  std::string value;
  const catalog::IndexEntryShape shape = encoder.append_entry(row.value, handle, {}, key, value);
  std::string_view rest(key.data(), shape.columns_end);
  std::string_view datum;
  while (!rest.empty()) {
    SLUICE_CHECK(codec::skip_key_datum(rest, &datum), "an index entry is malformed");
    if (datum.front() == codec::kDatumNull) return std::nullopt;
  }
  key.resize(shape.columns_end);
  return key;
}

}  // namespace

void check_foreign_key_rows(kv::Store& store, const catalog::Schema& schema, const catalog::TableInfo& child,
                            const catalog::ForeignKeyInfo& key, JobProgress& progress, StopToken stop) {
  const catalog::TablePtr parent = schema.find_public_table(key.referenced_schema.lower, key.referenced_table.lower);
  std::optional<catalog::KeyPath> path;
  if (parent != nullptr) path = catalog::find_key_path(*parent, key.referenced_columns);
  progress.stage.store(JobStage::kChecking);
  if (progress.started_ns.load() == 0) progress.started_ns.store(clock().now_ns());
  const std::string prefix = codec::record_prefix(child.id);
  const kv::KeyRange records{prefix, codec::next_after_prefix(prefix)};
  progress.rows_expected.store(static_cast<std::int64_t>(store.statistics(records).approximate_rows));
  const kv::SafepointLease lease = store.hold_present("foreign key check");
  const std::unique_ptr<kv::Snapshot> children = store.snapshot(lease.timestamp());
  const std::unique_ptr<kv::Snapshot> parents = store.snapshot(lease.timestamp());
  std::optional<ParentReader> reader;
  if (path) reader.emplace(*parent, *path, *parents);
  const catalog::IndexInfo columns = catalog::columns_as_index(child, key.columns);
  const catalog::IndexEncoder encoder(child, columns);
  const std::unique_ptr<kv::Cursor> cursor = children->cursor(records, {.fill_cache = false, .low_priority = true});
  std::int64_t table_id = 0;
  codec::Handle handle;
  for (auto batch = cursor->next_batch(stop); !batch.empty(); batch = cursor->next_batch(stop)) {
    SLUICE_FAILPOINT("ddl.foreign_key_check.scan", stop);
    for (const kv::KeyValue& row : batch) {
      std::optional<std::string> datums = datums_of(encoder, row, table_id, handle);
      if (!datums || (reader && reader->has(*std::move(datums), stop))) continue;
      const std::string database = schema.find_entry(child.id).database->name.original;
      throw SqlError(ErrorCode::kNoReferencedRow2, catalog::backquoted(database) + "." +
                                                       catalog::backquoted(child.name.original) + ", " +
                                                       catalog::foreign_key_text(key, database));
    }
    progress.rows_scanned.fetch_add(static_cast<std::int64_t>(batch.size()), std::memory_order_relaxed);
  }
}

}  // namespace sluice::ddl
