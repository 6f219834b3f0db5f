#include "types/time_zone.h"

#include <date/tz.h>

#include <cctype>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "types/time.h"

namespace sluice::types {

namespace {

class FixedOffset final : public TimeZone {
 public:
  FixedOffset(std::string name, std::int32_t seconds) : TimeZone(std::move(name)), seconds_(seconds) {}
  std::int32_t offset_at_utc(std::int64_t) const override { return seconds_; }
  LocalResult to_utc(std::int64_t local_seconds) const override { return {local_seconds - seconds_, true}; }

 private:
  const std::int32_t seconds_;
};

class NamedZone final : public TimeZone {
 public:
  NamedZone(std::string name, const date::time_zone* zone) : TimeZone(std::move(name)), zone_(zone) {}

  std::int32_t offset_at_utc(std::int64_t utc_seconds) const override { return period_at(utc_seconds).offset; }

  LocalResult to_utc(std::int64_t local_seconds) const override {
    // More than a day away from any change a local time means one moment.
    const Period& period = period_at(local_seconds);
    const std::int64_t candidate = local_seconds - period.offset;
    if (candidate >= period.begin + kSecondsPerDay && candidate < period.end - kSecondsPerDay) return {candidate, true};
    const date::local_info info = zone_->get_info(date::local_seconds{std::chrono::seconds(local_seconds)});
    if (info.result == date::local_info::nonexistent) return {info.second.begin.time_since_epoch().count(), false};
    return {local_seconds - info.first.offset.count(), true};  // of an ambiguous time, `first` is the earlier
  }

 private:
  /// A time during which the offset does not change, in seconds of UTC.
  struct Period {
    const NamedZone* zone = nullptr;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::int32_t offset = 0;
  };

  /// The period of a moment. The library's look-up allocates; rows of a scan mostly fall into the period of the row before.
  const Period& period_at(std::int64_t utc_seconds) const {
    thread_local Period last;
    if (last.zone != this || utc_seconds < last.begin || utc_seconds >= last.end) {
      const date::sys_info info = zone_->get_info(date::sys_seconds{std::chrono::seconds(utc_seconds)});
      last = {this, info.begin.time_since_epoch().count(), info.end.time_since_epoch().count(),
              static_cast<std::int32_t>(info.offset.count())};
    }
    return last;
  }

  const date::time_zone* const zone_;  // lives as long as the tz database: for ever
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(a[i])) != std::tolower(static_cast<unsigned char>(b[i]))) return false;
  }
  return true;
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// "+08:00", "-3:30" as seconds.
std::optional<std::int32_t> parse_offset(std::string_view text) {
  if (text.size() < 5 || text.size() > 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const std::size_t colon = text.size() - 3;
  if (text[colon] != ':') return std::nullopt;
  int hours = 0;
  int minutes = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (i == colon) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    int& field = i < colon ? hours : minutes;
    field = field * 10 + (text[i] - '0');
  }
  const std::int32_t seconds = hours * 3600 + minutes * 60;
  constexpr std::int32_t kEastMax = 14 * 3600;
  constexpr std::int32_t kWestMax = 14 * 3600 - 60;
  if (minutes > 59 || seconds > (text[0] == '-' ? kWestMax : kEastMax)) return std::nullopt;
  return text[0] == '-' ? -seconds : seconds;
}

std::string offset_name(std::int32_t seconds) {
  const std::int32_t magnitude = seconds < 0 ? -seconds : seconds;
  const auto two = [](std::int32_t value) {
    return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
  };
  return std::string(seconds < 0 ? "-" : "+") + two(magnitude / 3600) + ":" + two(magnitude / 60 % 60);
}

/// The zone with this IANA name in any case, or null.
const date::time_zone* locate(std::string_view name) {
  const date::tzdb& database = date::get_tzdb();
  for (const date::time_zone& zone : database.zones) {
    if (equal_ignoring_case(zone.name(), name)) return &zone;
  }
#if !USE_OS_TZDB
  for (const date::time_zone_link& link : database.links) {
    if (equal_ignoring_case(link.name(), name)) return database.locate_zone(link.target());
  }
#endif
  return nullptr;
}

/// The zones in use, by lower-case name. Never destroyed, so that pointers stay valid until the process ends.
struct Registry {
  Mutex mutex;
  std::map<std::string, std::unique_ptr<const TimeZone>, std::less<>> zones SLUICE_GUARDED_BY(mutex);
};

Registry& registry() {
  static Registry* const instance = std::make_unique<Registry>().release();
  return *instance;
}

/// The zone that the environment's TZ names, as the C library reads it: "Asia/Shanghai", ":Asia/Shanghai" or a file of the zone database.
/// Null: TZ is not set, empty, or says something else.
const date::time_zone* environment_zone() {
  const char* const variable = std::getenv("TZ");
  if (variable == nullptr) return nullptr;
  std::string_view name = variable;
  if (name.starts_with(':')) name.remove_prefix(1);
  constexpr std::string_view kDatabase = "/zoneinfo/";
  if (const std::size_t at = name.rfind(kDatabase); at != std::string_view::npos)
    name.remove_prefix(at + kDatabase.size());
  return name.empty() ? nullptr : locate(name);
}

std::unique_ptr<const TimeZone> make_zone(std::string_view name) {
  if (const std::optional<std::int32_t> seconds = parse_offset(name))
    return std::make_unique<FixedOffset>(offset_name(*seconds), *seconds);
  if (equal_ignoring_case(name, "SYSTEM")) {
    if (const date::time_zone* zone = environment_zone()) return std::make_unique<NamedZone>("SYSTEM", zone);
    try {
      return std::make_unique<NamedZone>("SYSTEM", date::current_zone());
    } catch (const std::runtime_error&) {  // a machine without a configured zone runs in UTC
      return std::make_unique<FixedOffset>("SYSTEM", 0);
    }
  }
  if (equal_ignoring_case(name, "UTC")) return std::make_unique<FixedOffset>("UTC", 0);
  const date::time_zone* zone = locate(name);
  return zone == nullptr ? nullptr : std::make_unique<NamedZone>(zone->name(), zone);
}

}  // namespace

std::string TimeZone::system_name() {
  if (const date::time_zone* zone = environment_zone()) return zone->name();
  try {
    return date::current_zone()->name();
  } catch (const std::runtime_error&) {
    return "UTC";
  }
}

const TimeZone* TimeZone::utc() {
  static const FixedOffset instance("UTC", 0);
  return &instance;
}

const TimeZone* find_time_zone(std::string_view name) {
  if (equal_ignoring_case(name, "UTC")) return TimeZone::utc();
  Registry& known = registry();
  const std::string key = to_lower(name);
  MutexLock lock(known.mutex);
  const auto found = known.zones.find(key);
  if (found != known.zones.end()) return found->second.get();
  std::unique_ptr<const TimeZone> zone = make_zone(name);
  if (zone == nullptr) return nullptr;
  return known.zones.emplace(key, std::move(zone)).first->second.get();
}

}  // namespace sluice::types
