#include "kv/embedded/garbage_collector.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/metadata.h>
#include <rocksdb/table_properties.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/logging.h"
#include "base/sql_error.h"
#include "kv/embedded/engine.h"
#include "kv/embedded/error_state.h"
#include "kv/embedded/gc_filter.h"
#include "kv/embedded/memtable_flush.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/rocksdb_status.h"

namespace sluice::kv {
namespace {

constexpr std::uint32_t kRemovalsPerBatch = 512;
constexpr int kKeysPerPoll = 64;
// A file is compacted for its garbage alone if that is a quarter of its versions, and enough to be worth it.
constexpr std::uint64_t kSupersededMin = 1'000;
constexpr std::uint64_t kSupersededFraction = 4;

std::string_view view_of(const rocksdb::Slice& slice) noexcept { return {slice.data(), slice.size()}; }
rocksdb::Slice slice_of(std::string_view view) noexcept { return {view.data(), view.size()}; }

std::uint64_t property(const rocksdb::TableProperties& properties, const char* name) {
  const auto found = properties.user_collected_properties.find(name);
  std::uint64_t number = 0;
  if (found != properties.user_collected_properties.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  }
  return number;
}

}  // namespace

/// Keeps runs apart.
class GarbageCollector::RunGuard {
 public:
  RunGuard(GarbageCollector& collector, StopToken stop) : collector_(collector) {
    MutexLock lock(collector_.mutex_);
    collector_.run_ended_.wait(lock, stop, [&]() SLUICE_REQUIRES(collector_.mutex_) { return !collector_.running_; });
    collector_.running_ = true;
  }
  ~RunGuard() {
    MutexLock lock(collector_.mutex_);
    collector_.running_ = false;
    collector_.run_ended_.notify_one();
  }
  RunGuard(const RunGuard&) = delete;
  RunGuard& operator=(const RunGuard&) = delete;

