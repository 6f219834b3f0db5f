#include "base/metrics.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/task_scope.h"

namespace sluice {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, CountersRenderWithLabels) {
  Counter selects("metrics_test_total", "Statements", {{"kind", "select"}});
  Counter others("metrics_test_total", "Statements", {{"kind", "a\"b"}});
  selects.add();
  selects.add(2);
  const std::string text = render_metrics();
  EXPECT_TRUE(has_line(text, "# TYPE metrics_test_total counter"));
  EXPECT_TRUE(has_line(text, "metrics_test_total{kind=\"select\"} 3"));
  EXPECT_TRUE(has_line(text, "metrics_test_total{kind=\"a\\\"b\"} 0"));
  EXPECT_EQ(text.find("# HELP metrics_test_total"), text.rfind("# HELP metrics_test_total"));
}

TEST(Metrics, GaugesGoUpAndDown) {
  Gauge gauge("metrics_test_gauge", "Things");
  gauge.set(5);
  gauge.add(-7);
  EXPECT_TRUE(has_line(render_metrics(), "metrics_test_gauge -2"));
}

TEST(Metrics, LeaveTheListWhenTheyDie) {
  { const Gauge gauge("metrics_test_short", "Things"); }
  EXPECT_EQ(render_metrics().find("metrics_test_short"), std::string::npos);
}

TEST(Metrics, ShowTheProcessAndTheCensus) {
  const std::string text = render_metrics();
  EXPECT_NE(text.find("process_resident_memory_bytes "), std::string::npos);
  EXPECT_NE(text.find("sluice_live_things{kind=\"snapshots\"} "), std::string::npos);
}

TEST(DurationHistogram, BucketsAreCumulative) {
  DurationHistogram histogram("metrics_test_seconds", "Durations");
  histogram.observe_ns(500);            // 1 us
  histogram.observe_ns(3'000);          // 4 us
  histogram.observe_ns(1'000'000'000);  // 1.05 s
  const std::string text = render_metrics();
  EXPECT_TRUE(has_line(text, "metrics_test_seconds_bucket{le=\"0.000001\"} 1"));
  EXPECT_TRUE(has_line(text, "metrics_test_seconds_bucket{le=\"0.000002\"} 1"));
  EXPECT_TRUE(has_line(text, "metrics_test_seconds_bucket{le=\"0.000004\"} 2"));
  EXPECT_TRUE(has_line(text, "metrics_test_seconds_bucket{le=\"+Inf\"} 3"));
  EXPECT_TRUE(has_line(text, "metrics_test_seconds_count 3"));
}

TEST(ObservedGauge, ShowsWhatItObservesAtThatMomentWhileItLives) {
  std::int64_t value = 1;
  {
    const ObservedGauge gauge("metrics_test_observed", "A value", [&] { return value; }, {{"kind", "a"}});
    EXPECT_TRUE(has_line(render_metrics(), "metrics_test_observed{kind=\"a\"} 1"));
    value = 2;
    EXPECT_TRUE(has_line(render_metrics(), "metrics_test_observed{kind=\"a\"} 2"));
  }
  EXPECT_EQ(render_metrics().find("metrics_test_observed"), std::string::npos);
}

TEST(DurationHistogram, QuantilesAreUpperBounds) {
  DurationHistogram histogram("metrics_test_quantile", "Durations");
  EXPECT_EQ(histogram.quantile_ns(0.5), 0);
  for (int i = 0; i < 99; ++i) histogram.observe_ns(10'000);
  histogram.observe_ns(1'000'000);
  EXPECT_EQ(histogram.quantile_ns(0.5), 16'000);
  EXPECT_GE(histogram.quantile_ns(1.0), 1'000'000);
}

TEST(Metrics, CountExactlyUnderManyThreads) {
  Counter counter("metrics_test_threads", "Things");
  TaskScope scope("test", StopToken());
  for (int i = 0; i < 4; ++i) {
    scope.spawn("counts", [&](StopToken) {
      for (int k = 0; k < 10'000; ++k) counter.add();
    });
  }
  scope.join();
  EXPECT_EQ(counter.value(), 40'000u);
}

}  // namespace
}  // namespace sluice
