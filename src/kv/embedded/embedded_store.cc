#include "kv/embedded/embedded_store.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/check.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/logging.h"
#include "base/sql_error.h"
#include "kv/embedded/background_priority.h"
#include "kv/embedded/bulk_commit.h"
#include "kv/embedded/data_directory.h"
#include "kv/embedded/embedded_snapshot.h"
#include "kv/embedded/embedded_sst_writer.h"
#include "kv/embedded/embedded_store_impl.h"
#include "kv/embedded/embedded_transaction.h"
#include "kv/embedded/engine_record.h"
#include "kv/embedded/gc_state.h"
#include "kv/embedded/ingest_file_system.h"
#include "kv/embedded/log_file_system.h"
#include "kv/embedded/memory_metrics.h"
#include "kv/embedded/memtable_flush.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/range_metrics.h"
#include "kv/embedded/rocksdb_options.h"
#include "kv/embedded/rocksdb_status.h"
#include "kv/embedded/sst_replay.h"
#include "kv/embedded/version_memtable.h"

#if defined(__SANITIZE_THREAD__)
// Debian's RocksDB is not instrumented, so the thread sanitizer sees its memory accesses through libc and not its synchronisation.
extern "C" const char* __tsan_default_suppressions() {
  return "race:librocksdb.so\ncalled_from_lib:librocksdb.so\nmutex:open_database\n";
}
#endif

namespace sluice::kv {
namespace {

constexpr std::size_t kFilesPerIngest = 8;
/// Ranges of up to this many entries (versions counted) are deleted entry by entry.
constexpr std::size_t kSmallRangeEntries = 16'384;
constexpr std::size_t kSpaceProbeBytes = 1 << 20;
constexpr std::int64_t kServiceIntervalNs = 1'000'000'000;
// A memtable this large is written out when the store closes, so that the next open replays little; and before an ingest, because that
// writes out an overlapping memtable while commits wait.
constexpr std::uint64_t kMemtableKeptBytes = 4 << 20;

rocksdb::Slice slice_of(std::string_view view) noexcept { return {view.data(), view.size()}; }

std::shared_ptr<rocksdb::RateLimiter> make_limiter(std::uint64_t bytes_per_second) {
  const std::int64_t rate = bytes_per_second == 0 ? kUnlimitedRate : static_cast<std::int64_t>(bytes_per_second);
  return std::shared_ptr<rocksdb::RateLimiter>(rocksdb::NewGenericRateLimiter(rate));
}

[[noreturn]] void throw_open_failure(const rocksdb::Status& status, const std::string& path) {
  const std::string text = status.ToString();
  const bool is_permission =
      text.find("Permission denied") != std::string::npos || text.find("Read-only file system") != std::string::npos;
  if (is_permission) {
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "no right to write into data directory '" + path + "' (" + text + ")");
  }
  if (text.find("LOCK") != std::string::npos || text.find("lock hold") != std::string::npos) {
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "data directory '" + path + "' is in use by another process (" + text + ")");
  }
  if (status.IsCorruption()) {
    throw SqlError::with_message(ErrorCode::kUnknownError, "data directory '" + path + "' is damaged (" + text + ")");
  }
  throw_if_failed(status, "open data directory '" + path + "'");
  SLUICE_CHECK(false, "open failed with an OK status");
  throw;
}

std::optional<std::uint64_t> read_record(rocksdb::DB& db, std::string_view key) {
  std::string value;
  const rocksdb::Status status = db.Get(rocksdb::ReadOptions(), slice_of(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  throw_if_failed(status, "read an engine record");
  return decode_record(value);
}

bool is_empty(rocksdb::DB& db) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> position(db.NewIterator(options));
  position->SeekToFirst();
  throw_if_failed(position->status(), "read the store");
  return !position->Valid();
}

}  // namespace

std::unique_ptr<Store> open_embedded_store(const EmbeddedOptions& options) {
  return std::make_unique<EmbeddedStore>(options);
}

