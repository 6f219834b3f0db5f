#pragma once

#include "catalog/name.h"
#include "catalog/schema_state.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::catalog {

inline constexpr int kFullLength = -1;

/// One key part of an index.
struct IndexColumn {
  Name name;
  int offset = 0;            // of the column in TableInfo::columns
  int length = kFullLength;  // characters (bytes for binary strings) of a prefix, or kFullLength

  bool is_prefix() const noexcept { return length != kFullLength; }
};

enum class IndexType : std::uint8_t { kInvalid = 0, kBtree = 1, kHash = 2, kRtree = 3, kHypothetical = 4, kVector = 5 };

/// How far the backfill of an index in kWriteReorganization is; the numbers are TiDB's.
enum class BackfillState : std::uint8_t {
  kInapplicable = 0,  // not being built, or built
  kRunning = 1,       // scanning, sorting, ingesting
  kReadyToMerge = 2,  // all entries are ingested; touched keys are being verified
  kMerging = 3,
};

/// An index of a table; stored as part of TableInfo (TIDB-FACTS section 3.3). A plain value.
struct IndexInfo {
  std::int64_t id = 0;
  Name name;
  Name table_name;
  std::vector<IndexColumn> columns;
  SchemaState state = SchemaState::kPublic;
  BackfillState backfill_state = BackfillState::kInapplicable;
  std::string comment;
  IndexType type = IndexType::kBtree;
  bool unique = false;
  bool primary = false;
  bool invisible = false;
  bool global = false;
  bool multi_valued = false;

  /// A reader whose snapshot is older must not use this index: its entries were written at this timestamp although
  /// their rows are older. 0: always usable. (MySQL has the same rule for indexes younger than a read view.)
  std::uint64_t usable_from = 0;

  bool is_public() const noexcept { return state == SchemaState::kPublic; }
  /// Whether a reader at `snapshot` may use this index to read.
  bool is_readable_at(std::uint64_t snapshot) const noexcept { return is_public() && snapshot >= usable_from; }
};

}  // namespace sluice::catalog
