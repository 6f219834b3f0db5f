/// What the process holds in memory, as metrics.
#pragma once

#include "base/memory_tracker.h"
#include "base/metrics.h"

namespace sluice::cmd {

/// Shows `sluice_memory_bytes` by kind while it lives: "tracked", what statements and jobs account for, and the allocator's figures:
/// "allocated" (in use), "active" (pages in use), "resident" (with pages kept for the next allocation), "metadata".
/// Source: jemalloc's manual, section "MALLCTL NAMESPACE", stats.*.
///
/// Ownership: borrows the tracker. Thread-safety: none needed.
class MemoryMetrics {
 public:
  explicit MemoryMetrics(const MemoryTracker& server);

 private:
  ObservedGauge tracked_;
  ObservedGauge allocated_;
  ObservedGauge active_;
  ObservedGauge resident_;
  ObservedGauge metadata_;
};

}  // namespace sluice::cmd
