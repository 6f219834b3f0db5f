#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// The kinds of live things that must be back to where they were once a statement or job has ended.
enum class CensusKind : std::uint8_t {
  kSnapshot,
  kCursor,
  kTransaction,
  kLock,
  kLockWait,
  kSafepointLease,
  kMetadataLock,
  kFile,
  kTempDir,
  kEngine,
  kSstWriter,
  kSortRun,
  kChunkBuffer,
  kPipeline,
  kChannel,
  kSubtask,
  kResultCursor,
  kTimer,
};
inline constexpr std::size_t kCensusKindCount = 18;
std::string_view to_string(CensusKind kind) noexcept;

/// Live counts at one moment.
struct CensusSnapshot {
  std::array<std::int64_t, kCensusKindCount> live{};
  std::size_t tasks = 0;  // live records of the task tree

  /// "" if `later` holds no more than this; else a line per kind that grew, for a test's message.
  std::string growth_to(const CensusSnapshot& later) const;
};
CensusSnapshot take_census();
std::int64_t live_count(CensusKind kind) noexcept;

/// Counts its owner while it lives. Make it a member: `CensusEntry census_entry_{CensusKind::kSnapshot};`
/// Copies and moves count as things of their own. Thread-safe; one relaxed addition on a counter of the thread's shard.
class CensusEntry {
 public:
  explicit CensusEntry(CensusKind kind) noexcept;
  CensusEntry(const CensusEntry& other) noexcept : CensusEntry(other.kind_) {}
  CensusEntry& operator=(const CensusEntry&) noexcept { return *this; }
  ~CensusEntry();

 private:
  const CensusKind kind_;
};

/// Counts many things of one kind for their owner, which says how many it has; what it still has is taken off when it is destroyed.
/// Not thread-safe; one relaxed addition per call, as CensusEntry.
class CensusCount {
 public:
  explicit CensusCount(CensusKind kind) noexcept : kind_(kind) {}
  CensusCount(const CensusCount&) = delete;
  CensusCount& operator=(const CensusCount&) = delete;
  ~CensusCount() { add(-count_); }

  /// `more`: negative when things are gone.
  void add(std::int64_t more) noexcept;

 private:
  const CensusKind kind_;
  std::int64_t count_ = 0;
};

}  // namespace sluice
