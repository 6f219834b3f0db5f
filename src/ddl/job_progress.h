#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace sluice::ddl {

/// What a running job is doing, as far as ADMIN SHOW DDL JOBS tells.
enum class JobStage : std::uint8_t {
  kQueued,
  kStepping,
  kWaitingForTransactions,
  kScanning,
  kSorting,
  kSpilling,
  kMerging,
  kIngesting,
  kChecking,
  kUndoing
};

constexpr std::string_view job_stage_name(JobStage stage) noexcept {
  constexpr std::string_view kNames[] = {
      "queued", "stepping", "waiting for transactions", "scan", "sort", "spill", "merge", "ingest", "check", "undo"};
  return kNames[static_cast<std::size_t>(stage)];
}

/// Counters of one running job. Written by its workers, read by anybody.
struct JobProgress {
  std::atomic<JobStage> stage{JobStage::kStepping};
  std::atomic<std::int64_t> rows_expected{0};  // of all passes over the table
  std::atomic<std::int64_t> rows_scanned{0};
  std::atomic<std::int64_t> entries_expected{0};
  std::atomic<std::int64_t> entries_merged{0};
  std::atomic<std::int64_t> bytes_spilled{0};
  std::atomic<std::int64_t> files_ingested{0};
  std::atomic<std::int64_t> started_ns{0};  // steady time at which reorganisation began; 0: not yet
};

/// Figures derived from the counters at one moment.
struct ProgressFigures {
  double percent = 0;  // 0 to 100
  double rows_per_second = 0;
  std::int64_t seconds_left = -1;  // -1: unknown
};
ProgressFigures progress_figures(const JobProgress& progress, std::int64_t now_ns) noexcept;

}  // namespace sluice::ddl
