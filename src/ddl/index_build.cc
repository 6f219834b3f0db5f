#include "ddl/index_build.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/clock.h"
#include "base/directory.h"
#include "base/failpoint.h"
#include "base/sql_error.h"
#include "base/task_scope.h"
#include "codec/bytes.h"
#include "codec/table_key.h"
#include "ddl/duplicate_entry.h"
#include "ddl/job_store.h"
#include "ingest/run_merge.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

constexpr std::int64_t kCheckpointElement = 0;
constexpr std::size_t kRangesPerWorker = 16;
constexpr int kMostWorkers = 16;
constexpr std::size_t kScanBatchRows = 1024;
constexpr std::size_t kEntriesPerPoll = 512;
// Small files: finishing one syncs it, and a cancel waits for that.
constexpr std::uint64_t kSstBytes = std::uint64_t{16} << 20;
constexpr std::size_t kFilesPerIngest = 4;
constexpr std::chrono::milliseconds kIdlePause{50};

int worker_count(const LiveSettings& settings) {
  return std::clamp(settings.worker_count.load(std::memory_order_relaxed), 1, kMostWorkers);
}

kv::KeyRange record_range(std::int64_t table_id) {
  std::string begin = codec::record_prefix(table_id);
  std::string end = codec::next_after_prefix(begin);
  return {std::move(begin), std::move(end)};
}

}  // namespace

struct IndexBuild::ScanTasks {
  std::vector<kv::KeyRange> ranges;
  std::atomic<std::size_t> next{0};
};

IndexBuild::IndexBuild(const ReorganizationContext& context, std::vector<const catalog::IndexInfo*> indexes,
                       std::uint64_t version)
    : context_(context),
      indexes_([&] {
        std::sort(indexes.begin(), indexes.end(),
                  [](const catalog::IndexInfo* a, const catalog::IndexInfo* b) { return a->id < b->id; });
        return std::move(indexes);
      }()),
      version_(version),
      directory_(context.environment.temp_path + "/" + std::to_string(context.job.id)),
      memory_("ddl job " + std::to_string(context.job.id), context.environment.memory),
      pacer_(context.settings.max_write_speed) {
  SLUICE_CHECK(!indexes_.empty() && indexes_.size() < 256, "{} indexes in one build", indexes_.size());
  for (const catalog::IndexInfo* index : indexes_) encoders_.emplace_back(context.table, *index);
}

std::size_t IndexBuild::buffer_capacity() const {
  return static_cast<std::size_t>(context_.environment.limits.sort_memory_bytes.load()) /
         static_cast<std::size_t>(worker_count(context_.settings));
}

std::string IndexBuild::new_path(const char* stem) {
  MutexLock lock(mutex_);
  return directory_ + "/" + stem + "-" + std::to_string(next_file_++);
}

std::string IndexBuild::full_key(std::string_view key) const {
  std::string full = encoders_[static_cast<unsigned char>(key.front())].prefix();
  full.append(key.substr(1));
  return full;
}

// ---- checkpoint ----

void IndexBuild::load_checkpoint(StopToken stop) {
  std::error_code failed;
  std::filesystem::create_directories(directory_, failed);
  if (failed) throw SqlError(ErrorCode::kCantCreateFile, directory_, failed.value(), failed.message());
  std::optional<std::string> stored =
      read_checkpoint(context_.environment.store, context_.job.id, kCheckpointElement, stop);
  BuildCheckpoint found;
  if (stored.has_value()) found = BuildCheckpoint::parse(*stored);
  bool usable = stored.has_value() && found.version == version_;
  for (const std::string& name : found.run_files) usable = usable && std::filesystem::exists(directory_ + "/" + name);
  std::uint64_t next_file = 0;
  if (!usable) {
    found = BuildCheckpoint{};
    found.version = version_;
  }
  for (const std::string& name : found.run_files) {
    runs_.push_back(ingest::RunFile::open(directory_ + "/" + name));
    const std::size_t dash = name.rfind('-');
    next_file = std::max<std::uint64_t>(next_file, std::stoull(name.substr(dash + 1)) + 1);
  }
  // Files that no checkpoint names were being written when the process ended.
  for (const std::string& name : names_in_directory(directory_, failed)) {
    if (std::find(found.run_files.begin(), found.run_files.end(), name) == found.run_files.end())
      remove_tree(directory_ + "/" + name);
  }
  if (failed) throw SqlError(ErrorCode::kErrorOnRead, directory_, failed.value(), failed.message());
  context_.progress.rows_scanned.store(found.rows_scanned);
  MutexLock lock(mutex_);
  next_file_ = next_file;
  checkpoint_ = std::move(found);
}

