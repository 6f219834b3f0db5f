#pragma once

#include "kv/embedded/commit_queue.h"
#include "kv/embedded/lock_table.h"
#include "kv/embedded/read_position.h"
#include "kv/embedded/snapshot_registry.h"
#include "kv/embedded/timestamp_oracle.h"

namespace rocksdb {
class DB;
}

namespace sluice::kv {

/// The parts of an open store that snapshots and transactions work with. Owned by EmbeddedStore, outlives both.
struct Engine {
  Engine(rocksdb::DB& database, Timestamp last_timestamp, Timestamp safepoint, Durability durability,
         const ErrorState& errors)
      : db(database),
        oracle(last_timestamp),
        readers(safepoint),
        positions(database, oracle),
        commits(database, oracle, errors, durability) {}

  rocksdb::DB& db;
  TimestampOracle oracle;
  SnapshotRegistry readers;
  LockTable locks;
  ReadPositionPool positions;
  CommitQueue commits;
};

}  // namespace sluice::kv
