#include "catalog/meta.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "catalog/stored_json.h"
#include "codec/bytes.h"
#include "codec/meta_key.h"
#include "codec/number.h"
#include "kv/snapshot.h"
#include "kv/transaction.h"

namespace sluice::catalog {
namespace {

constexpr std::string_view kNextGlobalId = "NextGlobalID";
constexpr std::string_view kSchemaVersion = "SchemaVersionKey";
constexpr std::string_view kBootstrap = "BootstrapKey";
constexpr std::string_view kDatabases = "DBs";
constexpr std::string_view kHistory = "DDLJobHistory";
constexpr std::int64_t kMaxGlobalId = (std::int64_t{1} << 48) - 1 - 1000;
constexpr std::int64_t kSchemaLockTimeoutMs = 60'000;

std::string database_name(std::int64_t id) { return "DB:" + std::to_string(id); }
std::string table_field(std::int64_t id) { return "Table:" + std::to_string(id); }
std::string auto_id_field(std::int64_t id) { return "TID:" + std::to_string(id); }
std::string diff_name(std::int64_t version) { return "Diff:" + std::to_string(version); }

std::string database_key(std::int64_t id) { return codec::meta_hash_field_key(kDatabases, database_name(id)); }
std::string table_key(std::int64_t database_id, std::int64_t table_id) {
  return codec::meta_hash_field_key(database_name(database_id), table_field(table_id));
}
std::string auto_id_key(std::int64_t database_id, std::int64_t table_id) {
  return codec::meta_hash_field_key(database_name(database_id), auto_id_field(table_id));
}
std::string history_key(std::int64_t job_id) {
  std::string field;
  codec::append_uint(static_cast<std::uint64_t>(job_id), field);
  return codec::meta_hash_field_key(kHistory, field);
}

std::int64_t parse_number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  SLUICE_CHECK(error == std::errc() && end == text.data() + text.size(), "stored counter is not a number: {}", text);
  return value;
}

}  // namespace

std::optional<std::string> MetaReader::get(const std::string& key) {
  return transaction_ != nullptr ? transaction_->get_current(key, stop_) : snapshot_->get(key, stop_);
}

std::int64_t MetaReader::get_number(std::string_view name) {
  std::optional<std::string> text = get(codec::meta_string_key(name));
  return text.has_value() ? parse_number(*text) : 0;
}

std::vector<std::pair<std::string, std::string>> MetaReader::fields(std::string_view hash,
                                                                    std::string_view field_prefix) {
  std::vector<std::pair<std::string, std::string>> result;
  const std::string prefix = codec::meta_hash_prefix(hash);
  if (transaction_ != nullptr) transaction_->refresh_for_update_ts(stop_);
  kv::CursorOptions options;
  std::unique_ptr<kv::Cursor> cursor =
      transaction_ != nullptr ? transaction_->cursor_current({prefix, codec::next_after_prefix(prefix)}, options)
                              : snapshot_->cursor({prefix, codec::next_after_prefix(prefix)}, options);
  for (auto batch = cursor->next_batch(stop_); !batch.empty(); batch = cursor->next_batch(stop_)) {
    for (const kv::KeyValue& entry : batch) {
      std::string key;
      std::string field;
      SLUICE_CHECK(codec::decode_meta_hash_field_key(entry.key, key, field), "a key of hash {} is malformed", hash);
      if (field.starts_with(field_prefix)) result.emplace_back(std::move(field), std::string(entry.value));
    }
  }
  return result;
}

std::int64_t MetaReader::schema_version() { return get_number(kSchemaVersion); }

std::int64_t MetaReader::bootstrap_version() { return get_number(kBootstrap); }

std::vector<DatabaseInfo> MetaReader::databases() {
  std::vector<DatabaseInfo> result;
  for (const auto& [field, document] : fields(kDatabases, "DB:")) result.push_back(parse_database(document));
  std::sort(result.begin(), result.end(), [](const DatabaseInfo& a, const DatabaseInfo& b) { return a.id < b.id; });
  return result;
}

std::optional<DatabaseInfo> MetaReader::database(std::int64_t database_id) {
  std::optional<std::string> document = get(database_key(database_id));
  if (!document.has_value()) return std::nullopt;
  return parse_database(*document);
}

