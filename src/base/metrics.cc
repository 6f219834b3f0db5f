#include "base/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <map>

#include "base/census.h"
#include "base/format.h"
#include "base/mutex.h"
#include "base/poll_gap.h"
#include "base/worker_pool.h"

namespace sluice {
namespace {

struct Registry {
  Mutex mutex;
  std::vector<Metric*> metrics SLUICE_GUARDED_BY(mutex);
};

// Made by the first metric, so it outlives every metric of static lifetime.
Registry& registry() {
  static Registry instance;
  return instance;
}

std::string label_text(std::initializer_list<MetricLabel> labels) {
  std::string out;
  for (const MetricLabel& label : labels) {
    if (!out.empty()) out.push_back(',');
    out.append(label.name).append("=\"");
    for (const char c : label.value) {
      if (c == '\\' || c == '"') out.push_back('\\');
      if (c == '\n') {
        out.append("\\n");
      } else {
        out.push_back(c);
      }
    }
    out.push_back('"');
  }
  return out;
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, const FormatArgument& value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.push_back(' ');
  value.append_to(out);
  out.push_back('\n');
}

void append_header(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out += format_message("# HELP {} {}\n# TYPE {} {}\n", {name, help, name, type});
}

std::int64_t resident_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  long long total = 0;
  long long resident = 0;
  const int fields = std::fscanf(file, "%lld %lld", &total, &resident);
  std::fclose(file);
  return fields == 2 ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

/// User and system time of the process so far.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void append_own_metrics(std::string& out) {
  const auto gauge = [&out](std::string_view name, std::string_view help, std::int64_t value) {
    append_header(out, name, help, "gauge");
    append_sample(out, name, {}, value);
  };
  const PollGapTotals gaps = poll_gap_totals();
  append_header(out, "process_cpu_seconds_total", "User and system time", "counter");
  append_sample(out, "process_cpu_seconds_total", {}, cpu_seconds());
  gauge("process_resident_memory_bytes", "Resident memory", resident_bytes());
  gauge("sluice_worker_threads", "Threads of the worker pool", static_cast<std::int64_t>(worker_pool().thread_count()));
  gauge("sluice_poll_gap_longest_microseconds", "The longest time between two polls of a running task",
        gaps.longest_gap_ns / 1000);
  gauge("sluice_poll_gaps_over_10_ms", "Gaps between polls over 10 ms",
        static_cast<std::int64_t>(gaps.gaps_over_10_ms));
  const CensusSnapshot census = take_census();
  append_header(out, "sluice_live_things", "Live things by kind", "gauge");
  for (std::size_t i = 0; i < kCensusKindCount; ++i) {
    append_sample(out, "sluice_live_things", label_text({{"kind", to_string(static_cast<CensusKind>(i))}}),
                  census.live[i]);
  }
  gauge("sluice_live_tasks", "Live records of the task tree", static_cast<std::int64_t>(census.tasks));
}

}  // namespace

Metric::Metric(const char* type, std::string_view name, std::string_view help,
               std::initializer_list<MetricLabel> labels)
    : type_(type), name_(name), help_(help), labels_(label_text(labels)) {
  MutexLock lock(registry().mutex);
  registry().metrics.push_back(this);
}

Metric::~Metric() { unlist(); }

void Metric::unlist() noexcept {
  MutexLock lock(registry().mutex);
  std::erase(registry().metrics, this);
}

void Counter::render(std::string& out) const { append_sample(out, name_, labels_, value()); }

void Gauge::render(std::string& out) const { append_sample(out, name_, labels_, value()); }

void ObservedGauge::render(std::string& out) const { append_sample(out, name_, labels_, observe_()); }

void DurationHistogram::observe_ns(std::int64_t duration_ns) noexcept {
  const std::uint64_t us = duration_ns <= 0 ? 0 : (static_cast<std::uint64_t>(duration_ns) + 999) / 1000;
  // The smallest bucket i with us <= 2^i.
  const auto bucket = static_cast<std::size_t>(us <= 1 ? 0 : std::bit_width(us - 1));
  buckets_[std::min(bucket, kBucketCount)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(duration_ns, std::memory_order_relaxed);
}

std::uint64_t DurationHistogram::count() const noexcept {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::int64_t DurationHistogram::quantile_ns(double quantile) const noexcept {
  const auto wanted = static_cast<double>(count()) * quantile;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i <= kBucketCount; ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (seen > 0 && static_cast<double>(seen) >= wanted) return (std::int64_t{1} << i) * 1000;
  }
  return 0;
}

void DurationHistogram::render(std::string& out) const {
  const std::string separator = labels_.empty() ? "" : ",";
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i <= kBucketCount; ++i) {
    cumulative += buckets_[i].load(std::memory_order_relaxed);
    char bound[32];
    if (i < kBucketCount) {
      std::snprintf(bound, sizeof(bound), "%.6f", static_cast<double>(std::uint64_t{1} << i) / 1e6);
    } else {
      std::snprintf(bound, sizeof(bound), "+Inf");
    }
    append_sample(out, name_ + "_bucket", labels_ + separator + "le=\"" + bound + "\"", cumulative);
  }
  append_sample(out, name_ + "_sum", labels_, static_cast<double>(sum_ns()) / 1e9);
  append_sample(out, name_ + "_count", labels_, cumulative);
}

std::string render_metrics() {
  std::string out;
  append_own_metrics(out);
  MutexLock lock(registry().mutex);
  std::multimap<std::string_view, const Metric*> by_name;
  for (const Metric* metric : registry().metrics) by_name.emplace(metric->name_, metric);
  std::string_view previous;
  for (const auto& [name, metric] : by_name) {
    if (name != previous) append_header(out, name, metric->help_, metric->type_);
    previous = name;
    metric->render(out);
  }
  return out;
}

}  // namespace sluice
