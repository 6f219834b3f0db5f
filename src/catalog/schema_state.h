#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::catalog {

/// The state of a column or an index while a schema change is under way (F1's online states; TIDB-FACTS sections 3.3
/// and 4.1). The numbers are part of the stored form.
///
/// | state                 | SELECT sees it | INSERT/UPDATE write it | DELETE removes it |
/// |-----------------------|----------------|------------------------|-------------------|
/// | kNone                 | no             | no                     | no                |
/// | kDeleteOnly           | no             | no; UPDATE removes the old entry | yes     |
/// | kWriteOnly            | no             | yes                    | yes               |
/// | kWriteReorganization  | no             | yes                    | yes               |
/// | kDeleteReorganization | no             | no                     | yes               |
/// | kPublic               | yes            | yes                    | yes               |
///
/// Duties of a statement towards an index that is kWriteOnly or kWriteReorganization (why: docs/decisions/
/// add-index-in-the-past.md; backfill writes entries at a version T below every version that statements write):
///  1. Removing an entry is unconditional: it writes a deletion even if the entry cannot be read yet.
///  2. A plain index, and rows of a unique index that hold a NULL, need nothing else.
///  3. Distinct entries of a unique index: lock the entry's key *before* reading it, for a put and for a removal alike,
///     and read it as of now, not as of the transaction's snapshot.
///     - Removal: leave an entry that names another row alone; write a deletion if it is its own row's or absent.
///     - Put: an entry that names another row is a duplicate (1062) if that row, read as of now, still holds the same
///       indexed values; else the entry is left over from a change that was rolled back, and is overwritten.
///     - Put: also write catalog::touched_key() of the entry with an empty value, in the same transaction. The job
///       verifies exactly these keys after its ingest.
///  4. Locks on these keys are released without leaving a record (matters to TiKV only).
/// In kDeleteOnly and kDeleteReorganization only removals happen, under rules 1 and 3.
enum class SchemaState : std::uint8_t {
  kNone = 0,
  kDeleteOnly = 1,
  kWriteOnly = 2,
  kWriteReorganization = 3,
  kDeleteReorganization = 4,
  kPublic = 5,
  kReplicaOnly = 6,
  kGlobalTransactionOnly = 7,
};

/// "none", "delete only", "write only", "write reorganization", "delete reorganization", "public", ...
constexpr std::string_view schema_state_name(SchemaState state) noexcept {
  constexpr std::string_view kNames[] = {
      "none",   "delete only",  "write only",     "write reorganization", "delete reorganization",
      "public", "replica only", "global txn only"};
  return kNames[static_cast<std::size_t>(state)];
}

constexpr bool is_readable(SchemaState state) noexcept { return state == SchemaState::kPublic; }

/// Whether INSERT and UPDATE write values or entries of an object in `state`.
constexpr bool is_written(SchemaState state) noexcept {
  return state == SchemaState::kPublic || state == SchemaState::kWriteOnly ||
         state == SchemaState::kWriteReorganization;
}

/// Whether DELETE (and UPDATE, for the old row) removes entries of an object in `state`.
constexpr bool is_removed(SchemaState state) noexcept { return state != SchemaState::kNone; }

}  // namespace sluice::catalog
