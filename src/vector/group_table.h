#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/memory_tracker.h"
#include "base/stop_token.h"
#include "vector/key.h"
#include "vector/row_container.h"

namespace sluice::vector {

/// Groups of an aggregation or of DISTINCT: packed keys, each with a block for the states of the aggregates.
///
/// Linear probing over entries of a 48-bit group address and 16 bits of its hash; grows by doubling at half load.
/// NULLs are equal (set null_equals_null in the keys). The first row of a group gives its key's spelling.
/// Thread-safety: one thread at a time.
class GroupTable {
 public:
  /// `state_bytes`: a multiple of 16 (may be 0). `tracker` may be null.
  GroupTable(std::vector<KeyColumn> keys, std::size_t state_bytes, MemoryTracker* tracker);

  /// Sets states[i] to the states of the group of row rows[i], inserting groups that are new. `new_states` receives those of the new
  /// groups, zeroed, for the caller to initialise. Without keys all rows are one group. Polls while the table grows; after Stopped the table can only be destroyed.
  void find_or_insert(std::span<const ColumnVector* const> keys, ActiveRows rows, std::span<std::byte*> states,
                      std::vector<std::byte*>& new_states, StopToken stop);

  std::size_t group_count() const noexcept { return rows_.row_count(); }

  /// Groups [begin, begin + limit), in order of insertion: their keys as the first columns of `out`, and their states.
  /// Key strings point into the table. Returns how many there are.
  std::size_t read(std::size_t begin, std::size_t limit, Chunk& out, std::vector<std::byte*>& states);

  /// The hash of a group's key, by its states: for partitioning when spilling.
  std::uint64_t hash_of(const std::byte* states) const noexcept;

  /// Calls visit(std::byte* states) for each group in order of insertion.
  template <class Visit>
  void for_each_group(Visit&& visit) {
    rows_.for_each_row([&](std::byte* row) { visit(row + states_offset_); });
  }

  /// Forgets all groups; the caller has destroyed their states.
  void clear();

  /// By how much the next `row_count` rows grow the directory if each is a new group; what it doubles by is a lot at once.
  std::int64_t growth_bytes(std::size_t row_count) const noexcept;

  std::int64_t memory_bytes() const noexcept { return rows_.memory_bytes() + table_reservation_.bytes(); }

 private:
  std::uint64_t& stored_hash(std::byte* row) noexcept {
    return *reinterpret_cast<std::uint64_t*>(row + rows_.layout().extra_offset());
  }
  std::size_t entries_for(std::size_t groups) const noexcept;
  void rehash(std::size_t entries, StopToken stop);
  std::byte* find_or_insert_row(std::span<const ColumnVector* const> keys, std::size_t row, std::uint64_t hash,
                                std::vector<std::byte*>& new_states);

  std::vector<KeyColumn> keys_;
  std::vector<std::size_t> key_columns_;
  RowContainer rows_;
  std::size_t states_offset_;
  bool single_word_key_;  // one key column of 8 bytes
  std::vector<std::uint64_t> table_;
  std::uint64_t mask_ = 0;
  MemoryReservation table_reservation_;
  std::vector<std::uint64_t> hashes_;
};

}  // namespace sluice::vector
