/// The hash table of a join over its held rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/memory_tracker.h"
#include "executor/key_encoder.h"
#include "executor/row_list.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Held rows, findable by their join keys. Filled by add(), made findable by build(), then read by any number of threads.
///
/// Rows with a NULL in a key that is not null-safe are held but never found; those that fail `conditions` likewise.
/// Memory: rows and keys are charged to the tracker.
class JoinTable {
 public:
  /// `positions`: of the key columns in the held rows; `null_safe[i]` whether NULL equals NULL in key i. May be empty: then every
  /// row that is findable at all is a candidate of every probe row.
  JoinTable(std::vector<types::PhysicalType> types, std::vector<KeyColumn> keys, std::vector<int> positions, std::vector<bool> null_safe,
            MemoryTracker& memory);

  /// Takes the active rows of `chunk`; `findable[row]` says whether the row can match at all (null: all can).
  void add(const vector::Chunk& chunk, const std::vector<bool>* findable);
  /// Takes over the rows of another table with the same columns and keys.
  void splice(JoinTable&& other);
  /// Makes the directory. Polls.
  void build(StopToken stop);

  const RowList& rows() const noexcept { return rows_; }
  bool has_keys() const noexcept { return !positions_.empty(); }
  /// Rows whose (only) key is NULL: for null-aware joins.
  std::span<const RowRef> null_key_rows() const noexcept { return null_key_rows_; }
  /// All findable rows, for tables without keys.
  std::span<const RowRef> all_rows() const noexcept { return all_rows_; }

  /// Encodes the probe row's key. False if a NULL keeps it from matching.
  bool probe_key(const vector::Chunk& probe, std::span<const int> positions, std::size_t row, std::string& key) const;

  /// Calls `visit(RowRef)` for the rows whose key equals `key` until it returns true.
  template <class Visit>
  void for_each_match(std::string_view key, Visit&& visit) const {
    if (directory_.empty()) return;
    const std::uint64_t hash = hash_of(key);
    for (std::uint32_t index = directory_[hash & (directory_.size() - 1)]; index != kNone; index = entries_[index].next) {
      const Entry& entry = entries_[index];
      if (entry.hash == hash && entry.key == key && visit(entry.row)) return;
    }
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Entry {
    std::uint64_t hash;
    std::string_view key;   // in keys_
    RowRef row;
    std::uint32_t next;
  };

  static std::uint64_t hash_of(std::string_view key) noexcept;
  void account();

  KeyEncoder encoder_;
  std::vector<int> positions_;
  std::vector<bool> null_safe_;
  RowList rows_;
  std::vector<std::unique_ptr<Arena>> keys_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> directory_;
  std::vector<RowRef> null_key_rows_;
  std::vector<RowRef> all_rows_;
  MemoryReservation memory_;
};

}  // namespace sluice::executor