void IndexBuild::save_checkpoint(StopToken stop) {
  std::unique_ptr<kv::Transaction> transaction = context_.environment.store.begin({}, stop);
  // The state is taken under the row's lock, so that an older one never overwrites a newer one.
  lock_checkpoint(*transaction, context_.job.id, kCheckpointElement, stop);
  std::string document;
  {
    MutexLock lock(mutex_);
    document = checkpoint_.to_stored();
  }
  put_checkpoint(*transaction, context_.job.id, kCheckpointElement, document, stop);
  transaction->set_durability(kv::CommitDurability::kDeferred);
  transaction->commit(stop);
}

// ---- scan ----

void IndexBuild::scan(StopToken stop) {
  kv::Store& store = context_.environment.store;
  const kv::KeyRange whole = record_range(context_.table.id);
  context_.progress.rows_expected.store(static_cast<std::int64_t>(store.statistics(whole).approximate_rows));
  ScanTasks tasks;
  std::vector<kv::KeyRange> remaining;
  {
    MutexLock lock(mutex_);
    remaining = subtract(whole, checkpoint_.scanned);
  }
  const auto parts = static_cast<std::size_t>(worker_count(context_.settings)) * kRangesPerWorker;
  for (const kv::KeyRange& range : remaining) {
    std::string begin = range.begin;
    for (std::string& cut : store.split_points(range, parts)) {
      tasks.ranges.push_back({begin, cut});
      begin = std::move(cut);
    }
    tasks.ranges.push_back({std::move(begin), range.end});
  }
  context_.progress.stage.store(JobStage::kScanning);
  TaskScope scope("index build scan", stop);
  // Idle workers cost nothing and let the count grow while the job runs; no more than there are ranges.
  const int most = static_cast<int>(std::min<std::size_t>(kMostWorkers, tasks.ranges.size()));
  for (int number = 0; number < most; ++number) {
    scope.spawn("scan " + std::to_string(number),
                [this, number, &tasks](StopToken task_stop) { scan_worker(number, tasks, task_stop); });
  }
  scope.join();
  context_.progress.rows_expected.store(std::max<std::int64_t>(context_.progress.rows_scanned.load(), 1));
}

void IndexBuild::scan_worker(int number, ScanTasks& tasks, StopToken stop) {
  std::optional<ingest::EntryBuffer> buffer;
  std::vector<kv::KeyRange> covered;
  for (;;) {
    while (number >= worker_count(context_.settings)) {
      if (tasks.next.load() >= tasks.ranges.size()) break;
      clock().sleep(kIdlePause, stop);
    }
    const std::size_t task = tasks.next.fetch_add(1);
    if (task >= tasks.ranges.size()) break;
    if (!buffer.has_value()) buffer.emplace(buffer_capacity(), &memory_);
    scan_range(tasks.ranges[task], *buffer, covered, stop);
  }
  if (!buffer.has_value() || buffer->empty()) return;
  context_.progress.stage.store(JobStage::kSorting);
  SLUICE_FAILPOINT("ddl.index_build.sort", stop);
  buffer->sort(stop);
  MutexLock lock(mutex_);
  buffers_.push_back(*std::move(buffer));
}

