#include "base/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/sql_error.h"
#include "base/task_tree.h"

namespace sluice {
namespace {

enum class Action : std::uint8_t { kOff, kError, kStop, kSleep, kPause, kCrash, kTake };

struct Configuration {
  std::string text;
  std::uint64_t at_pass = 0;  // 0: each
  Action action = Action::kOff;
  std::uint64_t number = 0;  // error number or milliseconds
  std::string message;
  std::uint64_t passes = 0;  // since configured
};

[[noreturn]] void reject(std::string_view text) {
  throw SqlError::with_message(ErrorCode::kWrongArguments, "Incorrect failpoint configuration: " + std::string(text));
}

std::uint64_t parse_number(std::string_view digits, std::string_view whole) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) reject(whole);
  return value;
}

Configuration parse(std::string_view text) {
  Configuration result;
  result.text = text;
  std::string_view rest = text;
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos && colon < rest.find('(')) {
    result.at_pass = parse_number(rest.substr(0, colon), text);
    rest.remove_prefix(colon + 1);
  }
  std::string_view arguments;
  if (const std::size_t open = rest.find('('); open != std::string_view::npos) {
    if (rest.back() != ')') reject(text);
    arguments = rest.substr(open + 1, rest.size() - open - 2);
    rest = rest.substr(0, open);
  }
  const std::size_t comma = arguments.find(',');
  const std::string_view first = arguments.substr(0, comma);
  if (comma != std::string_view::npos) result.message = arguments.substr(comma + 1);
  if (rest == "error") {
    result.action = Action::kError;
    result.number = parse_number(first, text);
  } else if (rest == "sleep") {
    result.action = Action::kSleep;
    result.number = parse_number(first, text);
  } else if (rest == "stop") {
    result.action = Action::kStop;
  } else if (rest == "pause") {
    result.action = Action::kPause;
  } else if (rest == "crash") {
    result.action = Action::kCrash;
  } else if (rest == "take") {
    result.action = Action::kTake;
  } else if (rest != "off") {
    reject(text);
  }
  return result;
}

constexpr std::size_t kKindCount = 4;

struct Plan {
  bool armed = false;
  std::uint64_t fail_at = 0;
  std::uint64_t passes = 0;
  Configuration configuration;
  FaultScope scope = FaultScope::kEverything;
};

bool is_in_scope(FaultScope scope) {
  if (scope == FaultScope::kEverything) return true;
  const TaskRecord* task = TaskRecord::current();
  return task != nullptr && (task->is_below(TaskKind::kStatement) || task->is_below(TaskKind::kJob));
}

struct Registry {
  Mutex mutex;
  Condition changed;
  std::map<std::string, Configuration, std::less<>> configurations SLUICE_GUARDED_BY(mutex);
  std::array<Plan, kKindCount> plans SLUICE_GUARDED_BY(mutex);
};

Registry& registry() {
  static Registry instance;
  return instance;
}

constinit std::atomic<detail::FailpointSite*> first_site{nullptr};
// Whether pass() has to look into the registry at all.
constinit std::atomic<bool> anything_configured{false};

void update_configured(Registry& all) SLUICE_REQUIRES(all.mutex) {
  const bool any_plan = std::any_of(all.plans.begin(), all.plans.end(), [](const Plan& plan) { return plan.armed; });
  anything_configured.store(any_plan || !all.configurations.empty(), std::memory_order_relaxed);
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

/// What pass() has to do outside the mutex.
struct Order {
  Action action = Action::kOff;
  std::uint64_t number = 0;
  std::string message;
};

bool matches(Configuration& configuration, Order& order) {
  ++configuration.passes;
  if (configuration.at_pass != 0 && configuration.passes != configuration.at_pass) return false;
  order = {configuration.action, configuration.number, configuration.message};
  return true;
}

Order find_order(const detail::FailpointSite& site) {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  Order order;
  if (const auto found = all.configurations.find(site.name); found != all.configurations.end()) {
    if (matches(found->second, order)) return order;
  }
  Plan& plan = all.plans[static_cast<std::size_t>(site.kind)];
  if (plan.armed && is_in_scope(plan.scope) && ++plan.passes == plan.fail_at) {
    order = {plan.configuration.action, plan.configuration.number, plan.configuration.message};
  }
  return order;
}

void pause_at(detail::FailpointSite& site, StopToken stop) {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  site.waiting.fetch_add(1);
  struct Leave {
    detail::FailpointSite& site;
    ~Leave() { site.waiting.fetch_sub(1); }
  } leave{site};
  all.changed.notify_all();
  all.changed.wait(lock, stop, [&]() SLUICE_REQUIRES(all.mutex) {
    const auto found = all.configurations.find(site.name);
    return found == all.configurations.end() || found->second.action != Action::kPause;
  });
}

}  // namespace

