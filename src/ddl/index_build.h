#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/memory_tracker.h"
#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "catalog/index_encoder.h"
#include "ddl/build_checkpoint.h"
#include "ddl/reorganization.h"
#include "ingest/entry_buffer.h"
#include "ingest/run_file.h"
#include "ingest/write_pacer.h"

namespace sluice::ddl {

/// Builds the entries of new indexes from the rows at one version: scan -> encode -> sort -> (spill) -> merge -> SST -> ingest.
/// One pass over the table for all indexes. Made for one run; resumes from the job's checkpoint.
///
/// Entries in buffers and runs: one byte, the number of the index | the entry's key without its index prefix.
/// Threads: `worker_count` scan side by side, each into a buffer of its own; the merge is cut into as many parts of the key
/// space. What they share is guarded by mutex_.
class IndexBuild {
 public:
  /// `indexes`: in `context.table`, at least one. The safepoint is held at `version` by the caller for the build's life.
  IndexBuild(const ReorganizationContext& context, std::vector<const catalog::IndexInfo*> indexes,
             std::uint64_t version);

  /// Throws: Stopped (the checkpoint and run files stay); 1062 with value and key; 1021; storage errors.
  void run(StopToken stop);

 private:
  struct ScanTasks;

  void load_checkpoint(StopToken stop);
  void save_checkpoint(StopToken stop);
  void scan(StopToken stop);
  void scan_worker(int number, ScanTasks& tasks, StopToken stop);
  void scan_range(const kv::KeyRange& range, ingest::EntryBuffer& buffer, std::vector<kv::KeyRange>& covered,
                  StopToken stop);
  void spill(ingest::EntryBuffer& buffer, std::vector<kv::KeyRange>& covered, StopToken stop);
  void merge(StopToken stop);
  void merge_part(std::size_t part, StopToken stop);
  std::string full_key(std::string_view key) const;
  std::string new_path(const char* stem);
  std::size_t buffer_capacity() const;

  const ReorganizationContext& context_;
  const std::vector<const catalog::IndexInfo*> indexes_;  // by id, ascending
  const std::uint64_t version_;
  const std::string directory_;
  std::vector<catalog::IndexEncoder> encoders_;
  MemoryTracker memory_;
  ingest::WritePacer pacer_;

  Mutex mutex_;
  BuildCheckpoint checkpoint_ SLUICE_GUARDED_BY(mutex_);
  std::uint64_t next_file_ SLUICE_GUARDED_BY(mutex_) = 0;
  // Written by the scan, read by the merge after it.
  std::vector<ingest::EntryBuffer> buffers_;
  std::vector<ingest::RunFile> runs_;
};

}  // namespace sluice::ddl
