/// What one execution of a plan works with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "executor/pipeline.h"
#include "executor/read_view.h"
#include "kv/timestamp.h"

namespace sluice {
class MemoryTracker;
class TempDir;
}  // namespace sluice
namespace sluice::kv {
class Store;
class Transaction;
}  // namespace sluice::kv
namespace sluice::catalog {
class Schema;
class AutoIdAllocator;
struct TableInfo;
}  // namespace sluice::catalog
namespace sluice::expression {
class Expression;
}
namespace sluice::planner {
struct MemTableScanPlan;
}

namespace sluice::executor {

class RuntimeRecorder;

/// Computes the rows of tables that have no storage (information_schema and its like); session/ implements it.
/// Thread-safety: one thread.
class MemoryTableReader {
 public:
  virtual ~MemoryTableReader() = default;
  /// Pushes the rows of the scan's table into `out`, whose columns are the scan's output, chunk by chunk, and stops at kEnough.
  virtual void read(const planner::MemTableScanPlan& scan, expression::EvalContext& eval, ChunkConsumer& out,
                    StopToken stop) = 0;
};

/// Where LOAD DATA reads its records. Thread-safety: one thread.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// Reads the next record into `fields` (NULL: nullopt). False at the end.
  /// Throws: Stopped; SqlError if the input cannot be read.
  virtual bool next(std::vector<std::optional<std::string>>& fields, StopToken stop) = 0;
};

/// Session variables that steer execution; names are those of the variables.
struct ExecutionSettings {
  std::size_t concurrency = 4;            // workers of one pipeline
  std::size_t index_lookup_size = 20000;  // handles per look-up batch
  std::size_t index_join_batch_size = 25000;
  std::size_t index_lookup_join_concurrency = 4;
  std::int64_t lock_wait_timeout_ms = 50'000;
  std::int64_t auto_increment_increment = 1;
  std::int64_t auto_increment_offset = 1;
  std::uint64_t cte_max_recursion_depth = 1000;
  bool foreign_key_checks = true;
  bool client_found_rows = false;  // CLIENT_FOUND_ROWS: an UPDATE reports matched rows
  bool no_auto_value_on_zero = false;
};

/// What a statement that writes has done.
struct WriteOutcome {
  std::uint64_t affected_rows = 0;
  std::uint64_t found_rows = 0;     // UPDATE: rows matched
  std::uint64_t changed_rows = 0;   // UPDATE: rows that differ afterwards
  std::uint64_t copied_rows = 0;    // INSERT, LOAD DATA: rows given ("Records")
  std::uint64_t updated_rows = 0;   // INSERT ... ON DUPLICATE KEY UPDATE: rows that differ afterwards
  std::uint64_t deleted_rows = 0;   // REPLACE, LOAD DATA ... REPLACE
  std::uint64_t left_out_rows = 0;  // INSERT, LOAD DATA: what IGNORE did not write
  std::uint64_t first_insert_id =
      0;  // the first id that was made for a row that was written: LAST_INSERT_ID() afterwards; 0: none
  std::uint64_t given_insert_id = 0;  // the last id that a row brought along or had already, for the client
};

/// Everything is borrowed and outlives the execution. Thread-safety: see the members; the context itself is constant while
/// workers run.
struct ExecutionContext {
  kv::Store& store;
  std::shared_ptr<const catalog::Schema> schema;
  ReadView& reads;                         // of the statement's own thread; workers fork it
  kv::Transaction* transaction = nullptr;  // for writes and locks; null in plain reads
  WorkerContext& worker;                   // of the statement's own thread
  MemoryTracker& memory;                   // the statement's
  TempDir* spill_directory = nullptr;      // null: nothing may spill
  MemoryTableReader* memory_tables = nullptr;
  catalog::AutoIdAllocator* ids = nullptr;
  RecordSource* records = nullptr;      // LOAD DATA
  RuntimeRecorder* recorder = nullptr;  // EXPLAIN ANALYZE
  ExecutionSettings settings;
  WriteOutcome outcome;
};

}  // namespace sluice::executor