EmbeddedStore::EmbeddedStore(const EmbeddedOptions& options)
    : options_(options),
      gc_state_(std::make_shared<GcState>()),
      memtables_(std::make_shared<VersionMemTables>(gc_state_)),
      errors_(std::make_shared<ErrorState>()),
      limiter_(make_limiter(options.background_write_limit)),
      pacer_(options.background_write_limit),
      log_env_(options.env != nullptr ? nullptr : make_log_env()),
      env_(make_ingest_env(options.env != nullptr ? *options.env : *log_env_, errors_)),
      rocksdb_options_(
          std::make_unique<rocksdb::Options>(make_rocksdb_options(options, *env_, gc_state_, memtables_, limiter_))) {
  rocksdb_options_->listeners.push_back(make_error_listener(errors_));
  rocksdb_options_->listeners.push_back(make_compaction_priority_listener());
  open_database();
  memory_metrics_ = std::make_unique<MemoryMetrics>(*db_);
  create_or_check_format();
  const Timestamp bound = read_record(*db_, kClockBoundRecord).value_or(0);
  const Timestamp safepoint = read_record(*db_, kSafepointRecord).value_or(0);
  const Timestamp now = compose_timestamp(static_cast<std::uint64_t>(clock().system_now_ms()), 0);
  bulk_commit_ = std::make_unique<BulkCommit>(*db_, *rocksdb_options_, *errors_, options_.path + "/commits",
                                              options_.bulk_commit_bytes);
  engine_ = std::make_unique<Engine>(*db_, std::max({bound, safepoint, now}), safepoint, gc_state_,
                                     options_.safepoint_pace, options_.durability, *errors_, *bulk_commit_);
  collector_ = std::make_unique<GarbageCollector>(*db_, *engine_, gc_state_, *errors_, options_.gc);
  if (options_.background_services) {
    services_ = std::make_unique<TaskScope>("embedded store", service_stop_.token());
    services_->spawn("log flusher", [this](StopToken stop) { serve_log(stop); });
    services_->spawn("garbage collector", [this](StopToken stop) { collector_->serve(stop); });
  }
}

EmbeddedStore::~EmbeddedStore() {
  services_.reset();
  try {
    flush_memtable_above(kMemtableKeptBytes);
    sync_log();
  } catch (const std::exception& error) {
    log_warn("the store did not close cleanly; it recovers when opened", {{"error", error.what()}});
  }
  collector_.reset();
  engine_.reset();
  rocksdb::CancelAllBackgroundWork(db_.get(), true);
}

void EmbeddedStore::open_database() {
  if (options_.env == nullptr) {
    std::error_code error;
    std::filesystem::create_directories(options_.path, error);
    if (error) {
      throw SqlError::with_message(ErrorCode::kUnknownError,
                                   "cannot create data directory '" + options_.path + "': " + error.message());
    }
  }
  check_data_directory(*rocksdb_options_->env, options_.path);
  sync_logs_of_last_run();
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(*rocksdb_options_, options_.path, &opened);
  db_.reset(opened);
  if (!status.ok()) throw_open_failure(status, options_.path);
  rocksdb_options_->info_log->SetInfoLogLevel(rocksdb::InfoLogLevel::WARN_LEVEL);
}

// What a killed process had written to its log and not synced is still in the page cache, and recovery replays it. It must not be lost
// later: the next log goes on behind it, and a gap between two logs ends every recovery there.
void EmbeddedStore::sync_logs_of_last_run() {
  rocksdb::Env& env = *rocksdb_options_->env;
  std::vector<std::string> names;
  if (!env.GetChildren(options_.path, &names).ok()) return;  // no directory yet
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) continue;
    std::unique_ptr<rocksdb::WritableFile> log;
    throw_if_failed(env.ReopenWritableFile(options_.path + "/" + name, &log, rocksdb::EnvOptions()),
                    "open log " + name);
    throw_if_failed(log->Fsync(), "sync log " + name);
    throw_if_failed(log->Close(), "close log " + name);
  }
}