 private:
  GarbageCollector& collector_;
};

GarbageCollector::GarbageCollector(rocksdb::DB& db, Engine& engine, std::shared_ptr<GcState> state,
                                   const ErrorState& errors, const GcSettings& settings)
    : db_(db), engine_(engine), state_(std::move(state)), errors_(errors), settings_(settings) {
  engine_.safepoint.set_settings(settings);
  status_.safepoint = engine_.readers.safepoint();
}

void GarbageCollector::serve(StopToken stop) {
  std::int64_t last_run_ns = clock().now_ns();
  for (;;) {
    bool run_is_due;
    {
      MutexLock lock(mutex_);
      const std::uint64_t version = settings_version_;
      const std::int64_t due_ns = last_run_ns + settings_.run_interval_ms * 1'000'000;
      woken_.wait_until(lock, stop, due_ns,
                        [&]() SLUICE_REQUIRES(mutex_) { return settings_version_ != version || !scheduled_.empty(); });
      run_is_due = settings_.enabled && clock().now_ns() >= due_ns;
      if (clock().now_ns() >= due_ns) last_run_ns = clock().now_ns();
    }
    try {
      compact_scheduled(stop);
      if (run_is_due) run(stop);
    } catch (const SqlError& error) {
      log_warn("garbage collection failed and will be tried again", {{"error", error.what()}});
    }
  }
}

GcStatus GarbageCollector::run(StopToken stop) {
  const RunGuard guard(*this, stop);
  stop.poll();
  engine_.commits.advance_safepoint();
  const Timestamp safepoint = engine_.readers.safepoint();
  remove_deleted_keys(safepoint, stop);
  compact_superseded(safepoint, stop);
  // Compactions have noted deletions of this safepoint.
  remove_deleted_keys(safepoint, stop);
  MutexLock lock(mutex_);
  ++status_.run_count;
  status_.last_run_unix_ms = clock().system_now_ms();
  status_.safepoint = safepoint;
  status_.removed_versions = state_->removed_versions();
  return status_;
}

void GarbageCollector::set_settings(const GcSettings& settings) {
  MutexLock lock(mutex_);
  settings_ = settings;
  engine_.safepoint.set_settings(settings);
  ++settings_version_;
  woken_.notify_all();
}

void GarbageCollector::schedule_compaction(KeyRange range) {
  MutexLock lock(mutex_);
  scheduled_.push_back(std::move(range));
  woken_.notify_all();
}

GcStatus GarbageCollector::status() const {
  MutexLock lock(mutex_);
  GcStatus status = status_;
  status.safepoint = engine_.readers.safepoint();
  status.removed_versions = state_->removed_versions();
  return status;
}

void GarbageCollector::remove_deleted_keys(Timestamp safepoint, StopToken stop) {
  const GcState::Deleted deleted = state_->take_deleted();
  if (deleted.keys.empty()) return;
  // Memtables may have dropped older versions that the log still holds: after a crash they would come back without the deletion above them.
  flush_memtables(db_, errors_, 0, stop);
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> position(db_.NewIterator(options));
  rocksdb::WriteBatch batch;
  int key_count = 0;
  const auto visit = [&](std::string_view key) {
    if (++key_count % kKeysPerPoll == 0) stop.poll();
    remove_if_deleted(*position, key, safepoint, batch);
    if (batch.Count() >= kRemovalsPerBatch) write_removals(batch);
  };
  for (const std::string& key : deleted.keys) visit(key);
  if (deleted.has_range) {
    std::string key;
    position->Seek(deleted.range_first);
    while (position->Valid() && view_of(position->key()).size() > kVersionBytes) {
      key.assign(user_key_of(view_of(position->key())));
      if (key > deleted.range_last) break;
      visit(key);
      const VersionedKey behind(key, 0);
      position->Seek(slice_of(behind.view()));
    }
  }
  throw_if_failed(position->status(), "collect garbage");
  write_removals(batch);
}

void GarbageCollector::remove_if_deleted(rocksdb::Iterator& position, std::string_view user_key, Timestamp safepoint,
                                         rocksdb::WriteBatch& batch) {
  const VersionedKey newest(user_key, kMaxTimestamp);
  position.Seek(slice_of(newest.view()));
  if (!position.Valid() || !is_version_of(view_of(position.key()), user_key)) return;
  const rocksdb::Slice value = position.value();
  const bool is_deletion = value.size() == 1 && value[0] == kDeleteKind;
  if (!is_deletion || version_of(view_of(position.key())) > safepoint) return;
  // All versions go in one batch: a crash in between must not let an older one reappear.
  for (; position.Valid() && is_version_of(view_of(position.key()), user_key); position.Next()) {
    throw_if_failed(batch.Delete(position.key()), "collect garbage");
    state_->count_removed(1);
  }
}

void GarbageCollector::write_removals(rocksdb::WriteBatch& batch) {
  if (batch.Count() == 0) return;
  rocksdb::WriteOptions options;
  options.low_pri = true;
  errors_.throw_if_stopped("collect garbage");
  SLUICE_DURABLE_WRITE("kv.gc.remove");
  throw_if_failed(db_.Write(options, &batch), "collect garbage");
  batch.Clear();
}

void GarbageCollector::compact_scheduled(StopToken stop) {
  std::vector<KeyRange> ranges;
  {
    MutexLock lock(mutex_);
    ranges.swap(scheduled_);
  }
  std::atomic<bool> cancelled{false};
  const auto cancel = [&] { cancelled = true; };
  const StopCallback on_stop(stop, cancel);
  for (const KeyRange& range : ranges) {
    stop.poll();
    const rocksdb::Slice begin(range.begin);
    const rocksdb::Slice end(range.end);
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.canceled = &cancelled;
    const rocksdb::Status status = db_.CompactRange(options, &begin, &end);
    if (!status.IsIncomplete() && !status.IsManualCompactionPaused())
      throw_if_failed(status, "compact a deleted range");
  }
}

void GarbageCollector::compact_superseded(Timestamp safepoint, StopToken stop) {
  rocksdb::ColumnFamilyMetaData metadata;
  db_.GetColumnFamilyMetaData(&metadata);
  rocksdb::TablePropertiesCollection all_properties;
  throw_if_failed(db_.GetPropertiesOfAllTables(&all_properties), "read file properties");
  for (const rocksdb::LevelMetaData& level : metadata.levels) {
    // Level 0 is compacted soon anyway.
    if (level.level == 0) continue;
    for (const rocksdb::SstFileMetaData& file : level.files) {
      stop.poll();
      const auto properties = all_properties.find(file.db_path + file.name);
      if (properties == all_properties.end()) continue;
      const std::uint64_t superseded = property(*properties->second, kPropertySuperseded);
      const std::uint64_t versions = property(*properties->second, kPropertyVersions);
      if (superseded < kSupersededMin || superseded * kSupersededFraction < versions) continue;
      if (property(*properties->second, kPropertySupersededAt) > safepoint) continue;
      rocksdb::CompactionOptions options;
      options.compression = rocksdb::kDisableCompressionOption;  // as the level's
      const rocksdb::Status status = db_.CompactFiles(options, {file.db_path + file.name}, level.level);
      // Another compaction may have the file, or have replaced it: then there is nothing to do.
      if (status.IsIOError() || status.IsCorruption()) throw_if_failed(status, "compact for garbage collection");
    }
  }
}

}  // namespace sluice::kv
