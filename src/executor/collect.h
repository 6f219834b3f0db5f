/// A sink that keeps its rows.
#pragma once

#include <memory>
#include <span>

#include "executor/pipeline.h"
#include "executor/row_list.h"

namespace sluice::executor {

/// Appends all rows to `rows`, which outlives the stage; in order.
class CollectStage final : public SerialStage {
 public:
  explicit CollectStage(RowList& rows) : rows_(rows) {}

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext&) override {
    class Consumer final : public ChunkConsumer {
     public:
      explicit Consumer(RowList& rows) : rows_(rows) {}
      Flow consume(vector::Chunk& chunk) override {
        rows_.append(chunk);
        return Flow::kMore;
      }
      void finish() override {}

     private:
      RowList& rows_;
    };
    return std::make_unique<Consumer>(rows_);
  }

 private:
  RowList& rows_;
};

/// Pushes the rows of `rows` into `out`. Polls per chunk. Returns kEnough when the consumer says so.
Flow push_rows(const RowList& rows, ChunkConsumer& out, StopToken stop);
/// The same for some of their columns: column i of what is pushed is column columns[i] of `rows`.
Flow push_columns(const RowList& rows, std::span<const int> columns, ChunkConsumer& out, StopToken stop);

}  // namespace sluice::executor
