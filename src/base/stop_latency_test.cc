#include "base/stop_latency.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(StopLatency, RecordsTheCourseOfAStop) {
  StopSource source;
  {
    StopLatencyRecorder recorder("stop_latency_test select", source.token());
    source.request_stop(StopReason::kClientGone);
    EXPECT_THROW(source.token().poll(), Stopped);
    recorder.answered();
  }
  ASSERT_FALSE(recent_stops().empty());
  const StopRecord record = recent_stops().front();
  EXPECT_EQ(record.name, "stop_latency_test select");
  EXPECT_EQ(record.reason, StopReason::kClientGone);
  EXPECT_GT(record.requested_ns, 0);
  EXPECT_GE(record.first_seen_ns, record.requested_ns);
  EXPECT_GE(record.answered_ns, record.first_seen_ns);
  EXPECT_GE(record.ended_ns, record.answered_ns);
}

TEST(StopLatency, RecordsNothingWithoutAStop) {
  StopSource source;
  { StopLatencyRecorder recorder("stop_latency_test quiet", source.token()); }
  for (const StopRecord& record : recent_stops()) EXPECT_NE(record.name, "stop_latency_test quiet");
}

TEST(StopLatency, KeepsTheNewest) {
  for (int i = 0; i < 300; ++i) {
    StopSource source;
    source.request_stop(StopReason::kQueryKilled);
    StopLatencyRecorder recorder("stop " + std::to_string(i), source.token());
  }
  EXPECT_EQ(recent_stops().size(), 256u);
  EXPECT_EQ(recent_stops().front().name, "stop 299");
}

}  // namespace
}  // namespace sluice
