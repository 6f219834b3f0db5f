#include "ddl/job_progress.h"

#include <algorithm>

namespace sluice::ddl {

ProgressFigures progress_figures(const JobProgress& progress, std::int64_t now_ns) noexcept {
  // Measured shares of the time of an index build: reading and encoding takes about twice as long as merging and ingesting.
  constexpr double kScanShare = 65;
  constexpr double kMergeShare = 34;
  ProgressFigures figures;
  const std::int64_t started = progress.started_ns.load(std::memory_order_relaxed);
  if (started == 0) return figures;
  auto part = [](std::int64_t done, std::int64_t all) {
    return all <= 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
  };
  const std::int64_t scanned = progress.rows_scanned.load(std::memory_order_relaxed);
  figures.percent = kScanShare * part(scanned, progress.rows_expected.load(std::memory_order_relaxed)) +
                    kMergeShare * part(progress.entries_merged.load(std::memory_order_relaxed),
                                       progress.entries_expected.load(std::memory_order_relaxed));
  const double seconds = static_cast<double>(now_ns - started) / 1e9;
  if (seconds <= 0) return figures;
  figures.rows_per_second = static_cast<double>(scanned) / seconds;
  if (figures.percent >= 1)
    figures.seconds_left = static_cast<std::int64_t>(seconds * (100 - figures.percent) / figures.percent);
  return figures;
}

}  // namespace sluice::ddl
