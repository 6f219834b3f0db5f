#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

// Metrics in Prometheus' sense. Each is a variable of static lifetime that registers itself:
//
//   Counter statements_total{"sluice_statements_total", "Statements by kind", {{"kind", "select"}}};
//
// Metrics of one name differ in labels, and share help and type. Thread-safety: all members from any thread.

struct MetricLabel {
  std::string_view name;
  std::string_view value;
};

/// What the three kinds share: a name, labels, a place in the process's list. Removed from the list when destroyed.
class Metric {
 public:
  virtual ~Metric();
  Metric(const Metric&) = delete;
  Metric& operator=(const Metric&) = delete;

 protected:
  Metric(const char* type, std::string_view name, std::string_view help, std::initializer_list<MetricLabel> labels);
  /// Takes it from the list; from then on render() is not called. For destructors of classes whose members render() uses.
  void unlist() noexcept;
  /// Appends the sample lines.
  virtual void render(std::string& out) const = 0;

  const char* const type_;
  const std::string name_;
  const std::string help_;
  const std::string labels_;  // `a="b",c="d"`, or ""

 private:
  friend std::string render_metrics();
};

class alignas(64) Counter final : public Metric {
 public:
  Counter(std::string_view name, std::string_view help, std::initializer_list<MetricLabel> labels = {})
      : Metric("counter", name, help, labels) {}
  void add(std::uint64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  void render(std::string& out) const override;
  std::atomic<std::uint64_t> value_{0};
};

class alignas(64) Gauge final : public Metric {
 public:
  Gauge(std::string_view name, std::string_view help, std::initializer_list<MetricLabel> labels = {})
      : Metric("gauge", name, help, labels) {}
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t difference) noexcept { value_.fetch_add(difference, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  void render(std::string& out) const override;
  std::atomic<std::int64_t> value_{0};
};

/// A value that is asked for each time the metrics are shown.
class ObservedGauge final : public Metric {
 public:
  /// `observe` is called from any thread, never after the destructor. It must be quick, and neither make nor destroy metrics.
  ObservedGauge(std::string_view name, std::string_view help, std::function<std::int64_t()> observe,
                std::initializer_list<MetricLabel> labels = {})
      : Metric("gauge", name, help, labels), observe_(std::move(observe)) {}
  ~ObservedGauge() override { unlist(); }

 private:
  void render(std::string& out) const override;
  const std::function<std::int64_t()> observe_;
};

/// Durations, in buckets that double from 1 us to about 67 s.
class DurationHistogram final : public Metric {
 public:
  static constexpr std::size_t kBucketCount = 27;  // upper bounds 2^0 … 2^26 us, then +Inf

  DurationHistogram(std::string_view name, std::string_view help, std::initializer_list<MetricLabel> labels = {})
      : Metric("histogram", name, help, labels) {}
  void observe_ns(std::int64_t duration_ns) noexcept;
  std::uint64_t count() const noexcept;
  std::int64_t sum_ns() const noexcept { return sum_ns_.load(std::memory_order_relaxed); }
  /// An upper bound of the `quantile` (0 to 1) of what was observed, as exact as the buckets are; 0 without
  /// observations.
  std::int64_t quantile_ns(double quantile) const noexcept;

 private:
  void render(std::string& out) const override;
  std::atomic<std::uint64_t> buckets_[kBucketCount + 1]{};
  std::atomic<std::int64_t> sum_ns_{0};
};

/// All metrics in Prometheus' text format 0.0.4, sorted by name; with the process's and base's own.
std::string render_metrics();

}  // namespace sluice
