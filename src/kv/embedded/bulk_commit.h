#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "kv/embedded/write_pacer.h"
#include "kv/timestamp.h"

namespace rocksdb {
class DB;
struct Options;
}  // namespace rocksdb

namespace sluice::kv {

class ErrorState;
class WriteBuffer;

/// Commits a large transaction as sorted files that RocksDB takes in at one stroke, instead of a batch through the log and a memtable. The
/// files are written key by key, so that a stop ends even the commit of millions of rows at once, and nothing of it is in memory twice.
///
/// Thread-safety: any thread; commit() from the leader of the commit queue only. Borrows its arguments.
class BulkCommit {
 public:
  /// `options`: the store's. `directory` holds the files until they are taken in, and is made when it is needed; what a crash left there is removed. `least_bytes`: of
  /// keys and values, from which on a transaction is large.
  /// Throws: SqlError if the directory cannot be emptied.
  BulkCommit(rocksdb::DB& db, const rocksdb::Options& options, const ErrorState& errors, std::string directory,
             std::int64_t least_bytes);

  /// Whether `writes` is to be committed here. Never once RocksDB has stopped and resumed: from then on it does not ingest rightly
  /// (see sst_replay.h).
  bool takes(const WriteBuffer& writes) const noexcept;

  /// Writes the memtable out, so that an ingest has not to while commits wait, and waits while RocksDB is behind with its compactions.
  /// Throws: Stopped; SqlError.
  void prepare(StopToken stop);

  /// The files with the newest write of every key of `writes` at `commit_ts`. They are removed with this, unless they were ingested.
  class Files {
   public:
    Files(BulkCommit& owner, const WriteBuffer& writes, Timestamp commit_ts, StopToken stop);
    ~Files();
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    /// Takes all of them in, or none; durable on return. Throws: SqlError.
    void ingest();

   private:
    void remove() noexcept;

    BulkCommit& owner_;
    std::vector<std::string> paths_;
  };

 private:
  std::string next_path();  // Throws: SqlError if the directory cannot be made.

  rocksdb::DB& db_;
  const rocksdb::Options& options_;
  const ErrorState& errors_;
  const std::string directory_;
  const std::int64_t least_bytes_;
  WritePacer pacer_{0};  // a client waits: no limit
  std::atomic<std::uint64_t> next_file_{1};
};

}  // namespace sluice::kv