namespace detail {

FailpointSite::FailpointSite(const char* site_name, FailpointKind site_kind) noexcept
    : name(site_name), kind(site_kind) {
  next = first_site.load(std::memory_order_relaxed);
  while (!first_site.compare_exchange_weak(next, this, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

bool FailpointSite::pass(StopToken stop) {
  passes.fetch_add(1, std::memory_order_relaxed);
  if (!anything_configured.load(std::memory_order_relaxed)) return false;
  const Order order = find_order(*this);
  switch (order.action) {
    case Action::kOff:
      return false;
    case Action::kTake:
      return true;
    case Action::kStop:
      throw Stopped(StopReason::kQueryKilled);
    case Action::kSleep:
      clock().sleep(std::chrono::milliseconds(order.number), stop);
      return false;
    case Action::kPause:
      pause_at(*this, stop);
      return false;
    case Action::kCrash:
      die();
    case Action::kError:
      throw SqlError::with_message(static_cast<ErrorCode>(order.number),
                                   order.message.empty() ? "failpoint " + std::string(name) + " fails" : order.message);
  }
  return false;
}

}  // namespace detail

void set_failpoint(std::string_view name, std::string_view configuration) {
  Configuration parsed = parse(configuration);
  Registry& all = registry();
  MutexLock lock(all.mutex);
  if (parsed.action == Action::kOff) {
    if (const auto found = all.configurations.find(name); found != all.configurations.end()) {
      all.configurations.erase(found);
    }
  } else {
    all.configurations.insert_or_assign(std::string(name), std::move(parsed));
  }
  update_configured(all);
  all.changed.notify_all();
}

void clear_failpoints() {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  all.configurations.clear();
  all.plans = {};
  update_configured(all);
  all.changed.notify_all();
}

void set_failpoints(std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = list.find(';');
    const std::string_view entry = list.substr(0, end);
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    if (entry.empty()) continue;
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) reject(entry);
    set_failpoint(entry.substr(0, equals), entry.substr(equals + 1));
  }
}

std::vector<FailpointStatus> failpoints() {
  std::map<std::string, FailpointStatus> by_name;
  for (detail::FailpointSite* site = first_site.load(std::memory_order_acquire); site != nullptr; site = site->next) {
    FailpointStatus& status = by_name[site->name];
    status.name = site->name;
    status.kind = site->kind;
    status.passes += site->passes.load(std::memory_order_relaxed);
    status.waiting += site->waiting.load(std::memory_order_relaxed);
  }
  Registry& all = registry();
  {
    MutexLock lock(all.mutex);
    for (const auto& [name, configuration] : all.configurations) {
      by_name[name].name = name;
      by_name[name].configuration = configuration.text;
    }
  }
  std::vector<FailpointStatus> result;
  for (auto& [name, status] : by_name) result.push_back(std::move(status));
  return result;
}

std::uint64_t failpoint_passes(std::string_view name) {
  std::uint64_t passes = 0;
  for (detail::FailpointSite* site = first_site.load(std::memory_order_acquire); site != nullptr; site = site->next) {
    if (name == site->name) passes += site->passes.load(std::memory_order_relaxed);
  }
  return passes;
}

void arm_faults(FailpointKind kind, const FaultPlan& plan) {
  Plan parsed{true, plan.fail_at, 0, parse(plan.configuration), plan.scope};
  Registry& all = registry();
  MutexLock lock(all.mutex);
  all.plans[static_cast<std::size_t>(kind)] = std::move(parsed);
  update_configured(all);
}

std::uint64_t fault_passes(FailpointKind kind) {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  return all.plans[static_cast<std::size_t>(kind)].passes;
}

void disarm_faults() {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  all.plans = {};
  update_configured(all);
}

}  // namespace sluice
