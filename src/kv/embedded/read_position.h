#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/timestamp.h"

namespace rocksdb {
class DB;
class Iterator;
}  // namespace rocksdb

namespace sluice::kv {

class TimestampOracle;

enum class PositionKind : std::uint8_t {
  kPoint,  // seeks one key with its bloom filter; goes invalid behind that key
  kScan,   // total order
};

/// RocksDB iterators kept for reuse, because making one costs more than the seek it is made for.
///
/// An iterator shows what RocksDB held when it was made or last refreshed. It serves a read at T if no commit at or below T came after that:
/// it has seen the group published() at its refresh, so it fits any T up to that timestamp, and any T at all while nothing more was published.
/// Thread-safety: any thread. Borrows the database and the oracle.
class ReadPositionPool {
 private:
  struct Slot {
    std::unique_ptr<rocksdb::Iterator> iterator;
    Timestamp published = 0;
    std::uint64_t epoch = 0;
    std::int64_t refreshed_ns = 0;
  };

 public:
  ReadPositionPool(rocksdb::DB& db, const TimestampOracle& oracle);
  ~ReadPositionPool();

  /// A loan of one iterator, given back by the destructor (or dropped, if it has failed).
  class Loan {
   public:
    Loan(Loan&& other) noexcept;
    ~Loan();
    rocksdb::Iterator& iterator() const noexcept { return *slot_.iterator; }

   private:
    friend class ReadPositionPool;
    Loan(ReadPositionPool& pool, PositionKind kind, Slot slot) noexcept;
    ReadPositionPool* pool_;
    PositionKind kind_;
    Slot slot_;
  };

  /// An iterator, at no position, that shows every version at or below `ts`.
  Loan acquire(PositionKind kind, Timestamp ts);

  /// Call after RocksDB was changed by other means than a commit group: no iterator of before is lent again unrefreshed.
  void start_epoch() noexcept { epoch_.fetch_add(1); }

  /// Frees idle iterators that were not refreshed for `age_ns`; they pin memtables and files.
  void drop_idle(std::int64_t age_ns);

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kIdlePerShard = 4;
  struct alignas(64) Shard {
    Mutex mutex;
    std::array<std::vector<Slot>, 2> idle SLUICE_GUARDED_BY(mutex);  // by kind
  };

  void refresh(Slot& slot, PositionKind kind);
  void give_back(PositionKind kind, Slot slot) noexcept;

  rocksdb::DB& db_;
  const TimestampOracle& oracle_;
  std::atomic<std::uint64_t> epoch_{1};
  std::array<Shard, kShards> shards_;
};

}  // namespace sluice::kv
