#include "executor/index_look_up.h"

#include <algorithm>

#include "catalog/table_info.h"
#include "executor/entry_decoders.h"
#include "executor/handle_builder.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

constexpr std::size_t kFirstBatch = 256;

class LookUpConsumer final : public ChainedConsumer {
 public:
  LookUpConsumer(const ExecutionContext& context, const planner::IndexLookUpPlan& plan,
                 const planner::TableScanPlan& table_scan, WorkerContext& worker, std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)),
        context_(context),
        plan_(plan),
        worker_(worker),
        handles_(*table_scan.source.table, plan.handle_positions),
        decoder_(make_record_decoder(table_scan.source, table_scan.column_offsets, table_scan.virtual_columns)),
        records_(decoder_->output_types()) {
    if (plan.pushed_limit_offset) {
      to_skip_ = *plan.pushed_limit_offset;
      to_take_ = plan.pushed_limit_count;
    }
  }

  Flow consume(vector::Chunk& chunk) override {
    const vector::ActiveRows rows = chunk.active_rows();
    for (std::size_t i = 0; i < rows.count; ++i) {
      if (to_skip_ > 0) {
        --to_skip_;
        continue;
      }
      if (to_take_ == 0) break;
      --to_take_;
      keys_.push_back(handles_.key(chunk, rows[i], worker_.eval.time_zone));
      if (keys_.size() >= batch_size_ && read_batch() == Flow::kEnough) return Flow::kEnough;
    }
    return to_take_ == 0 ? Flow::kEnough : Flow::kMore;
  }

  void finish() override {
    if (!enough_) read_batch();
    next_->finish();
  }

 private:
  Flow read_batch() {
    batch_size_ = std::min(batch_size_ * 4, context_.settings.index_lookup_size);
    if (!plan_.keep_order) std::sort(keys_.begin(), keys_.end());
    for (std::size_t begin = 0; begin < keys_.size(); begin += vector::kRowsPerChunk) {
      worker_.stop.poll();
      const std::size_t count = std::min(vector::kRowsPerChunk, keys_.size() - begin);
      const std::span<const std::string> slice(keys_.data() + begin, count);
      context_.reads.batch_get(slice, values_, worker_.stop);
      entries_.clear();
      for (std::size_t i = 0; i < count; ++i) {
        // A current read may find that the row went away since the index entry was read.
        if (values_[i]) entries_.push_back({slice[i], *values_[i]});
      }
      if (entries_.empty()) continue;
      records_.clear();
      decoder_->decode(entries_, records_, worker_);
      if (next_->consume(records_) == Flow::kEnough) {
        enough_ = true;
        keys_.clear();
        return Flow::kEnough;
      }
    }
    keys_.clear();
    return Flow::kMore;
  }

  const ExecutionContext& context_;
  const planner::IndexLookUpPlan& plan_;
  WorkerContext& worker_;
  HandleBuilder handles_;
  std::unique_ptr<EntryDecoder> decoder_;
  vector::Chunk records_;
  std::vector<std::string> keys_;
  std::vector<std::optional<std::string>> values_;
  std::vector<kv::KeyValue> entries_;
  std::size_t batch_size_ = kFirstBatch;
  std::uint64_t to_skip_ = 0;
  std::uint64_t to_take_ = UINT64_MAX;
  bool enough_ = false;
};

}  // namespace

std::unique_ptr<ChunkConsumer> LookUpStage::make_worker(WorkerContext& worker) {
  return std::make_unique<LookUpConsumer>(context_, plan_, table_scan_, worker, table_side_.make_worker(worker));
}

}  // namespace sluice::executor
