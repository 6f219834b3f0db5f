#include "executor/point_get.h"

#include <algorithm>
#include <optional>

#include "catalog/index_encoder.h"
#include "catalog/table_info.h"
#include "codec/table_key.h"
#include "executor/entry_decoders.h"
#include "executor/record_lock.h"
#include "executor/scan.h"
#include "planner/ranges.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Whether the keys of a point read are entries of an index rather than records.
bool reads_index(const catalog::TableInfo& table, const catalog::IndexInfo* index) {
  return index != nullptr && table.is_stored(*index) && !(index->primary && table.has_clustered_primary_key());
}

/// Replaces unique index entries by the keys of their records; entries that are absent fall out.
std::vector<std::string> record_keys_of(const ExecutionContext& context, const catalog::TableInfo& table,
                                        const catalog::IndexInfo& index, std::span<const std::string> entry_keys) {
  std::vector<std::optional<std::string>> values;
  context.reads.batch_get(entry_keys, values, context.worker.stop);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < entry_keys.size(); ++i) {
    if (!values[i]) continue;
    keys.push_back(codec::record_key(table.id, catalog::entry_handle(table, index, entry_keys[i], *values[i])));
  }
  return keys;
}

/// Locks `keys`; those that SKIP LOCKED passes over fall out.
void lock_keys(const ExecutionContext& context, std::vector<std::string>& keys, const LockRequest& request) {
  if (keys.empty()) return;
  const std::vector<bool> skipped = lock_unread(context, keys, request);
  if (skipped.empty()) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (skipped[i]) continue;
    if (kept != i) keys[kept] = std::move(keys[i]);
    ++kept;
  }
  keys.resize(kept);
}

/// The common part of both plans.
template <class Plan>
void push_keys(const ExecutionContext& context, const Plan& plan, std::vector<std::string> keys,
               ChunkConsumer& consumer) {
  const catalog::TableInfo& table = *plan.source.table;
  const bool by_index = reads_index(table, plan.index);
  if (plan.lock) lock_keys(context, keys, *plan.lock);
  std::unique_ptr<EntryDecoder> decoder;
  if (by_index && plan.index_covers && !plan.lock) {
    decoder = make_index_decoder(plan.source, *plan.index, plan.column_offsets, plan.virtual_columns);
  } else {
    if (by_index) {
      keys = record_keys_of(context, table, *plan.index, keys);
      if (plan.lock) lock_keys(context, keys, *plan.lock);
    }
    decoder = make_record_decoder(plan.source, plan.column_offsets, plan.virtual_columns);
  }
  vector::Chunk chunk(decoder->output_types());
  std::vector<std::optional<std::string>> values;
  std::vector<kv::KeyValue> entries;
  for (std::size_t begin = 0; begin < keys.size(); begin += vector::kRowsPerChunk) {
    context.worker.stop.poll();
    const std::span<const std::string> slice(keys.data() + begin, std::min(vector::kRowsPerChunk, keys.size() - begin));
    context.reads.batch_get(slice, values, context.worker.stop);
    entries.clear();
    for (std::size_t i = 0; i < slice.size(); ++i) {
      if (values[i]) entries.push_back({slice[i], *values[i]});
    }
    if (entries.empty()) continue;
    chunk.clear();
    decoder->decode(entries, chunk, context.worker);
    if (consumer.consume(chunk) == Flow::kEnough) return;
  }
}

}  // namespace

void run_point_get(const ExecutionContext& context, const planner::PointGetPlan& plan, PipelineStage& next) {
  std::optional<std::string> key = planner::resolve_point_key(plan, context.worker.eval);
  run_serial(context, next, [&](ChunkConsumer& consumer) {
    if (!key) return;
    const catalog::TableInfo& table = *plan.source.table;
    if (plan.lock || reads_index(table, plan.index)) {
      push_keys(context, plan, {std::move(*key)}, consumer);
      return;
    }
    // The hot path: one record, no key list.
    std::string value;
    if (!context.reads.get(*key, value, context.worker.stop)) return;
    const std::unique_ptr<EntryDecoder> decoder =
        make_record_decoder(plan.source, plan.column_offsets, plan.virtual_columns);
    vector::Chunk chunk(decoder->output_types());
    const kv::KeyValue entry{*key, value};
    decoder->decode({&entry, 1}, chunk, context.worker);
    consumer.consume(chunk);
  });
}

void run_batch_point_get(const ExecutionContext& context, const planner::BatchPointGetPlan& plan, PipelineStage& next) {
  std::vector<std::string> keys = planner::resolve_point_keys(plan, context.worker.eval, context.worker.stop);
  if (plan.keep_order && plan.descending) std::reverse(keys.begin(), keys.end());
  run_serial(context, next, [&](ChunkConsumer& consumer) { push_keys(context, plan, std::move(keys), consumer); });
}

}  // namespace sluice::executor
