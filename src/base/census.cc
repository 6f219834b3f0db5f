#include "base/census.h"

#include <atomic>

#include "base/format.h"
#include "base/sched.h"
#include "base/task_tree.h"

namespace sluice {
namespace {

// Sharded by thread, as entries are made on every hot path; a shard's own count may be negative.
struct alignas(64) Shard {
  std::array<std::atomic<std::int64_t>, kCensusKindCount> live{};
};
constexpr std::size_t kShardCount = 16;
constinit Shard shards[kShardCount];

std::atomic<std::int64_t>& counter(CensusKind kind) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(sched::this_thread_key());
  return shards[(address >> 12) % kShardCount].live[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view to_string(CensusKind kind) noexcept {
  constexpr std::string_view kNames[] = {
      "snapshots",      "cursors",   "transactions", "locks",    "lock waits",     "safepoint leases",
      "metadata locks", "files",     "temp dirs",    "engines",  "sst writers",    "sort runs",
      "chunk buffers",  "pipelines", "channels",     "subtasks", "result cursors", "timers"};
  static_assert(std::size(kNames) == kCensusKindCount);
  return kNames[static_cast<std::size_t>(kind)];
}

CensusEntry::CensusEntry(CensusKind kind) noexcept : kind_(kind) {
  counter(kind).fetch_add(1, std::memory_order_relaxed);
}

CensusEntry::~CensusEntry() { counter(kind_).fetch_sub(1, std::memory_order_relaxed); }

void CensusCount::add(std::int64_t more) noexcept {
  if (more == 0) return;
  count_ += more;
  counter(kind_).fetch_add(more, std::memory_order_relaxed);
}

std::int64_t live_count(CensusKind kind) noexcept {
  std::int64_t total = 0;
  for (const Shard& shard : shards) total += shard.live[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
  return total;
}

CensusSnapshot take_census() {
  CensusSnapshot snapshot;
  for (std::size_t i = 0; i < kCensusKindCount; ++i) snapshot.live[i] = live_count(static_cast<CensusKind>(i));
  snapshot.tasks = task_snapshots().size();
  return snapshot;
}

std::string CensusSnapshot::growth_to(const CensusSnapshot& later) const {
  std::string out;
  for (std::size_t i = 0; i < kCensusKindCount; ++i) {
    if (later.live[i] > live[i]) {
      out +=
          format_message("{}: {} before, {} after\n", {to_string(static_cast<CensusKind>(i)), live[i], later.live[i]});
    }
  }
  if (later.tasks > tasks) {
    out += format_message("tasks: {} before, {} after\n", {tasks, later.tasks}) + task_tree_text();
  }
  return out;
}

}  // namespace sluice
