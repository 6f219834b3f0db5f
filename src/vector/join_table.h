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
#include "vector/partition_files.h"
#include "vector/row_container.h"

namespace sluice::vector {

/// Which rows that match nothing a JoinTable stores all the same.
enum class UnfindableRows : std::uint8_t { kDropped, kKept };

/// The held side of a join: packed rows, chained by the 64-bit hash of their key.
///
/// A row is *findable* unless the caller says otherwise or its key holds a NULL that equals nothing. Without key columns every findable
/// row is a match of every probe row.
/// A directory entry holds a 48-bit row address and a 16-bit filter: one bit per hash tag that occurs in the chain, so that most
/// misses touch no row (Leis et al., "Morsel-Driven Parallelism", SIGMOD 2014, section 4.2). A chain lists rows in order of arrival.
/// Life: append() chunks; finish(); then probe with JoinProbe. clear() begins anew.
/// Thread-safety: appends by one thread; after finish() const members and mark_matched() from any number of threads.
class JoinTable {
 public:
  /// `types`: of the stored columns. `key_columns`: which of them are the key; `keys[i]` says how key_columns[i] compares.
  /// `unfindable`: kKept for joins that return held rows without a match, or that look at NULL keys.
  /// `tracker` may be null. It is charged for the directory from the first row on, so that finish() is no surprise.
  JoinTable(std::vector<types::PhysicalType> types, std::vector<std::size_t> key_columns, std::vector<KeyColumn> keys,
            UnfindableRows unfindable, MemoryTracker* tracker);
  JoinTable(JoinTable&&) noexcept = default;

  /// Stores the active rows of `chunk`, whose columns are the stored ones. `findable[row]` (by row number) false: the row matches
  /// nothing; null: all can match.
  void append(const Chunk& chunk, const std::vector<bool>* findable = nullptr);
  /// Takes over the rows of a table of the same shape that is not finished (another task's part).
  void absorb(JoinTable&& other);
  /// Builds the directory. Polls every few thousand rows.
  void finish(StopToken stop);
  /// Forgets all rows; the table can be filled again.
  void clear() noexcept;

  /// The types of a row on disk: the stored columns and its hash, which is NULL for rows that are not findable.
  std::vector<types::PhysicalType> spilled_types() const;
  /// Moves all rows to `files`, at `level`, or all to partition 0 if `level` is kUndivided. Before finish() only.
  /// Throws: SqlError 1021, 1026; Stopped; then rows may be in both.
  static constexpr std::size_t kUndivided = SIZE_MAX;
  void spill(PartitionFiles& files, std::size_t level, StopToken stop);
  /// Stores rows that spill() wrote.
  void append_spilled(const Chunk& chunk);

  std::size_t row_count() const noexcept { return rows_.row_count(); }
  const RowContainer& rows() const noexcept { return rows_; }
  std::span<const KeyColumn> keys() const noexcept { return keys_; }
  /// After finish(): the rows whose key holds a NULL that equals nothing and that could match else (asked by NOT IN).
  std::span<const std::byte* const> null_key_rows() const noexcept { return null_key_rows_; }
  /// Whether the row is one that the caller of append() did not rule out.
  bool may_match(const std::byte* row) const noexcept { return tail(row).state != RowState::kRuledOut; }

  /// Marks for joins that return rows of the held side.
  void mark_matched(const std::byte* row) const noexcept;
  bool is_matched(const std::byte* row) const noexcept;

  std::int64_t memory_bytes() const noexcept { return rows_.memory_bytes() + directory_reservation_.bytes(); }

 private:
  friend class JoinProbe;

  enum class RowState : std::uint32_t { kFindable, kNullKey, kRuledOut };
  struct RowTail {  // the extra bytes of a stored row
    std::byte* next;
    std::uint64_t hash;
    RowState state;
    std::uint32_t matched;
  };

  RowTail& tail(const std::byte* row) const noexcept {
    return *reinterpret_cast<RowTail*>(const_cast<std::byte*>(row) + tail_offset_);
  }
  void account();

  std::vector<std::size_t> key_columns_;
  std::vector<KeyColumn> keys_;
  UnfindableRows unfindable_;
  RowContainer rows_;
  std::size_t tail_offset_;
  bool has_null_key_ = false;
  bool finished_ = false;
  std::vector<std::uint64_t> directory_;
  std::size_t directory_shift_ = 0;  // hash >> shift is the entry
  std::vector<const std::byte*> null_key_rows_;
  MemoryReservation directory_reservation_;
};

/// How many matches of a probe row are asked for.
enum class Matches : std::uint8_t { kAll, kFirst };

/// Looks up one chunk after the other in finished JoinTables. Thread-safety: one thread.
class JoinProbe {
 public:
  /// Starts with `rows` of the key columns `keys`, which stay alive and unchanged until the last next(), as does `table`.
  void begin(const JoinTable& table, std::span<const ColumnVector* const> keys, ActiveRows rows,
             Matches matches = Matches::kAll);

  /// Fills up to `limit` pairs of (probe row, stored row), ascending by probe row; false when no pair is left.
  bool next(std::size_t limit, std::vector<std::uint16_t>& probe_rows, std::vector<const std::byte*>& stored_rows);

  /// Gives up the further matches of the last pair's probe row.
  void skip_row() noexcept { skips_ = true; }

 private:
  const JoinTable* table_ = nullptr;
  Matches matches_ = Matches::kAll;
  std::vector<const ColumnVector*> keys_;
  std::vector<std::uint16_t> rows_;
  std::vector<std::uint64_t> hashes_;
  std::vector<const std::byte*> heads_;
  std::size_t position_ = 0;
  const std::byte* chain_ = nullptr;
  bool skips_ = false;
};

}  // namespace sluice::vector
