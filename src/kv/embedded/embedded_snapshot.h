#pragma once

#include "base/census.h"
#include "kv/embedded/engine.h"
#include "kv/snapshot.h"

namespace sluice::kv {

/// Snapshot of an embedded store; see Snapshot.
class EmbeddedSnapshot final : public Snapshot {
 public:
  /// Throws SqlError 9006 if `ts` is below the safepoint.
  EmbeddedSnapshot(Engine& engine, Timestamp ts) : engine_(engine), ts_(ts), registration_(engine.readers, ts) {}

  using Snapshot::get;
  Timestamp timestamp() const noexcept override { return ts_; }
  bool get(std::string_view key, std::string& value, StopToken stop) override;
  void batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values,
                 StopToken stop) override;
  std::unique_ptr<Cursor> cursor(KeyRange range, const CursorOptions& options) override;

 private:
  Engine& engine_;
  const Timestamp ts_;
  SnapshotRegistry::Registration registration_;
  CensusEntry census_entry_{CensusKind::kSnapshot};
};

}  // namespace sluice::kv
