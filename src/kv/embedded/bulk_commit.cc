#include "kv/embedded/bulk_commit.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/metrics.h"
#include "codec/table_key.h"
#include "kv/embedded/embedded_sst_writer.h"
#include "kv/embedded/error_state.h"
#include "kv/embedded/memtable_flush.h"
#include "kv/embedded/rocksdb_status.h"
#include "kv/embedded/write_buffer.h"

namespace sluice::kv {
namespace {

constexpr std::uint64_t kFileBytes = 64 << 20;
constexpr std::size_t kNodesPerPoll = 1024;
/// A file ends where the keys leave a table's rows or its indexes, so that rows with new handles go down to a level without others at once, and
/// only the entries of indexes are merged with those that are there. All keys of either begin alike: the table's prefix, and "_r" or "_i".
constexpr std::size_t kSharedBytes = codec::kTablePrefixBytes + 2;
constexpr std::uint64_t kCutBytes = 4 << 20;
/// Less in the memtable is written out within the ingest, if keys of it lie among those of the files.
constexpr std::uint64_t kMemtableKeptBytes = 4 << 20;

Counter bulk_commits_total{"sluice_kv_bulk_commits_total", "Large transactions that were committed as sorted files"};

}  // namespace

BulkCommit::BulkCommit(rocksdb::DB& db, const rocksdb::Options& options, const ErrorState& errors,
                       std::string directory, std::int64_t least_bytes)
    : db_(db), options_(options), errors_(errors), directory_(std::move(directory)), least_bytes_(least_bytes) {
  rocksdb::Env& env = *options_.env;
  std::vector<std::string> names;
  if (!env.GetChildren(directory_, &names).ok()) return;  // there is none yet
  for (const std::string& name : names) {
    if (name.ends_with(".sst")) throw_if_failed(env.DeleteFile(directory_ + "/" + name), "remove " + name);
  }
}

bool BulkCommit::takes(const WriteBuffer& writes) const noexcept {
  return writes.data_bytes() >= least_bytes_ && writes.key_count() > 0 && !errors_.has_stopped();
}

void BulkCommit::prepare(StopToken stop) {
  flush_memtables(db_, errors_, kMemtableKeptBytes, stop);
  // An ingest does not wait for compactions, as a batch would.
  constexpr std::chrono::milliseconds kLevelPoll{5};
  const auto trigger = static_cast<std::uint64_t>(options_.level0_slowdown_writes_trigger);
  std::string files;
  while (db_.GetProperty(rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files) &&
         std::stoull(files) >= trigger) {
    errors_.throw_if_stopped("commit");
    clock().sleep(kLevelPoll, stop);
  }
}

std::string BulkCommit::next_path() {
  throw_if_failed(options_.env->CreateDirIfMissing(directory_), "create directory " + directory_);
  return directory_ + "/" + std::to_string(next_file_.fetch_add(1)) + ".sst";
}

BulkCommit::Files::Files(BulkCommit& owner, const WriteBuffer& writes, Timestamp commit_ts, StopToken stop)
    : owner_(owner) {
  try {
    std::unique_ptr<VersionWriter> writer;
    std::string_view last_key;
    std::size_t nodes = 0;
    for (const WriteBuffer::Node* node = writes.first(); node != nullptr; node = WriteBuffer::next(node)) {
      if (++nodes % kNodesPerPoll == 0) stop.poll();
      if (node->newest == nullptr) continue;
      if (writer != nullptr && writer->file_bytes() >= kCutBytes &&
          !node->key.starts_with(last_key.substr(0, kSharedBytes))) {
        writer->finish(stop);
        writer.reset();
      }
      last_key = node->key;
      if (writer == nullptr) {
        paths_.push_back(owner_.next_path());
        writer = open_embedded_sst_writer(owner_.options_, owner_.pacer_, paths_.back(), commit_ts);
      }
      if (node->newest->is_put) {
        writer->add(node->key, node->newest->value, stop);
      } else {
        writer->add_deletion(node->key, stop);
      }
      if (writer->file_bytes() < kFileBytes) continue;
      writer->finish(stop);
      writer.reset();
    }
    if (writer != nullptr) writer->finish(stop);
  } catch (...) {
    remove();
    throw;
  }
}

BulkCommit::Files::~Files() { remove(); }

void BulkCommit::Files::remove() noexcept {
  // Of an unfinished file its writer takes care; then it is gone, which is as good.
  for (const std::string& path : paths_) owner_.options_.env->DeleteFile(path).PermitUncheckedError();
  paths_.clear();
}

void BulkCommit::Files::ingest() {
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;  // file contents stay as they were written
  owner_.errors_.throw_if_stopped("commit");
  throw_if_failed(owner_.db_.IngestExternalFile(paths_, options), "commit");
  paths_.clear();
  bulk_commits_total.add();
}

}  // namespace sluice::kv
