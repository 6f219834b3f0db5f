#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"

// Named places at which tests make the code fail, wait or die. They cost nothing in release builds.
//
//   SLUICE_FAILPOINT("ddl.publish.before");          may throw, wait, or end the process, as configured
//   SLUICE_FAILPOINT("ddl.publish.before", stop);    the same; a wait ends with `stop`
//   SLUICE_STORAGE_CALL("kv.get", stop);             a failpoint that the fault sweep counts: one per call of the store
//   SLUICE_DURABLE_WRITE("kv.commit.write");         a failpoint that the crash sweep counts: before each write meant
//   to last SLUICE_SYNC_POINT("join.inner.sent", stop);      a failpoint that tests pause at (sync_point.h) if
//   (SLUICE_FAILPOINT_TAKEN("exec.force_spill"))  true while configured with "take"
//
// A configuration is `[n:]action`: the action happens at the n-th pass from then on only; without `n:` at each pass.
//   error(1105)      throws SqlError of that number       error(1105,text)   … with that text
//   stop             throws Stopped(kQueryKilled)          sleep(20)          waits 20 ms
//   pause            waits until the configuration changes crash              ends the process at once, without any
//   clean-up take             makes SLUICE_FAILPOINT_TAKEN true     off                removes the configuration
namespace sluice {

enum class FailpointKind : std::uint8_t { kPlain, kStorageCall, kDurableWrite, kSync };

struct FailpointStatus {
  std::string name;
  FailpointKind kind = FailpointKind::kPlain;
  std::uint64_t passes = 0;   // since the process started
  std::uint64_t waiting = 0;  // threads that are paused here
  std::string configuration;  // "" if none
};

/// Configures the failpoint `name`; it need not exist. Throws SqlError 1210 for a configuration that does not parse.
/// Has no effect in release builds, where no failpoint exists.
void set_failpoint(std::string_view name, std::string_view configuration);
/// Removes all configurations and wakes all that are paused.
void clear_failpoints();
/// Reads `name=configuration;…`, the form of the environment variable SLUICE_FAILPOINTS. Throws as set_failpoint().
void set_failpoints(std::string_view list);
/// All failpoints linked into the program, by name, and those configured without existing.
std::vector<FailpointStatus> failpoints();
/// Passes of `name` so far; 0 for an unknown one.
std::uint64_t failpoint_passes(std::string_view name);

/// Whose passes a sweep counts: background services pass failpoints at times of their own.
enum class FaultScope : std::uint8_t { kEverything, kStatementsAndJobs };

/// The sweeps' counters over all failpoints of one kind.
struct FaultPlan {
  std::uint64_t fail_at = 0;          // the pass that fails, counted from arm_faults() on; 0: none, only count
  std::string configuration = "off";  // what happens there, in the form above without `n:`
  FaultScope scope = FaultScope::kEverything;
};
void arm_faults(FailpointKind kind, const FaultPlan& plan);
/// Passes since arm_faults().
std::uint64_t fault_passes(FailpointKind kind);
void disarm_faults();

/// Configures failpoints of a scope's length, for tests.
class FailpointGuard {
 public:
  FailpointGuard(std::string_view name, std::string_view configuration) : name_(name) {
    set_failpoint(name, configuration);
  }
  ~FailpointGuard() { set_failpoint(name_, "off"); }
  FailpointGuard(const FailpointGuard&) = delete;
  FailpointGuard& operator=(const FailpointGuard&) = delete;

 private:
  std::string name_;
};

namespace detail {

/// One place in the code; static lifetime, links itself into a list before main().
class FailpointSite {
 public:
  FailpointSite(const char* name, FailpointKind kind) noexcept;
  /// Does what is configured. True for "take". Throws what is configured.
  bool pass(StopToken stop = StopToken());

  const char* const name;
  const FailpointKind kind;
  std::atomic<std::uint64_t> passes{0};
  std::atomic<std::uint64_t> waiting{0};
  FailpointSite* next = nullptr;
};

template <class Tag>
struct FailpointRegistration {
  static inline FailpointSite site{Tag::name(), Tag::kind()};
};

}  // namespace detail
}  // namespace sluice

#ifdef SLUICE_TEST_BUILD
#define SLUICE_FAILPOINT_OF_KIND(point_kind, point_name, ...)                                   \
  ([&]() -> bool {                                                                              \
    struct SluiceFailpointTag {                                                                 \
      static const char* name() { return point_name; }                                          \
      static ::sluice::FailpointKind kind() { return ::sluice::FailpointKind::point_kind; }     \
    };                                                                                          \
    return ::sluice::detail::FailpointRegistration<SluiceFailpointTag>::site.pass(__VA_ARGS__); \
  }())
#define SLUICE_FAILPOINT(name, ...) static_cast<void>(SLUICE_FAILPOINT_OF_KIND(kPlain, name __VA_OPT__(, ) __VA_ARGS__))
#define SLUICE_STORAGE_CALL(name, ...) \
  static_cast<void>(SLUICE_FAILPOINT_OF_KIND(kStorageCall, name __VA_OPT__(, ) __VA_ARGS__))
#define SLUICE_DURABLE_WRITE(name, ...) \
  static_cast<void>(SLUICE_FAILPOINT_OF_KIND(kDurableWrite, name __VA_OPT__(, ) __VA_ARGS__))
#define SLUICE_SYNC_POINT(name, ...) static_cast<void>(SLUICE_FAILPOINT_OF_KIND(kSync, name __VA_OPT__(, ) __VA_ARGS__))
#define SLUICE_FAILPOINT_TAKEN(name) SLUICE_FAILPOINT_OF_KIND(kPlain, name)
#else
#define SLUICE_FAILPOINT(name, ...) static_cast<void>(0)
#define SLUICE_STORAGE_CALL(name, ...) static_cast<void>(0)
#define SLUICE_DURABLE_WRITE(name, ...) static_cast<void>(0)
#define SLUICE_SYNC_POINT(name, ...) static_cast<void>(0)
#define SLUICE_FAILPOINT_TAKEN(name) false
#endif
