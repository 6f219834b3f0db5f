/// Reading ranges of the store as chunks.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "executor/execution_context.h"
#include "executor/pipeline.h"
#include "kv/cursor.h"
#include "kv/key_range.h"
#include "types/field_type.h"

namespace sluice::executor {

/// Turns stored entries into rows.
///
/// Thread-safety: one thread; each worker has its own.
class EntryDecoder {
 public:
  virtual ~EntryDecoder() = default;

  /// Fills `out` (cleared by the caller, columns as in output_types) with one row per entry. Strings may borrow the entries' bytes.
  /// Throws: SqlError on bytes that are no row of the table.
  virtual void decode(std::span<const kv::KeyValue> entries, vector::Chunk& out, WorkerContext& worker) = 0;

  virtual std::span<const types::PhysicalType> output_types() const noexcept = 0;

  /// Whether it looks at the entries' values at all.
  virtual bool needs_values() const noexcept = 0;
};

/// A scan of ranges, in their order or in reverse, or in pieces by several workers when the order does not matter.
struct RangeScan {
  std::vector<kv::KeyRange> ranges;  // ascending, disjoint
  bool keep_order = false;
  bool descending = false;
  double estimated_rows = 0;
  std::function<std::unique_ptr<EntryDecoder>()> make_decoder;
};

/// Runs the scan into `next`. Polls per batch.
/// Throws: Stopped, SqlError; whatever the stage throws.
void run_scan(const ExecutionContext& context, RangeScan scan, PipelineStage& next);

/// Runs one consumer chain over what `produce` pushes, on the calling thread.
void run_serial(const ExecutionContext& context, PipelineStage& next,
                const std::function<void(ChunkConsumer&)>& produce);

}  // namespace sluice::executor
