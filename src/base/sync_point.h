#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/failpoint.h"

namespace sluice {

/// Holds all threads that come to a sync point, so that a test decides what happens meanwhile.
///
///   SyncPointPause pause("join.inner.sent");
///   …start the statement…
///   ASSERT_TRUE(pause.wait_until_reached(5s));
///   …stop it…
///   pause.release();
///
/// The destructor releases. Thread-safety: all members from any thread. Test builds only: elsewhere nothing is ever
/// reached.
class SyncPointPause {
 public:
  explicit SyncPointPause(std::string_view name) : guard_(name, "pause"), name_(name) {}

  /// Waits until a thread is paused there. False after `limit`: a test's time-out, never a way to wait for something.
  bool wait_until_reached(std::chrono::nanoseconds limit) const;
  void release() { set_failpoint(name_, "off"); }

 private:
  FailpointGuard guard_;
  std::string name_;
};

}  // namespace sluice