void EmbeddedStore::create_or_check_format() {
  const std::optional<std::uint64_t> format = read_record(*db_, kFormatRecord);
  if (format == kFormatVersion) return;
  if (format.has_value()) {
    throw SqlError::with_message(ErrorCode::kUnknownError, "data directory '" + options_.path +
                                                               "' has format version " + std::to_string(*format) +
                                                               "; this program reads version " +
                                                               std::to_string(kFormatVersion));
  }
  if (!is_empty(*db_)) {
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "data directory '" + options_.path + "' holds another program's RocksDB database");
  }
  rocksdb::WriteOptions write_options;
  write_options.sync = true;
  throw_if_failed(db_->Put(write_options, slice_of(kFormatRecord), encode_record(kFormatVersion)), "create the store");
}

void EmbeddedStore::serve_log(StopToken stop) {
  for (;;) {
    clock().sleep(std::chrono::nanoseconds(kServiceIntervalNs), stop);
    engine_->positions.drop_idle(kServiceIntervalNs);
    if (errors_->stopped()) try_resume();
    if (!engine_->commits.take_unsynced()) continue;
    try {
      sync_log();
    } catch (const SqlError& error) {
      log_error("the log could not be synced", {{"error", error.what()}});
    }
  }
}

void EmbeddedStore::sync_log() {
  errors_->throw_if_stopped("sync the log");
  throw_if_failed(db_->SyncWAL(), "sync the log");
}

// Whether a memtable and what goes with it could be written now.
bool EmbeddedStore::has_space() {
  rocksdb::Env& env = *rocksdb_options_->env;
  std::uint64_t free_bytes = 0;
  if (env.GetFreeSpace(options_.path, &free_bytes).ok() && free_bytes < 2 * options_.write_buffer_bytes) return false;
  const std::string probe_path = options_.path + "/space_probe";
  const rocksdb::Status written =
      rocksdb::WriteStringToFile(&env, std::string(kSpaceProbeBytes, '\0'), probe_path, /*should_sync=*/true);
  env.DeleteFile(probe_path).PermitUncheckedError();
  return written.ok();
}

// A resume writes the memtables out and starts a new log, so that no write of a failed group can come back. A resume that fails for lack of
// space cannot be repeated, so there must be space first.
void EmbeddedStore::try_resume() {
  if (!has_space()) return;
  const rocksdb::Status status = db_->Resume();
  if (status.IsBusy())
    return;  // after a full disk RocksDB looks for space every five seconds; this resume completes its own
  if (!status.ok()) {
    log_warn("storage engine cannot resume yet", {{"error", status.ToString()}});
    return;
  }
  errors_->resume();
  log_info("storage engine writes again");
}

std::unique_ptr<Snapshot> EmbeddedStore::snapshot(Timestamp ts) {
  return std::make_unique<EmbeddedSnapshot>(*engine_, ts);
}

std::unique_ptr<Transaction> EmbeddedStore::begin(const TransactionOptions& options, StopToken stop) {
  for (;;) {
    stop.poll();
    try {
      return std::make_unique<EmbeddedTransaction>(*engine_, options);
    } catch (const SqlError& error) {
      // The safepoint has passed the present of a moment ago.
      if (error.code() != ErrorCode::kGcTooEarly || options.start_ts.has_value()) throw;
    }
  }
}

std::unique_ptr<SstWriter> EmbeddedStore::new_sst_writer(const std::string& path, Timestamp version) {
  // The file survives a crash by itself, so the clock must be known to be past its version before it exists.
  engine_->commits.raise_clock_bound(version);
  return open_embedded_sst_writer(*rocksdb_options_, pacer_, path, version);
}

void EmbeddedStore::flush_memtable_above(std::uint64_t bytes) {
  errors_->throw_if_stopped("write out the memtable");
  std::uint64_t memtable_bytes = 0;
  if (!db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &memtable_bytes) || memtable_bytes <= bytes)
    return;
  rocksdb::FlushOptions options;
  options.allow_write_stall = false;
  throw_if_failed(db_->Flush(options), "write out the memtable");
}