void IndexBuild::scan_range(const kv::KeyRange& range, ingest::EntryBuffer& buffer, std::vector<kv::KeyRange>& covered,
                            StopToken stop) {
  std::unique_ptr<kv::Snapshot> snapshot = context_.environment.store.snapshot(version_);
  kv::CursorOptions options;
  options.batch_rows = kScanBatchRows;
  options.fill_cache = false;
  options.low_priority = true;
  std::unique_ptr<kv::Cursor> cursor = snapshot->cursor(range, options);
  std::string key;
  std::string value;
  std::string begin = range.begin;
  const bool has_int_handles = !context_.table.is_common_handle;
  for (auto batch = cursor->next_batch(stop); !batch.empty(); batch = cursor->next_batch(stop)) {
    SLUICE_FAILPOINT("ddl.index_build.scan", stop);
    for (const kv::KeyValue& row : batch) {
      codec::Handle handle;
      std::int64_t number = 0;
      if (has_int_handles) {
        SLUICE_CHECK(codec::decode_int_handle(row.key, number), "a record key of table {} is malformed",
                     context_.table.name.original);
        handle = codec::Handle(number);
      } else {
        SLUICE_CHECK(codec::decode_record_key(row.key, number, handle), "a record key of table {} is malformed",
                     context_.table.name.original);
      }
      for (std::size_t i = 0; i < encoders_.size(); ++i) {
        key.assign(1, static_cast<char>(i));
        value.clear();
        encoders_[i].append_entry(row.value, handle, {}, key, value);
        if (buffer.add(key, value)) continue;
        // This row's range begins anew: entries of it that the run has already are the same again and count once.
        covered.push_back({begin, std::string(row.key)});
        spill(buffer, covered, stop);
        begin = row.key;
        SLUICE_CHECK(buffer.add(key, value), "an entry of {} bytes does not fit into an empty buffer",
                     key.size() + value.size());
      }
    }
    context_.progress.rows_scanned.fetch_add(static_cast<std::int64_t>(batch.size()), std::memory_order_relaxed);
  }
  covered.push_back({std::move(begin), range.end});
}

void IndexBuild::spill(ingest::EntryBuffer& buffer, std::vector<kv::KeyRange>& covered, StopToken stop) {
  context_.progress.stage.store(JobStage::kSorting);
  SLUICE_FAILPOINT("ddl.index_build.sort", stop);
  buffer.sort(stop);
  context_.progress.stage.store(JobStage::kSpilling);
  const std::int64_t spilled =
      context_.progress.bytes_spilled.fetch_add(static_cast<std::int64_t>(buffer.used_bytes())) +
      static_cast<std::int64_t>(buffer.used_bytes());
  if (spilled > context_.environment.limits.disk_quota_bytes.load())
    throw SqlError(ErrorCode::kDiskFull, "tidb_ddl_disk_quota");
  SLUICE_FAILPOINT("ddl.index_build.spill", stop);
  ingest::RunFile run = ingest::RunFile::write(new_path("run"), buffer, &pacer_, stop);
  {
    MutexLock lock(mutex_);
    checkpoint_.run_files.push_back(std::filesystem::path(run.path).filename().string());
    checkpoint_.scanned.insert(checkpoint_.scanned.end(), covered.begin(), covered.end());
    checkpoint_.rows_scanned += static_cast<std::int64_t>(run.entry_count / encoders_.size());
    runs_.push_back(std::move(run));
  }
  covered.clear();
  save_checkpoint(stop);
  buffer.clear();
  context_.progress.stage.store(JobStage::kScanning);
}

// ---- merge ----

void IndexBuild::merge(StopToken stop) {
  std::int64_t entries = 0;
  for (const ingest::EntryBuffer& buffer : buffers_) entries += static_cast<std::int64_t>(buffer.size());
  for (const ingest::RunFile& run : runs_) entries += static_cast<std::int64_t>(run.entry_count);
  context_.progress.entries_expected.store(std::max<std::int64_t>(entries, 1));
  context_.progress.stage.store(JobStage::kMerging);
  std::size_t count = 0;
  bool is_new = false;
  {
    MutexLock lock(mutex_);
    if (checkpoint_.parts.empty()) {
      is_new = true;
      std::string begin;
      for (std::string& cut :
           ingest::choose_splitters(buffers_, runs_, static_cast<std::size_t>(worker_count(context_.settings)))) {
        checkpoint_.parts.push_back({begin, cut, "", false});
        begin = std::move(cut);
      }
      checkpoint_.parts.push_back({std::move(begin), "", "", false});
    }
    count = checkpoint_.parts.size();
  }
  // Without run files a resumed build starts over, so there is nothing to remember before the first ingest.
  if (is_new && !runs_.empty()) save_checkpoint(stop);
  TaskScope scope("index build merge", stop);
  for (std::size_t part = 0; part < count; ++part) {
    scope.spawn("merge " + std::to_string(part), [this, part](StopToken task_stop) { merge_part(part, task_stop); });
  }
  scope.join();
}

