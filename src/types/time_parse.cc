#include "types/time_parse.h"

#include <algorithm>
#include <optional>

#include "types/time_zone.h"

namespace sluice::types {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// A reading position in a text.
struct Scanner {
  std::string_view text;
  std::size_t position = 0;

  bool at_end() const { return position >= text.size(); }
  char peek() const { return at_end() ? '\0' : text[position]; }
  char peek_at(std::size_t distance) const {
    return position + distance < text.size() ? text[position + distance] : '\0';
  }
  std::size_t digit_run() const {
    std::size_t end = position;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - position;
  }
  /// Reads up to `most` digits; `count` gets how many there were.
  int number(std::size_t most, std::size_t& count) {
    int value = 0;
    count = 0;
    while (count < most && is_digit(peek())) {
      value = value * 10 + (peek() - '0');
      ++position;
      ++count;
    }
    return value;
  }
};

/// Digits after the point: nanoseconds, and how many of six digits were written.
struct Fraction {
  std::int64_t nanoseconds = 0;
  int digits = 0;
};

Fraction read_fraction(Scanner& in) {
  Fraction fraction;
  std::int64_t unit = 100'000'000;
  for (; is_digit(in.peek()); ++in.position) {
    fraction.nanoseconds += (in.peek() - '0') * unit;
    unit /= 10;
    fraction.digits = std::min(fraction.digits + 1, kMaxFractionDigits);
  }
  return fraction;
}

/// Offset "+hh:mm", "-hhmm", "+hh" or "Z" that fills the rest of the text, in seconds.
std::optional<int> read_zone_offset(Scanner in) {
  if (in.peek() == 'Z' && in.position + 1 == in.text.size()) return 0;
  const char sign = in.peek();
  if (sign != '+' && sign != '-') return std::nullopt;
  ++in.position;
  std::size_t count;
  const int hours = in.number(2, count);
  if (count != 2) return std::nullopt;
  if (in.peek() == ':') ++in.position;
  const int minutes = in.number(2, count);
  if ((count != 2 && count != 0) || !in.at_end() || minutes > 59) return std::nullopt;
  const int offset = hours * 3600 + minutes * 60;
  constexpr int kMaxEast = 14 * 3600;
  if (offset > kMaxEast || (sign == '-' && offset >= kMaxEast)) return std::nullopt;
  return sign == '-' ? -offset : offset;
}

/// A date and time as read, before rounding and checks.
struct Draft {
  TimeParts parts;
  Fraction fraction;
  bool has_clock = false;
  std::optional<int> offset_seconds;
};

/// Reads fixed two-digit fields after the date of an undelimited literal.
bool read_compact(Scanner& in, std::size_t run, Draft& draft) {
  const bool four_digit_year = run == 8 || run >= 14;
  if (run < 5 || run == 13 || run > 14) return false;
  std::size_t count;
  TimeParts& parts = draft.parts;
  parts.year = in.number(four_digit_year ? 4 : 2, count);
  parts.month = in.number(2, count);
  parts.day = in.number(2, count);
  if (!four_digit_year) {
    if (parts.year != 0 || parts.month != 0 || parts.day != 0) parts.year = expand_two_digit_year(parts.year);
  }
  draft.has_clock = run > 8 || run == 7;
  parts.hour = in.number(2, count);
  parts.minute = in.number(2, count);
  parts.second = in.number(2, count);
  return true;
}

/// "hh[:mm[:ss[.f]]]" with any single punctuation as delimiter, or "hhmmss". A sign is a delimiter, too, unless what
/// follows the minutes is a whole offset "+hh:mm".
void read_clock(Scanner& in, Draft& draft) {
  std::size_t count;
  TimeParts& parts = draft.parts;
  if (in.digit_run() >= 4) {
    parts.hour = in.number(2, count);
    parts.minute = in.number(2, count);
    parts.second = in.number(2, count);
  } else {
    parts.hour = in.number(2, count);
    const auto delimited = [&in] { return is_punctuation(in.peek()) && is_digit(in.peek_at(1)); };
    if (delimited()) {
      ++in.position;
      parts.minute = in.number(2, count);
      if (delimited() && !(in.peek_at(3) == ':' && read_zone_offset(in))) {
        ++in.position;
        parts.second = in.number(2, count);
      } else {
        return;
      }
    } else {
      return;
    }
  }
  if (in.peek() == '.') {
    ++in.position;
    draft.fraction = read_fraction(in);
  }
}

bool read_delimited(Scanner& in, Draft& draft) {
  std::size_t year_digits;
  std::size_t count;
  TimeParts& parts = draft.parts;
  parts.year = in.number(4, year_digits);
  if (year_digits == 0) return false;
  for (int* field : {&parts.month, &parts.day}) {
    if (!is_punctuation(in.peek())) return false;
    while (is_punctuation(in.peek())) ++in.position;
    *field = in.number(2, count);
    if (count == 0 || is_digit(in.peek())) return false;
  }
  if (year_digits <= 2 && (parts.year != 0 || parts.month != 0 || parts.day != 0))
    parts.year = expand_two_digit_year(parts.year);
  Scanner after = in;
  if (after.peek() == 'T') {
    ++after.position;
  } else {
    while (is_space(after.peek()) || is_punctuation(after.peek())) ++after.position;
  }
  if (after.position == in.position || !is_digit(after.peek())) return true;
  in = after;
  draft.has_clock = true;
  read_clock(in, draft);
  return true;
}

/// Checks, rounds and converts to the session's zone.
bool finish(const Draft& draft, const TimeParseOptions& options, TimeParse& out) {
  if (!is_valid_time(draft.parts, options.allow_invalid_dates)) return false;
  TimeParts parts = draft.parts;
  parts.microsecond = static_cast<int>(draft.fraction.nanoseconds / kNanosecondsPerMicrosecond);
  Time time = Time::from_parts(parts);
  if (options.truncate_fraction) {
    time = truncate_time(time, options.fsp);
  } else {
    // Half of a microsecond counts only when all six digits are kept; else the first six digits decide.
    if (options.fsp == kMaxFractionDigits && draft.fraction.nanoseconds % kNanosecondsPerMicrosecond >= 500) {
      if (parts.microsecond + 1 < kMicrosecondsPerSecond) {
        time.packed += 1;
      } else if (!time.is_zero_in_date()) {
        time = time_from_wall_microseconds(wall_microseconds(time) + 1);
        if (time.is_zero()) return false;
      }
    } else if (!round_time(time, options.fsp)) {
      return false;
    }
  }
  if (draft.offset_seconds) {
    if (time.is_zero_in_date()) return false;
    std::int64_t utc = wall_microseconds(time) - *draft.offset_seconds * kMicrosecondsPerSecond;
    std::int64_t utc_seconds = utc / kMicrosecondsPerSecond;
    if (utc % kMicrosecondsPerSecond < 0) --utc_seconds;
    const TimeZone* zone = options.zone != nullptr ? options.zone : TimeZone::utc();
    time = time_from_wall_microseconds(utc + zone->offset_at_utc(utc_seconds) * kMicrosecondsPerSecond);
    if (time.is_zero()) return false;
  }
  out.value = time;
  out.has_clock = draft.has_clock;
  out.fraction_digits = draft.fraction.digits;
  return true;
}

}  // namespace

