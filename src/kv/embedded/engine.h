#pragma once

#include "kv/embedded/commit_queue.h"
#include "kv/embedded/lock_table.h"
#include "kv/embedded/read_position.h"
#include "kv/embedded/safepoint_advance.h"
#include "kv/embedded/snapshot_registry.h"
#include "kv/embedded/timestamp_oracle.h"

namespace rocksdb {
class DB;
}

namespace sluice::kv {

/// The parts of an open store that snapshots and transactions work with. Owned by EmbeddedStore, outlives both.
struct Engine {
  Engine(rocksdb::DB& database, Timestamp last_timestamp, Timestamp first_safepoint, std::shared_ptr<GcState> gc_state,
         const SafepointPace& pace, Durability durability, const ErrorState& errors, BulkCommit& bulk)
      : db(database),
        oracle(last_timestamp),
        readers(first_safepoint),
        safepoint(readers, std::move(gc_state), pace),
        positions(database, oracle),
        commits(database, oracle, safepoint, errors, bulk, durability) {}

  rocksdb::DB& db;
  TimestampOracle oracle;
  SnapshotRegistry readers;
  SafepointAdvance safepoint;
  LockTable locks;
  ReadPositionPool positions;
  CommitQueue commits;
};

}  // namespace sluice::kv