std::vector<TableInfo> MetaReader::tables(std::int64_t database_id) {
  std::vector<TableInfo> result;
  for (const auto& [field, document] : fields(database_name(database_id), "Table:"))
    result.push_back(parse_table(document));
  std::sort(result.begin(), result.end(), [](const TableInfo& a, const TableInfo& b) { return a.id < b.id; });
  return result;
}

std::optional<TableInfo> MetaReader::table(std::int64_t database_id, std::int64_t table_id) {
  std::optional<std::string> document = get(table_key(database_id, table_id));
  if (!document.has_value()) return std::nullopt;
  return parse_table(*document);
}

std::optional<SchemaDiff> MetaReader::diff(std::int64_t version) {
  std::optional<std::string> document = get(codec::meta_string_key(diff_name(version)));
  if (!document.has_value()) return std::nullopt;
  return parse_diff(*document);
}

std::int64_t MetaReader::auto_id(std::int64_t database_id, std::int64_t table_id) {
  std::optional<std::string> text = get(auto_id_key(database_id, table_id));
  return text.has_value() ? parse_number(*text) : 0;
}

std::int64_t MetaReader::last_global_id() { return get_number(kNextGlobalId); }

std::optional<std::string> MetaReader::history_job(std::int64_t job_id) { return get(history_key(job_id)); }

std::int64_t auto_id_database(std::int64_t database_id, const TableInfo& table) noexcept {
  return table.old_schema_id != 0 ? table.old_schema_id : database_id;
}

void MetaWriter::lock(const std::string& key) {
  kv::LockOptions options;
  options.timeout_ms = kSchemaLockTimeoutMs;
  transaction_->lock_keys(std::span(&key, 1), options, stop_);
}

void MetaWriter::lock_schema_version() { lock(codec::meta_string_key(kSchemaVersion)); }

std::int64_t MetaWriter::publish(SchemaDiff diff) {
  const std::string key = codec::meta_string_key(kSchemaVersion);
  SLUICE_CHECK(transaction_->holds_lock(key), "schema version is published without its lock");
  diff.version = schema_version() + 1;
  transaction_->put(key, std::to_string(diff.version));
  transaction_->put(codec::meta_string_key(diff_name(diff.version)), to_stored(diff));
  return diff.version;
}

std::int64_t MetaWriter::allocate_global_ids(std::int64_t count) {
  SLUICE_CHECK(count > 0, "{} global ids asked for", count);
  const std::string key = codec::meta_string_key(kNextGlobalId);
  lock(key);
  const std::int64_t last = get_number(kNextGlobalId);
  SLUICE_CHECK(last <= kMaxGlobalId - count, "global ids are exhausted at {}", last);
  transaction_->put(key, std::to_string(last + count));
  return last + 1;
}

void MetaWriter::put_database(const DatabaseInfo& database) {
  SLUICE_CHECK(database.id > 0, "database {} has no id", database.name.original);
  transaction_->put(database_key(database.id), to_stored(database));
}

void MetaWriter::remove_database(std::int64_t database_id) {
  transaction_->erase(database_key(database_id));
  for (const auto& [field, document] : fields(database_name(database_id), "")) {
    transaction_->erase(codec::meta_hash_field_key(database_name(database_id), field));
  }
}

void MetaWriter::put_table(std::int64_t database_id, const TableInfo& table) {
  SLUICE_CHECK(table.id > 0, "table {} has no id", table.name.original);
  transaction_->put(table_key(database_id, table.id), to_stored(table));
}

void MetaWriter::remove_table(std::int64_t database_id, std::int64_t table_id) {
  transaction_->erase(table_key(database_id, table_id));
}

void MetaWriter::lock_auto_id(std::int64_t database_id, std::int64_t table_id) {
  lock(auto_id_key(database_id, table_id));
}

void MetaWriter::put_auto_id(std::int64_t database_id, std::int64_t table_id, std::int64_t value) {
  const std::string key = auto_id_key(database_id, table_id);
  lock(key);
  transaction_->put(key, std::to_string(value));
}

void MetaWriter::remove_auto_id(std::int64_t database_id, std::int64_t table_id) {
  transaction_->erase(auto_id_key(database_id, table_id));
}

void MetaWriter::put_history_job(std::int64_t job_id, std::string_view job) {
  transaction_->put(history_key(job_id), job);
}

void MetaWriter::put_bootstrap_version(std::int64_t version) {
  transaction_->put(codec::meta_string_key(kBootstrap), std::to_string(version));
}

}  // namespace sluice::catalog