void IndexBuild::merge_part(std::size_t number, StopToken stop) {
  BuildCheckpoint::Part part;
  {
    MutexLock lock(mutex_);
    part = checkpoint_.parts[number];
  }
  if (part.is_done) return;
  kv::Store& store = context_.environment.store;
  ingest::RunMerge merge(buffers_, runs_, part.until.empty() ? part.begin : part.until, part.end);
  std::unique_ptr<kv::SstWriter> writer;
  std::vector<std::string> finished;  // files that wait for their ingest
  std::string previous_key;
  std::string previous_value;
  std::string full;
  bool has_previous = false;
  std::int64_t merged = 0;
  auto ingest_finished = [&]() {
    if (finished.empty()) return;
    context_.progress.stage.store(JobStage::kIngesting);
    SLUICE_FAILPOINT("ddl.index_build.ingest", stop);
    store.ingest(finished, stop);
    context_.progress.files_ingested.fetch_add(static_cast<std::int64_t>(finished.size()));
    finished.clear();
    {
      MutexLock lock(mutex_);
      checkpoint_.parts[number].until = previous_key;
    }
    save_checkpoint(stop);
    context_.progress.stage.store(JobStage::kMerging);
  };
  auto finish_file = [&]() {
    if (writer == nullptr) return;
    pacer_.wait_for(static_cast<std::int64_t>(writer->file_bytes()), stop);
    finished.push_back(writer->finish(stop).path);
    writer.reset();
  };
  ingest::EntryBuffer::Entry entry;
  while (merge.next(entry)) {
    if (++merged % static_cast<std::int64_t>(kEntriesPerPoll) == 0) {
      stop.poll();
      context_.progress.entries_merged.fetch_add(static_cast<std::int64_t>(kEntriesPerPoll), std::memory_order_relaxed);
    }
    if (has_previous && entry.key == previous_key) {
      // The same entry twice comes from a range that was scanned again after a crash.
      if (entry.value == previous_value) continue;
      const catalog::IndexInfo& index = *indexes_[static_cast<unsigned char>(entry.key.front())];
      std::unique_ptr<kv::Snapshot> snapshot = store.snapshot(version_);
      throw duplicate_entry(context_.table, index, full_key(entry.key), entry.value, *snapshot, stop);
    }
    previous_key.assign(entry.key);
    previous_value.assign(entry.value);
    has_previous = true;
    if (!part.until.empty() && entry.key <= part.until) continue;
    if (writer == nullptr) {
      SLUICE_FAILPOINT("ddl.index_build.merge", stop);
      writer = store.new_sst_writer(new_path("sst"), version_);
    }
    full.assign(encoders_[static_cast<unsigned char>(entry.key.front())].prefix());
    full.append(entry.key.substr(1));
    writer->add(full, entry.value, stop);
    if (merged % static_cast<std::int64_t>(kEntriesPerPoll) == 0 && writer->file_bytes() >= kSstBytes) {
      finish_file();
      if (finished.size() >= kFilesPerIngest) ingest_finished();
    }
  }
  context_.progress.entries_merged.fetch_add(merged % static_cast<std::int64_t>(kEntriesPerPoll),
                                             std::memory_order_relaxed);
  finish_file();
  ingest_finished();
  MutexLock lock(mutex_);
  checkpoint_.parts[number].is_done = true;
}

void IndexBuild::run(StopToken stop) {
  if (context_.progress.started_ns.load() == 0) context_.progress.started_ns.store(clock().now_ns());
  load_checkpoint(stop);
  scan(stop);
  merge(stop);
}

}  // namespace sluice::ddl
