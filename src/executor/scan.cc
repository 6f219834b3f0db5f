#include "executor/scan.h"

#include <algorithm>
#include <atomic>
#include <list>

#include "base/task_scope.h"
#include "executor/parallel_worker.h"
#include "kv/store.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Below this many rows a second worker costs more than it brings.
constexpr double kRowsPerWorker = 50'000;
/// Pieces per worker, so that workers which get sparse pieces take more of them.
constexpr std::size_t kPiecesPerWorker = 4;

/// Scans one range into `consumer`. `chunk` is scratch.
Flow scan_range(ReadView& reads, const kv::KeyRange& range, const kv::CursorOptions& options, EntryDecoder& decoder,
                vector::Chunk& chunk, ChunkConsumer& consumer, WorkerContext& worker) {
  const std::unique_ptr<kv::Cursor> cursor = reads.cursor(range, options);
  while (true) {
    worker.stop.poll();
    const std::span<const kv::KeyValue> entries = cursor->next_batch(worker.stop);
    if (entries.empty()) return Flow::kMore;
    chunk.clear();
    decoder.decode(entries, chunk, worker);
    if (consumer.consume(chunk) == Flow::kEnough) return Flow::kEnough;
  }
}

kv::CursorOptions cursor_options(const RangeScan& scan, const EntryDecoder& decoder) {
  kv::CursorOptions options;
  if (scan.descending) options.direction = kv::Direction::kBackward;
  if (!decoder.needs_values()) options.content = kv::CursorContent::kKeysOnly;
  options.batch_rows = vector::kRowsPerChunk;
  return options;
}

void scan_on_this_thread(const ExecutionContext& context, const RangeScan& scan, PipelineStage& next) {
  const std::unique_ptr<ChunkConsumer> consumer = next.make_worker(context.worker);
  const std::unique_ptr<EntryDecoder> decoder = scan.make_decoder();
  const kv::CursorOptions options = cursor_options(scan, *decoder);
  vector::Chunk chunk(decoder->output_types());
  const std::size_t count = scan.ranges.size();
  for (std::size_t i = 0; i < count; ++i) {
    const kv::KeyRange& range = scan.ranges[scan.descending ? count - 1 - i : i];
    if (scan_range(context.reads, range, options, *decoder, chunk, *consumer, context.worker) == Flow::kEnough) break;
  }
  consumer->finish();
}

std::vector<kv::KeyRange> split_ranges(const ExecutionContext& context, std::vector<kv::KeyRange> ranges,
                                       std::size_t pieces) {
  if (ranges.size() >= pieces) return ranges;
  std::vector<kv::KeyRange> out;
  for (kv::KeyRange& range : ranges) {
    std::vector<std::string> points = context.store.split_points(range, pieces / ranges.size());
    std::string begin = std::move(range.begin);
    for (std::string& point : points) {
      out.push_back({std::move(begin), point});
      begin = std::move(point);
    }
    out.push_back({std::move(begin), std::move(range.end)});
  }
  return out;
}

/// One worker of a parallel scan: takes ranges from the shared counter until none is left or somebody has enough.
struct ScanWorker {
  ParallelWorker task;
  std::unique_ptr<ChunkConsumer> consumer;

  ScanWorker(const ExecutionContext& context, StopToken stop, PipelineStage& next)
      : task(context, stop), consumer(next.make_worker(task.worker())) {}
};

void scan_in_parallel(const ExecutionContext& context, const RangeScan& scan, PipelineStage& next,
                      std::size_t worker_count) {
  std::list<ScanWorker> workers;
  std::atomic<std::size_t> next_range{0};
  std::atomic<bool> enough{false};
  TaskScope scope("scan", context.worker.stop);
  for (std::size_t i = 0; i < worker_count; ++i) workers.emplace_back(context, scope.token(), next);
  for (ScanWorker& worker : workers) {
    scope.spawn("scan", [&](StopToken stop) {
      const std::unique_ptr<EntryDecoder> decoder = scan.make_decoder();
      const kv::CursorOptions options = cursor_options(scan, *decoder);
      vector::Chunk chunk(decoder->output_types());
      while (!enough.load(std::memory_order_relaxed)) {
        stop.poll();
        const std::size_t index = next_range.fetch_add(1);
        if (index >= scan.ranges.size()) break;
        if (scan_range(worker.task.reads(), scan.ranges[index], options, *decoder, chunk, *worker.consumer,
                       worker.task.worker()) == Flow::kEnough) {
          enough.store(true, std::memory_order_relaxed);
        }
      }
      worker.consumer->finish();
    });
  }
  scope.join();
  for (ScanWorker& worker : workers) worker.task.merge_warnings(context);
}

}  // namespace

void run_serial(const ExecutionContext& context, PipelineStage& next,
                const std::function<void(ChunkConsumer&)>& produce) {
  const std::unique_ptr<ChunkConsumer> consumer = next.make_worker(context.worker);
  produce(*consumer);
  consumer->finish();
}

void run_scan(const ExecutionContext& context, RangeScan scan, PipelineStage& next) {
  std::size_t workers = 1;
  if (!scan.keep_order && context.reads.can_fork() && scan.estimated_rows >= 2 * kRowsPerWorker) {
    workers = std::min({next.max_workers(), context.settings.concurrency,
                        static_cast<std::size_t>(scan.estimated_rows / kRowsPerWorker)});
  }
  if (workers > 1) {
    scan.ranges = split_ranges(context, std::move(scan.ranges), workers * kPiecesPerWorker);
    workers = std::min(workers, scan.ranges.size());
  }
  if (workers > 1) {
    scan_in_parallel(context, scan, next, workers);
  } else {
    scan_on_this_thread(context, scan, next);
  }
}

}  // namespace sluice::executor
