// Session time zones: named zones of the system's tz database and fixed offsets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::types {

/// One time zone. Immutable; found once and then alive for the whole process, so pointers may be kept and compared.
/// Thread-safety: any number of threads.
class TimeZone {
 public:
  virtual ~TimeZone() = default;
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

  /// As @@time_zone shows it: "SYSTEM", "+08:00", "Asia/Shanghai".
  const std::string& name() const noexcept { return name_; }
  /// Seconds to add to UTC at `utc_seconds` (since 1970) to get local time.
  virtual std::int32_t offset_at_utc(std::int64_t utc_seconds) const = 0;
  /// What a local wall-clock time means.
  struct LocalResult {
    std::int64_t utc_seconds;  // of an ambiguous time the earlier one; in a gap, the moment of the change
    bool exists;               // false in the hour that is skipped when summer time begins
  };
  virtual LocalResult to_utc(std::int64_t local_seconds) const = 0;

  static const TimeZone* utc();
  /// The name of the machine's own zone, which "SYSTEM" stands for.
  static std::string system_name();

 protected:
  explicit TimeZone(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

/// "SYSTEM" (what the environment's TZ says, else the machine's zone), an offset from "-13:59" to "+14:00", or an IANA name in any case ("UTC", "Europe/Berlin").
/// Returns null if there is no such zone. Thread-safety: any.
const TimeZone* find_time_zone(std::string_view name);

}  // namespace sluice::types