bool parse_time(std::string_view text, const TimeParseOptions& options, TimeParse& out) {
  out = TimeParse();
  Scanner in{trim(text)};
  Draft draft;
  const std::size_t run = in.digit_run();
  if (run == 0) return false;
  const char next = in.peek_at(run);
  const bool compact =
      run >= 5 && (next == '\0' || next == '.' || next == 'T' || next == '+' || next == '-' || !is_punctuation(next));
  if (compact) {
    if (!read_compact(in, run, draft)) return false;
    if ((next == 'T' || next == ' ') && (run == 8 || run == 6) && is_digit(in.peek_at(1))) {
      ++in.position;
      draft.has_clock = true;
      read_clock(in, draft);
    } else if (next == '.' && draft.has_clock) {
      ++in.position;
      draft.fraction = read_fraction(in);
    } else if (next == '.' && is_digit(in.peek_at(1))) {
      ++in.position;  // "20240130.1014": the point ends the date
      draft.has_clock = true;
      std::size_t count;
      draft.parts.hour = in.number(2, count);
      draft.parts.minute = in.number(2, count);
      draft.parts.second = in.number(2, count);
    }
  } else if (!read_delimited(in, draft)) {
    return false;
  }
  if (!in.at_end()) {
    if (draft.has_clock) draft.offset_seconds = read_zone_offset(in);
    out.truncated = !draft.offset_seconds;
  }
  const bool truncated = out.truncated;
  if (!finish(draft, options, out)) return false;
  out.truncated = truncated;
  return true;
}

