#include "types/time_arithmetic.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "types/time_parse.h"
#include "types/time_zone.h"

namespace sluice::types {

namespace {

constexpr std::array<std::string_view, 20> kUnitNames = {"MICROSECOND",
                                                         "SECOND",
                                                         "MINUTE",
                                                         "HOUR",
                                                         "DAY",
                                                         "WEEK",
                                                         "MONTH",
                                                         "QUARTER",
                                                         "YEAR",
                                                         "SECOND_MICROSECOND",
                                                         "MINUTE_MICROSECOND",
                                                         "MINUTE_SECOND",
                                                         "HOUR_MICROSECOND",
                                                         "HOUR_SECOND",
                                                         "HOUR_MINUTE",
                                                         "DAY_MICROSECOND",
                                                         "DAY_SECOND",
                                                         "DAY_MINUTE",
                                                         "DAY_HOUR",
                                                         "YEAR_MONTH"};

constexpr std::int64_t kMinute = 60 * kMicrosecondsPerSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kMaxMonths = 10'000 * 12;
constexpr std::int64_t kMaxMicroseconds = (kMaxDayNumber + 1) * kMicrosecondsPerDay;

/// Months or microseconds of one unit that is not composite.
struct UnitSize {
  std::int64_t months;
  std::int64_t microseconds;
};

constexpr UnitSize size_of(IntervalUnit unit) noexcept {
  switch (unit) {
    case IntervalUnit::kMicrosecond:
      return {0, 1};
    case IntervalUnit::kSecond:
      return {0, kMicrosecondsPerSecond};
    case IntervalUnit::kMinute:
      return {0, kMinute};
    case IntervalUnit::kHour:
      return {0, kHour};
    case IntervalUnit::kDay:
      return {0, kMicrosecondsPerDay};
    case IntervalUnit::kWeek:
      return {0, 7 * kMicrosecondsPerDay};
    case IntervalUnit::kMonth:
      return {1, 0};
    case IntervalUnit::kQuarter:
      return {3, 0};
    case IntervalUnit::kYear:
      return {12, 0};
    default:
      return {0, 0};
  }
}

/// The parts of a composite unit, largest first; the text gives a number for each, or for the last few.
struct CompositeParts {
  std::array<IntervalUnit, 5> units;
  std::size_t count;
};

constexpr CompositeParts parts_of(IntervalUnit unit) noexcept {
  using U = IntervalUnit;
  constexpr std::array<U, 5> kDayToMicrosecond = {U::kDay, U::kHour, U::kMinute, U::kSecond, U::kMicrosecond};
  const auto slice = [&](std::size_t first, std::size_t last) {
    CompositeParts parts{{}, last - first + 1};
    for (std::size_t i = first; i <= last; ++i) parts.units[i - first] = kDayToMicrosecond[i];
    return parts;
  };
  switch (unit) {
    case U::kSecondMicrosecond:
      return slice(3, 4);
    case U::kMinuteMicrosecond:
      return slice(2, 4);
    case U::kMinuteSecond:
      return slice(2, 3);
    case U::kHourMicrosecond:
      return slice(1, 4);
    case U::kHourSecond:
      return slice(1, 3);
    case U::kHourMinute:
      return slice(1, 2);
    case U::kDayMicrosecond:
      return slice(0, 4);
    case U::kDaySecond:
      return slice(0, 3);
    case U::kDayMinute:
      return slice(0, 2);
    case U::kDayHour:
      return slice(0, 1);
    case U::kYearMonth:
      return {{U::kYear, U::kMonth}, 2};
    default:
      return {{unit}, 1};
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void add_part(IntervalUnit unit, std::int64_t count, Interval& interval) {
  const UnitSize size = size_of(unit);
  std::int64_t months = 0;
  std::int64_t microseconds = 0;
  interval.overflow |= __builtin_mul_overflow(count, size.months, &months) ||
                       __builtin_mul_overflow(count, size.microseconds, &microseconds) ||
                       __builtin_add_overflow(interval.months, months, &interval.months) ||
                       __builtin_add_overflow(interval.microseconds, microseconds, &interval.microseconds);
  interval.overflow |= interval.months > kMaxMonths || interval.months < -kMaxMonths ||
                       interval.microseconds > kMaxMicroseconds || interval.microseconds < -kMaxMicroseconds;
}

}  // namespace

std::optional<IntervalUnit> find_interval_unit(std::string_view name) noexcept {
  constexpr std::string_view kOdbcPrefix = "SQL_TSI_";
  const auto equals = [](std::string_view a, std::string_view upper) {
    if (a.size() != upper.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::toupper(static_cast<unsigned char>(a[i])) != upper[i]) return false;
    }
    return true;
  };
  if (name.size() > kOdbcPrefix.size() && equals(name.substr(0, kOdbcPrefix.size()), kOdbcPrefix))
    name.remove_prefix(kOdbcPrefix.size());
  for (std::size_t i = 0; i < kUnitNames.size(); ++i) {
    if (equals(name, kUnitNames[i])) return static_cast<IntervalUnit>(i);
  }
  return std::nullopt;
}

std::string_view interval_unit_name(IntervalUnit unit) noexcept { return kUnitNames[static_cast<std::size_t>(unit)]; }

bool has_clock_part(IntervalUnit unit) noexcept {
  if (unit == IntervalUnit::kYearMonth) return false;
  return unit <= IntervalUnit::kHour || is_composite(unit);
}

Interval make_interval(IntervalUnit unit, std::int64_t count) noexcept {
  Interval interval;
  add_part(unit, count, interval);
  return interval;
}

Interval make_interval(IntervalUnit unit, const Decimal& count) noexcept {
  DecimalStatus status;
  Interval interval;
  if (unit == IntervalUnit::kSecond) {
    const Decimal microseconds = Decimal::mul(count, Decimal::from_int64(kMicrosecondsPerSecond), status);
    const std::int64_t whole = microseconds.to_int64(RoundMode::kTruncate, status);
    add_part(IntervalUnit::kMicrosecond, whole, interval);
  } else {
    add_part(unit, count.to_int64(RoundMode::kHalfAwayFromZero, status), interval);
  }
  interval.overflow |= status == DecimalStatus::kOverflow;
  return interval;
}

namespace {

bool parse_composite(IntervalUnit unit, std::string_view text, Interval& out, bool& truncated) {
  const CompositeParts parts = parts_of(unit);
  std::size_t i = 0;
  while (i < text.size() && !is_digit(text[i]) && text[i] != '-') ++i;
  const bool negative = i < text.size() && text[i] == '-';
  if (negative) ++i;

  std::array<std::int64_t, 5> numbers{};
  std::size_t count = 0;
  int last_digits = 0;
  bool overflow = false;
  while (i < text.size()) {
    while (i < text.size() && !is_digit(text[i])) ++i;
    if (i == text.size()) break;
    if (count == parts.count) {
      truncated = true;
      return false;
    }
    std::int64_t number = 0;
    last_digits = 0;
    for (; i < text.size() && is_digit(text[i]); ++i, ++last_digits) {
      overflow |= __builtin_mul_overflow(number, std::int64_t{10}, &number) ||
                  __builtin_add_overflow(number, text[i] - '0', &number);
    }
    numbers[count++] = number;
  }
  const std::size_t missing = parts.count - count;
  if (count > 0 && parts.units[parts.count - 1] == IntervalUnit::kMicrosecond) {
    for (; last_digits < kMaxFractionDigits; ++last_digits) numbers[count - 1] *= 10;  // ".5" is 500000
  }
  for (std::size_t k = 0; k < count; ++k) add_part(parts.units[missing + k], numbers[k], out);
  out.overflow |= overflow;
  if (negative) out = out.negated();
  return true;
}

}  // namespace

bool parse_interval(IntervalUnit unit, std::string_view text, Interval& out, bool& truncated) {
  out = Interval();
  truncated = false;
  if (is_composite(unit)) return parse_composite(unit, text, out, truncated);
  // Only seconds are read as a number of any form; counts of other units end before an exponent.
  const std::string_view number = unit == IntervalUnit::kSecond ? text : text.substr(0, text.find_first_of("eE"));
  const DecimalParse parse = Decimal::parse_prefix(number);
  std::size_t end = parse.consumed;
  while (end < text.size() && text[end] == ' ') ++end;
  truncated = end != text.size() || parse.status == DecimalStatus::kBadNumber;
  out = make_interval(unit, unit == IntervalUnit::kSecond ? parse.value : parse.value.round(0, RoundMode::kTruncate));
  out.overflow |= parse.status == DecimalStatus::kOverflow;
  return true;
}

std::optional<Time> add_interval(Time time, const Interval& interval) noexcept {
  if (interval.overflow || time.is_zero_in_date()) return std::nullopt;
  if (interval.months != 0) {
    TimeParts parts = time.parts();
    const std::int64_t month_index = parts.year * 12LL + parts.month - 1 + interval.months;
    if (month_index < 0 || month_index >= 10'000 * 12) return std::nullopt;
    parts.year = static_cast<int>(month_index / 12);
    parts.month = static_cast<int>(month_index % 12) + 1;
    parts.day = std::min(parts.day, days_in_month(parts.year, parts.month));
    time = Time::from_parts(parts);
  }
  if (interval.microseconds == 0) return time;
  const std::int64_t moment = wall_microseconds(time) + interval.microseconds;
  const Time result = time_from_wall_microseconds(moment);
  if (result.is_zero()) return std::nullopt;
  return result;
}

std::optional<Duration> add_interval(Duration duration, const Interval& interval) noexcept {
  if (interval.overflow || interval.months != 0) return std::nullopt;
  constexpr std::int64_t kMostMicroseconds = 2 * Duration::kMaxNanoseconds / kNanosecondsPerMicrosecond;
  if (interval.microseconds > kMostMicroseconds || interval.microseconds < -kMostMicroseconds) return std::nullopt;
  const Duration result{duration.nanoseconds + interval.microseconds * kNanosecondsPerMicrosecond};
  if (!result.in_range()) return std::nullopt;
  return result;
}

std::optional<Time> add_duration(Time time, Duration duration) noexcept {
  return add_interval(time, Interval{0, duration.nanoseconds / kNanosecondsPerMicrosecond, false});
}

std::int64_t date_difference(Time a, Time b) noexcept {
  return day_number(a.year(), a.month(), a.day()) - day_number(b.year(), b.month(), b.day());
}

Duration time_difference(Time a, Time b) noexcept {
  // 10,000 years of nanoseconds do not fit 64 bits; what is beyond TIME's range is clipped anyway.
  constexpr std::int64_t kLimit = 2 * Duration::kMaxNanoseconds / kNanosecondsPerMicrosecond;
  const std::int64_t microseconds = wall_microseconds(a) - wall_microseconds(b);
  return Duration{std::clamp(microseconds, -kLimit, kLimit) * kNanosecondsPerMicrosecond};
}

std::int64_t timestamp_difference(IntervalUnit unit, Time from, Time to) noexcept {
  const UnitSize size = size_of(unit);
  if (size.months == 0)
    return size.microseconds == 0 ? 0 : (wall_microseconds(to) - wall_microseconds(from)) / size.microseconds;
  const bool negative = to < from;
  if (negative) std::swap(from, to);
  std::int64_t months = (to.year() - from.year()) * 12LL + to.month() - from.month();
  // A month is whole when its day and clock have been reached; the packed forms below the month tell.
  constexpr std::uint64_t kBelowMonth = (1ull << 46) - 1;
  if ((to.packed & kBelowMonth) < (from.packed & kBelowMonth)) --months;
  months /= size.months;
  return negative ? -months : months;
}

std::int64_t extract(IntervalUnit unit, Time time) noexcept {
  using U = IntervalUnit;
  const TimeParts p = time.parts();
  const std::int64_t clock = p.hour * 10'000LL + p.minute * 100 + p.second;
  switch (unit) {
    case U::kMicrosecond:
      return p.microsecond;
    case U::kSecond:
      return p.second;
    case U::kMinute:
      return p.minute;
    case U::kHour:
      return p.hour;
    case U::kDay:
      return p.day;
    case U::kWeek:
      return week_of(time, 0, WeekNumbering::kWithinYear).week;
    case U::kMonth:
      return p.month;
    case U::kQuarter:
      return quarter(time);
    case U::kYear:
      return p.year;
    case U::kSecondMicrosecond:
      return p.second * kMicrosecondsPerSecond + p.microsecond;
    case U::kMinuteMicrosecond:
      return (p.minute * 100LL + p.second) * kMicrosecondsPerSecond + p.microsecond;
    case U::kMinuteSecond:
      return p.minute * 100 + p.second;
    case U::kHourMicrosecond:
      return clock * kMicrosecondsPerSecond + p.microsecond;
    case U::kHourSecond:
      return clock;
    case U::kHourMinute:
      return p.hour * 100 + p.minute;
    case U::kDayMicrosecond:
      return (p.day * 1'000'000LL + clock) * kMicrosecondsPerSecond + p.microsecond;
    case U::kDaySecond:
      return p.day * 1'000'000LL + clock;
    case U::kDayMinute:
      return p.day * 10'000LL + p.hour * 100 + p.minute;
    case U::kDayHour:
      return p.day * 100 + p.hour;
    case U::kYearMonth:
      return p.year * 100 + p.month;
  }
  return 0;
}

std::int64_t extract(IntervalUnit unit, Duration duration) noexcept {
  using U = IntervalUnit;
  const std::int64_t hours = duration.hours();
  const std::int64_t minutes = duration.minutes();
  const std::int64_t seconds = duration.seconds();
  const std::int64_t microseconds = duration.microseconds();
  const std::int64_t clock = hours * 10'000 + minutes * 100 + seconds;
  std::int64_t value = 0;
  switch (unit) {
    case U::kMicrosecond:
      value = microseconds;
      break;
    case U::kSecond:
      value = seconds;
      break;
    case U::kMinute:
      value = minutes;
      break;
    case U::kHour:
      value = hours;
      break;
    case U::kSecondMicrosecond:
      value = seconds * kMicrosecondsPerSecond + microseconds;
      break;
    case U::kMinuteMicrosecond:
      value = (minutes * 100 + seconds) * kMicrosecondsPerSecond + microseconds;
      break;
    case U::kMinuteSecond:
      value = minutes * 100 + seconds;
      break;
    case U::kHourMicrosecond:
    case U::kDayMicrosecond:
      value = clock * kMicrosecondsPerSecond + microseconds;
      break;
    case U::kHourSecond:
    case U::kDaySecond:
      value = clock;
      break;
    case U::kHourMinute:
    case U::kDayMinute:
      value = hours * 100 + minutes;
      break;
    case U::kDayHour:
      value = hours;
      break;
    default:  // a TIME has no date parts
      break;
  }
  return duration.is_negative() ? -value : value;
}

namespace {

/// Months since year 0 of YYMM or YYYYMM; -1 if it is none.
std::int64_t period_to_months(std::int64_t period) noexcept {
  const std::int64_t month = period % 100;
  if (period <= 0 || month < 1 || month > 12 || period > 99'999'999'99) return -1;
  const std::int64_t year = period / 100;
  return expand_two_digit_year(static_cast<int>(year)) * 12LL + month - 1;
}

}  // namespace

bool period_add(std::int64_t period, std::int64_t months, std::int64_t& out) noexcept {
  const std::int64_t base = period_to_months(period);
  std::int64_t sum;
  if (base < 0 || __builtin_add_overflow(base, months, &sum) || sum < 0) return false;
  out = sum / 12 * 100 + sum % 12 + 1;
  return true;
}

bool period_difference(std::int64_t a, std::int64_t b, std::int64_t& out) noexcept {
  const std::int64_t left = period_to_months(a);
  const std::int64_t right = period_to_months(b);
  if (left < 0 || right < 0) return false;
  out = left - right;
  return true;
}

std::int64_t unix_microseconds(Time local, const TimeZone* zone) {
  const std::int64_t wall = wall_microseconds(local);
  if (zone == nullptr) return wall;
  const std::int64_t fraction = local.microsecond();
  const TimeZone::LocalResult result = zone->to_utc((wall - fraction) / kMicrosecondsPerSecond);
  return result.utc_seconds * kMicrosecondsPerSecond + (result.exists ? fraction : 0);
}

std::optional<Time> time_from_unix_microseconds(std::int64_t microseconds, const TimeZone* zone) {
  std::int64_t seconds = microseconds / kMicrosecondsPerSecond;
  if (microseconds % kMicrosecondsPerSecond < 0) --seconds;
  const std::int64_t offset = zone == nullptr ? 0 : zone->offset_at_utc(seconds);
  const Time result = time_from_wall_microseconds(microseconds + offset * kMicrosecondsPerSecond);
  if (result.is_zero()) return std::nullopt;
  return result;
}

std::optional<Time> convert_zone(Time time, const TimeZone* from, const TimeZone* to) {
  return time_from_unix_microseconds(unix_microseconds(time, from), to);
}

}  // namespace sluice::types
