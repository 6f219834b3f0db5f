#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/key_range.h"

namespace rocksdb {
class Allocator;
class MemTableRep;
class MemTableRepFactory;
}  // namespace rocksdb

namespace sluice::kv {

class GcState;
class VersionMemTable;

/// Memtables that forget versions which nobody can read any more.
///
/// A skip list of internal keys as RocksDB's own (Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees", 1990), for one writer and
/// any number of readers that take no lock. What it adds: after a version of a key is inserted, the key's newest version at or below the
/// safepoint of `state` stays and the versions older than that one are unlinked, so a row that is written a thousand times costs a scan about one
/// step and not a thousand. That is what a compaction would drop too (gc_filter.h), only earlier.
///
/// Unlinking keeps the links of the unlinked entry, and its memory lives as long as the memtable: a reader that stands on it goes on to entries that
/// are still linked. It may miss an entry inserted meanwhile, which RocksDB numbered above what the reader sees.
///
/// The database must use the bytewise comparator, versioned keys (mvcc_key.h), one writer at a time (allow_concurrent_memtable_write off) and
/// no check of the number of flushed entries (flush_verify_memtable_count off).
///
/// The log keeps what a memtable has forgotten until the memtable is written out. Who deletes versions one by one in RocksDB must therefore delete
/// the forgotten ones as well (for_each_forgotten), or write the memtables out first; else a crash brings those back alone.
///
/// Ownership: shared by the store and RocksDB's options; outlives the memtables. Thread-safety: any thread.
class VersionMemTables {
 public:
  explicit VersionMemTables(std::shared_ptr<const GcState> state) : state_(std::move(state)) {}

  /// Calls `visit` with the RocksDB key of each forgotten version in `range` (of RocksDB keys) of all memtables that are not yet gone.
  void for_each_forgotten(const KeyRange& range, const std::function<void(std::string_view)>& visit) const
      SLUICE_EXCLUDES(mutex_);

  /// A new memtable whose entries `allocator` holds.
  std::unique_ptr<rocksdb::MemTableRep> make(rocksdb::Allocator* allocator) SLUICE_EXCLUDES(mutex_);

 private:
  friend class VersionMemTable;
  void remove(const VersionMemTable& table) noexcept SLUICE_EXCLUDES(mutex_);

  const std::shared_ptr<const GcState> state_;
  mutable Mutex mutex_;
  std::vector<const VersionMemTable*> tables_ SLUICE_GUARDED_BY(mutex_);
};

std::shared_ptr<rocksdb::MemTableRepFactory> make_version_memtable_factory(std::shared_ptr<VersionMemTables> tables);

}  // namespace sluice::kv