namespace {

/// The 14-digit form of a date number; -1 if it stands for no date.
std::int64_t complete_date_number(std::int64_t number) {
  constexpr std::int64_t kClock = 1'000'000;
  constexpr std::int64_t kYear = 10'000;               // of a date number
  constexpr std::int64_t kYearClock = kYear * kClock;  // of a date and time number
  if (number == 0 || number >= 1000 * kYearClock + 101 * kClock) return number;
  if (number < 101) return -1;
  if (number <= 69 * kYear + 1231) return (number + 2000 * kYear) * kClock;
  if (number < 70 * kYear + 101) return -1;
  if (number <= 99 * kYear + 1231) return (number + 1900 * kYear) * kClock;
  if (number < 1000 * kYear + 101) return -1;
  if (number <= 9999 * kYear + 1231) return number * kClock;
  if (number < 101 * kClock) return -1;
  if (number <= 69 * kYearClock + 1231 * kClock + 235959) return number + 2000 * kYearClock;
  if (number < 70 * kYearClock + 101 * kClock) return -1;
  if (number <= 99 * kYearClock + 1231 * kClock + 235959) return number + 1900 * kYearClock;
  return number;
}

TimeParts split_date_number(std::int64_t number) {
  TimeParts parts;
  const int clock = static_cast<int>(number % 1'000'000);
  const std::int64_t date = number / 1'000'000;
  parts.year = static_cast<int>(std::min<std::int64_t>(date / 10'000, 10'000));
  parts.month = static_cast<int>(date / 100 % 100);
  parts.day = static_cast<int>(date % 100);
  parts.hour = clock / 10'000;
  parts.minute = clock / 100 % 100;
  parts.second = clock % 100;
  return parts;
}

}  // namespace

bool time_from_number(std::int64_t number, int microsecond, const TimeParseOptions& options, TimeParse& out) {
  out = TimeParse();
  if (number < 0) return false;
  const std::int64_t complete = complete_date_number(number);
  if (complete < 0) return false;
  Draft draft;
  draft.parts = split_date_number(complete);
  draft.fraction.nanoseconds = microsecond * kNanosecondsPerMicrosecond;
  draft.fraction.digits = microsecond != 0 ? kMaxFractionDigits : 0;
  constexpr std::int64_t kLastDateNumber = 99'991'231;
  draft.has_clock = number > kLastDateNumber;
  return finish(draft, options, out);
}

