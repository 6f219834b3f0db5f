#pragma once

#include <cstdint>
#include <functional>

namespace sluice::sched {

/// How one run under the deterministic scheduler went.
struct SimulationResult {
  std::uint64_t steps = 0;      // choices that the seed made
  std::int64_t virtual_ns = 0;  // virtual time at the end
};

/// Runs `body` and all threads that it starts (task scopes, pools) one at a time, switching at every lock, wait, signal
/// and poll to a thread that `seed` picks. Time is virtual: it jumps to the next deadline when every thread waits. The
/// same seed and the same body give the same run, as long as the body depends on nothing outside.
///
/// Rethrows what `body` throws. A deadlock ends the process with the seed and the waiting threads in its last message:
/// there is no thread left that could go on. Only the blocking primitives of base/ may be used inside. Polls switch
/// threads in test builds only.
SimulationResult run_deterministically(std::uint64_t seed, const std::function<void()>& body);

}  // namespace sluice::sched
