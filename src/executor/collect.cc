#include "executor/collect.h"

#include "vector/chunk.h"

namespace sluice::executor {

Flow push_rows(const RowList& rows, ChunkConsumer& out, StopToken stop) {
  vector::Chunk view;
  for (std::size_t b = 0; b < rows.block_count(); ++b) {
    stop.poll();
    // The consumer may overwrite what it gets, but not the shared columns.
    view.reference(rows.block(b));
    if (out.consume(view) == Flow::kEnough) return Flow::kEnough;
  }
  return Flow::kMore;
}

}  // namespace sluice::executor