void EmbeddedStore::ingest(std::span<const std::string> sst_paths, StopToken stop) {
  stop.poll();
  // The files were made from commits that may not be durable yet, and are durable themselves as soon as they are ingested.
  sync_log();
  flush_memtables(*db_, *errors_, kMemtableKeptBytes, stop);
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;  // file contents stay as they were written
  for (std::size_t first = 0; first < sst_paths.size(); first += kFilesPerIngest) {
    stop.poll();
    SLUICE_STORAGE_CALL("kv.ingest", stop);
    SLUICE_DURABLE_WRITE("kv.ingest");
    errors_->throw_if_stopped("ingest");
    const std::span<const std::string> group =
        sst_paths.subspan(first, std::min(kFilesPerIngest, sst_paths.size() - first));
    if (errors_->has_stopped()) {
      // RocksDB 7.8 keeps a flag for "stopped" over its resume, and then gives ingested files the number 0, one after the other.
      replay_sst_files(*db_, *errors_, *rocksdb_options_, group, stop);
    } else {
      throw_if_failed(db_->IngestExternalFile({group.begin(), group.end()}, options), "ingest");
    }
    engine_->positions.start_epoch();
  }
}

/// Deletes the entries of a range one by one if they are few; false if there are more.
///
/// A range tombstone costs every later read of its memtable, which keeps a sorted copy of all of them; thousands of small dropped
/// indexes must not add up.
bool EmbeddedStore::erase_small_range(const rocksdb::Slice& begin, const rocksdb::Slice& end, StopToken stop) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> entries(db_->NewIterator(options));
  rocksdb::WriteBatch batch;
  std::size_t count = 0;
  for (entries->Seek(begin); entries->Valid(); entries->Next()) {
    if (++count > kSmallRangeEntries) return false;
    if (count % 256 == 0) stop.poll();
    batch.Delete(entries->key());
  }
  throw_if_failed(entries->status(), "read a range that is deleted");
  // After a crash the log would bring these back.
  memtables_->for_each_forgotten({begin.ToString(), end.ToString()},
                                 [&](std::string_view key) { batch.Delete(slice_of(key)); });
  errors_->throw_if_stopped("delete a range");
  if (batch.Count() > 0) throw_if_failed(db_->Write(rocksdb::WriteOptions(), &batch), "delete a range");
  return true;
}

void EmbeddedStore::delete_range(const KeyRange& range, StopToken stop) {
  stop.poll();
  const std::string end = range.end.empty() ? std::string(1, kEngineKeyByte) : range.end;
  if (range.begin >= end) return;
  SLUICE_STORAGE_CALL("kv.delete_range", stop);
  // Files go at once and for good; the commits that made the range unused must be as durable.
  sync_log();
  SLUICE_DURABLE_WRITE("kv.delete_range.files");
  const rocksdb::Slice begin_slice(range.begin);
  const rocksdb::Slice end_slice(end);
  const rocksdb::RangePtr raw_range(&begin_slice, &end_slice);
  throw_if_failed(
      rocksdb::DeleteFilesInRanges(db_.get(), db_->DefaultColumnFamily(), &raw_range, 1, /*include_end=*/false),
      "delete a range");
  stop.poll();
  SLUICE_DURABLE_WRITE("kv.delete_range.rest");
  if (!erase_small_range(begin_slice, end_slice, stop)) {
    errors_->throw_if_stopped("delete a range");
    throw_if_failed(db_->DeleteRange(rocksdb::WriteOptions(), db_->DefaultColumnFamily(), begin_slice, end_slice),
                    "delete a range");
    collector_->schedule_compaction(KeyRange{range.begin, end});
  }
  engine_->positions.start_epoch();
}

RangeStatistics EmbeddedStore::statistics(const KeyRange& range) { return estimate_range(*db_, range); }

std::vector<std::string> EmbeddedStore::split_points(const KeyRange& range, std::size_t parts) {
  return find_split_points(*db_, range, parts);
}

void EmbeddedStore::set_background_write_limit(std::uint64_t bytes_per_second) {
  limiter_->SetBytesPerSecond(bytes_per_second == 0 ? kUnlimitedRate : static_cast<std::int64_t>(bytes_per_second));
  pacer_.set_rate(bytes_per_second);
}

void EmbeddedStore::sync(StopToken stop) {
  stop.poll();
  sync_log();
}

}  // namespace sluice::kv