namespace {

bool finish_duration(bool negative, std::int64_t hours, int minutes, int seconds, const Fraction& fraction, int fsp,
                     DurationParse& out) {
  if (minutes > 59 || seconds > 59) return false;
  hours = std::min<std::int64_t>(hours, 10'000'000);
  std::int64_t nanoseconds = ((hours * 60 + minutes) * 60 + seconds) * kNanosecondsPerSecond;
  // Durations past the limit are clipped before their fraction can matter.
  if (nanoseconds < Duration::kMaxNanoseconds + kNanosecondsPerSecond) nanoseconds += fraction.nanoseconds;
  const Duration rounded = round_duration(Duration{nanoseconds}, fsp);
  out.overflow = !rounded.in_range();
  const std::int64_t clipped = rounded.clipped().nanoseconds;
  out.value = Duration{negative ? -clipped : clipped};
  out.fraction_digits = fraction.digits;
  return true;
}

/// Whether `text` looks like a whole date and time rather than a time.
bool looks_like_datetime(std::string_view text) {
  const Scanner in{text};
  const std::size_t run = in.digit_run();
  if (run >= 12 && (run == text.size() || text[run] == '.')) return true;
  return run >= 1 && run <= 4 && text.size() >= 8 && (in.peek_at(run) == '-' || in.peek_at(run) == '/');
}

std::int64_t read_long(Scanner& in) {
  std::int64_t value = 0;
  for (; is_digit(in.peek()); ++in.position)
    value = std::min<std::int64_t>(value * 10 + (in.peek() - '0'), 100'000'000'000'000);
  return value;
}

}  // namespace

bool parse_duration(std::string_view text, int fsp, DurationParse& out) {
  out = DurationParse();
  Scanner in{trim(text)};
  if (looks_like_datetime(in.text)) {
    TimeParse time;
    TimeParseOptions options;
    options.fsp = fsp;
    if (!parse_time(in.text, options, time)) return false;
    out.value = Duration::from_parts(false, time.value.hour(), time.value.minute(), time.value.second(),
                                     time.value.microsecond());
    out.fraction_digits = time.fraction_digits;
    out.truncated = time.truncated;
    return true;
  }
  const bool negative = in.peek() == '-';
  if (negative || in.peek() == '+') ++in.position;
  if (!is_digit(in.peek()) && !(in.peek() == '.' && is_digit(in.peek_at(1)))) return false;

  std::int64_t days = 0;
  bool has_days = false;
  std::int64_t first = read_long(in);
  if (is_space(in.peek())) {
    Scanner after = in;
    while (is_space(after.peek())) ++after.position;
    if (is_digit(after.peek())) {
      days = first;
      has_days = true;
      in = after;
      first = read_long(in);
    }
  }
  std::int64_t hours = 0;
  int minutes = 0;
  int seconds = 0;
  std::size_t count;
  if (in.peek() == ':' && is_digit(in.peek_at(1))) {
    hours = first;
    ++in.position;
    minutes = in.number(3, count);
    if (in.peek() == ':' && is_digit(in.peek_at(1))) {
      ++in.position;
      seconds = in.number(3, count);
    }
  } else if (has_days) {
    hours = first;
  } else {
    hours = first / 10'000;
    minutes = static_cast<int>(first / 100 % 100);
    seconds = static_cast<int>(first % 100);
  }
  Fraction fraction;
  if (in.peek() == '.') {
    ++in.position;
    fraction = read_fraction(in);
  }
  out.truncated = !in.at_end();
  return finish_duration(negative, days * 24 + hours, minutes, seconds, fraction, fsp, out);
}

bool duration_from_number(std::int64_t number, int microsecond, int fsp, DurationParse& out) {
  out = DurationParse();
  const bool negative = number < 0;
  const std::uint64_t magnitude =
      negative ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  constexpr std::uint64_t kFirstDatetime = 10'000'000'000;
  Fraction fraction{microsecond * kNanosecondsPerMicrosecond, microsecond != 0 ? kMaxFractionDigits : 0};
  if (magnitude >= kFirstDatetime) {
    TimeParse time;
    TimeParseOptions options;
    options.fsp = fsp;
    if (negative || !time_from_number(number, microsecond, options, time)) return false;
    out.value = Duration::from_parts(false, time.value.hour(), time.value.minute(), time.value.second(),
                                     time.value.microsecond());
    return true;
  }
  return finish_duration(negative, static_cast<std::int64_t>(magnitude / 10'000),
                         static_cast<int>(magnitude / 100 % 100), static_cast<int>(magnitude % 100), fraction, fsp,
                         out);
}

}  // namespace sluice::types
