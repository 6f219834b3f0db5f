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

Flow push_columns(const RowList& rows, std::span<const int> columns, ChunkConsumer& out, StopToken stop) {
  vector::Chunk view;
  for (std::size_t b = 0; b < rows.block_count(); ++b) {
    stop.poll();
    const vector::Chunk& block = rows.block(b);
    view.drop_selection();
    view.columns.clear();
    for (const int column : columns) {
      const vector::ColumnVector& source = block.columns[static_cast<std::size_t>(column)];
      view.columns.emplace_back(source.type());
      view.columns.back().reference(source);
    }
    view.row_count = block.row_count;
    if (out.consume(view) == Flow::kEnough) return Flow::kEnough;
  }
  return Flow::kMore;
}

}  // namespace sluice::executor
