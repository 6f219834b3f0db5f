#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/memory_tracker.h"
#include "base/stop_token.h"
#include "vector/key.h"
#include "vector/row_container.h"

namespace sluice::vector {

/// The build side of a hash join: packed rows, chained by the 64-bit hash of their key.
///
/// A directory entry holds a 48-bit row address and a 16-bit filter: one bit per hash tag that occurs in the chain, so that most
/// misses touch no row (Leis et al., "Morsel-Driven Parallelism", SIGMOD 2014, section 4.2).
/// Life: append() chunks; finish(); then probe with JoinProbe.
/// Thread-safety: appends by one thread; after finish() const members and mark_matched() from any number of threads.
class JoinTable {
 public:
  /// `types`: of the stored columns. `key_columns`: which of them are the key; `keys[i]` says how key_columns[i] compares.
  /// `tracker` may be null.
  JoinTable(std::vector<types::PhysicalType> types, std::vector<std::size_t> key_columns, std::vector<KeyColumn> keys,
            MemoryTracker* tracker);

  /// Stores the active rows of `chunk`, whose columns are the stored ones. Rows whose key holds a NULL that equals nothing are stored
  /// too (an outer join returns them), but never match.
  void append(const Chunk& chunk);
  /// Takes over the rows of a table of the same shape that is not finished (another task's part).
  void absorb(JoinTable&& other);

  /// Builds the directory. Polls every few thousand rows.
  void finish(StopToken stop);

  std::size_t row_count() const noexcept { return rows_.row_count(); }
  const RowContainer& rows() const noexcept { return rows_; }
  std::span<const KeyColumn> keys() const noexcept { return keys_; }
  /// Whether a stored row's key holds a NULL that equals nothing (asked by NOT IN).
  bool has_null_key() const noexcept { return has_null_key_; }

  /// Marks for outer, semi and anti joins that return rows of the build side.
  void mark_matched(const std::byte* row) const noexcept;
  bool is_matched(const std::byte* row) const noexcept;

  std::int64_t memory_bytes() const noexcept { return rows_.memory_bytes() + directory_reservation_.bytes(); }

 private:
  friend class JoinProbe;

  struct RowTail {  // the extra bytes of a stored row
    std::byte* next;
    std::uint64_t hash;
    std::uint64_t linked;  // 0 while the key holds a NULL that equals nothing
    std::uint64_t matched;
  };

  RowTail& tail(const std::byte* row) const noexcept {
    return *reinterpret_cast<RowTail*>(const_cast<std::byte*>(row) + tail_offset_);
  }

  std::vector<std::size_t> key_columns_;
  std::vector<KeyColumn> keys_;
  RowContainer rows_;
  std::size_t tail_offset_;
  bool has_null_key_ = false;
  bool finished_ = false;
  std::vector<std::uint64_t> directory_;
  std::size_t directory_shift_ = 0;  // hash >> shift is the entry
  MemoryReservation directory_reservation_;
};

/// Looks up one chunk after the other in a finished JoinTable. One per task; the table must outlive it.
class JoinProbe {
 public:
  explicit JoinProbe(const JoinTable& table) : table_(table) {}

  /// Starts with `rows` of the key columns `keys`, which stay alive and unchanged until the last next().
  void begin(std::span<const ColumnVector* const> keys, ActiveRows rows);

  /// Fills up to `limit` pairs of (probe row, stored row), ascending by probe row; false when no pair is left.
  bool next(std::size_t limit, std::vector<std::uint16_t>& probe_rows, std::vector<const std::byte*>& stored_rows);

 private:
  const JoinTable& table_;
  std::vector<const ColumnVector*> keys_;
  std::vector<std::uint16_t> rows_;
  std::vector<std::uint64_t> hashes_;
  std::vector<const std::byte*> heads_;
  std::size_t position_ = 0;
  const std::byte* chain_ = nullptr;
};

}  // namespace sluice::vector
