#include "types/time_format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "types/number_text.h"
#include "types/time_arithmetic.h"
#include "types/time_parse.h"

namespace sluice::types {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void append_padded(std::int64_t value, std::size_t width, std::string& out) {
  char buffer[kMaxIntegerTextBytes];
  const std::size_t length = format_int64(value, buffer);
  if (length < width) out.append(width - length, '0');
  out.append(buffer, length);
}

std::string_view day_suffix(int day) {
  if (day >= 11 && day <= 13) return "th";
  switch (day % 10) {
    case 1:
      return "st";
    case 2:
      return "nd";
    case 3:
      return "rd";
    default:
      return "th";
  }
}

/// What both kinds of values offer to the specifiers.
struct FormatSource {
  Time time;          // date parts; the clock of a date and time
  std::int64_t hour;  // may exceed 23 for TIME
  int minute;
  int second;
  int microsecond;
  bool negative = false;
};

void append_clock24(const FormatSource& source, std::string& out) {
  append_padded(source.hour, 2, out);
  out.push_back(':');
  append_padded(source.minute, 2, out);
  out.push_back(':');
  append_padded(source.second, 2, out);
}

int hour12(const FormatSource& source) {
  const int hour = static_cast<int>(source.hour % 12);
  return hour == 0 ? 12 : hour;
}

std::string_view half_day(const FormatSource& source) { return source.hour % 24 < 12 ? "AM" : "PM"; }

bool has_valid_date(Time time) { return time.month() != 0 && time.day() != 0; }

/// The week specifiers: %U %u %V %v %X %x. False without a date.
bool append_week(char specifier, Time time, std::string& out) {
  if (time.month() == 0 && time.day() == 0 && time.year() == 0) {
    append_padded(0, specifier == 'X' || specifier == 'x' ? 4 : 2, out);
    return true;
  }
  const bool monday = specifier == 'u' || specifier == 'v' || specifier == 'x';
  if (specifier == 'U' || specifier == 'u') {
    append_padded(week_of(time, monday ? 1 : 0, WeekNumbering::kWithinYear).week, 2, out);
    return true;
  }
  const YearWeek week = week_of(time, monday ? 3 : 2, WeekNumbering::kWholeWeeks);
  append_padded(specifier == 'X' || specifier == 'x' ? week.year : week.week,
                specifier == 'X' || specifier == 'x' ? 4 : 2, out);
  return true;
}

/// One specifier. False: NULL.
bool append_specifier(char specifier, const FormatSource& source, std::string& out) {
  const Time time = source.time;
  switch (specifier) {
    case 'a':
    case 'W':
      if (!has_valid_date(time)) return false;
      out += specifier == 'a' ? short_day_name(day_of_week(time)) : day_name(day_of_week(time));
      return true;
    case 'b':
    case 'M':
      if (time.month() == 0) return false;
      out += specifier == 'b' ? short_month_name(time.month()) : month_name(time.month());
      return true;
    case 'c':
      append_padded(time.month(), 1, out);
      return true;
    case 'D':
      append_padded(time.day(), 1, out);
      out += day_suffix(time.day());
      return true;
    case 'd':
      append_padded(time.day(), 2, out);
      return true;
    case 'e':
      append_padded(time.day(), 1, out);
      return true;
    case 'f':
      append_padded(source.microsecond, 6, out);
      return true;
    case 'H':
      append_padded(source.hour, 2, out);
      return true;
    case 'h':
    case 'I':
      append_padded(hour12(source), 2, out);
      return true;
    case 'i':
      append_padded(source.minute, 2, out);
      return true;
    case 'j':
      append_padded(has_valid_date(time) ? day_of_year(time) : 0, 3, out);
      return true;
    case 'k':
      append_padded(source.hour, 1, out);
      return true;
    case 'l':
      append_padded(hour12(source), 1, out);
      return true;
    case 'm':
      append_padded(time.month(), 2, out);
      return true;
    case 'p':
      out += half_day(source);
      return true;
    case 'r':
      append_padded(hour12(source), 2, out);
      out.push_back(':');
      append_padded(source.minute, 2, out);
      out.push_back(':');
      append_padded(source.second, 2, out);
      out.push_back(' ');
      out += half_day(source);
      return true;
    case 'S':
    case 's':
      append_padded(source.second, 2, out);
      return true;
    case 'T':
      append_clock24(source, out);
      return true;
    case 'U':
    case 'u':
    case 'V':
    case 'v':
    case 'X':
    case 'x':
      return append_week(specifier, time, out);
    case 'w':
      if (!has_valid_date(time)) return false;
      append_padded(day_of_week(time), 1, out);
      return true;
    case 'Y':
      append_padded(time.year(), 4, out);
      return true;
    case 'y':
      append_padded(time.year() % 100, 2, out);
      return true;
    default:
      out.push_back(specifier);
      return true;
  }
}

bool append_formatted(const FormatSource& source, std::string_view format, std::string& out) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out.push_back(format[i]);
    } else if (!append_specifier(format[++i], source, out)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool format_time(Time time, std::string_view format, std::string& out) {
  return append_formatted({time, time.hour(), time.minute(), time.second(), time.microsecond()}, format, out);
}

bool format_duration(Duration duration, std::string_view format, std::string& out) {
  if (duration.is_negative()) out.push_back('-');
  return append_formatted({Time{}, duration.hours(), duration.minutes(), duration.seconds(), duration.microseconds(),
                           duration.is_negative()},
                          format, out);
}

FormatKind kind_of_format(std::string_view format) noexcept {
  constexpr std::string_view kDateSpecifiers = "abcDdejMmUuVvWwXxYy";
  constexpr std::string_view kClockSpecifiers = "fHhIiklprSsT";
  FormatKind kind;
  for (std::size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char specifier = format[++i];
    kind.has_date |= kDateSpecifiers.find(specifier) != std::string_view::npos;
    kind.has_clock |= kClockSpecifiers.find(specifier) != std::string_view::npos;
    kind.has_fraction |= specifier == 'f';
  }
  return kind;
}

namespace {

/// State of STR_TO_DATE while it walks over text and format.
struct DateReader {
  std::string_view text;
  std::size_t position = 0;
  TimeParts parts;
  std::optional<int> day_of_year;
  std::optional<int> week;  // with its mode
  int week_mode = 0;
  std::optional<int> week_year;
  std::optional<int> weekday_from_sunday;
  std::optional<bool> afternoon;
  bool hour_is_12 = false;

  bool at_end() const { return position >= text.size(); }

  /// Up to `most` digits; false if there is none.
  bool number(std::size_t most, int& out) {
    std::size_t count = 0;
    int value = 0;
    while (count < most && !at_end() && is_digit(text[position])) {
      value = value * 10 + (text[position] - '0');
      ++position;
      ++count;
    }
    out = value;
    return count > 0;
  }
  bool number_in(std::size_t most, int low, int high, int& out) {
    return number(most, out) && out >= low && out <= high;
  }

  bool literal(char c) {
    if (at_end() || text[position] != c) return false;
    ++position;
    return true;
  }

  /// The longest name that the text begins with, in any case; its index from 0.
  template <class NameOf>
  std::optional<int> name(int count, NameOf name_of) {
    for (int i = 0; i < count; ++i) {
      const std::string_view candidate = name_of(i);
      if (text.size() - position < candidate.size()) continue;
      const bool equal = std::equal(
          candidate.begin(), candidate.end(), text.begin() + static_cast<std::ptrdiff_t>(position), [](char a, char b) {
            return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
          });
      if (equal) {
        position += candidate.size();
        return i;
      }
    }
    return std::nullopt;
  }

  bool read_half_day() {
    if (text.size() - position < 2 || std::toupper(static_cast<unsigned char>(text[position + 1])) != 'M') return false;
    const int first = std::toupper(static_cast<unsigned char>(text[position]));
    if (first != 'A' && first != 'P') return false;
    afternoon = first == 'P';
    position += 2;
    return true;
  }

  bool read_fraction() {
    std::size_t count = 0;
    int value = 0;
    for (; count < 6 && !at_end() && is_digit(text[position]); ++count, ++position)
      value = value * 10 + (text[position] - '0');
    for (std::size_t i = count; i < 6; ++i) value *= 10;
    parts.microsecond = value;
    return count > 0;
  }

  bool read_year(std::size_t digits) {
    const std::size_t start = position;
    if (!number(digits, parts.year)) return false;
    if (position - start <= 2) parts.year = expand_two_digit_year(parts.year);
    return true;
  }

  bool read_clock(bool twelve) {
    if (twelve) hour_is_12 = true;
    if (!number_in(2, twelve ? 1 : 0, twelve ? 12 : 23, parts.hour)) return false;
    if (at_end()) return true;
    if (!literal(':') || !number_in(2, 0, 59, parts.minute)) return false;
    if (at_end()) return true;
    if (!literal(':') || !number_in(2, 0, 59, parts.second)) return false;
    if (!twelve) return true;
    while (!at_end() && is_space(text[position])) ++position;
    return read_half_day();
  }

  bool read(char specifier);
  bool finish();
};

bool DateReader::read(char specifier) {
  int number_read = 0;
  switch (specifier) {
    case 'Y':
      return read_year(4);
    case 'y':
      return read_year(2);
    case 'm':
    case 'c':
      return number_in(2, 0, 12, parts.month);
    case 'M':
    case 'b': {
      const std::optional<int> month =
          name(12, [&](int i) { return specifier == 'M' ? month_name(i + 1) : short_month_name(i + 1); });
      if (month) parts.month = *month + 1;
      return month.has_value();
    }
    case 'd':
    case 'e':
      return number_in(2, 0, 31, parts.day);
    case 'D':
      if (!number_in(2, 0, 31, parts.day)) return false;
      position = std::min(position + 2, text.size());  // st, nd, rd, th
      return true;
    case 'H':
    case 'k':
      return number_in(2, 0, 23, parts.hour);
    case 'h':
    case 'I':
    case 'l':
      hour_is_12 = true;
      return number_in(2, 1, 12, parts.hour);
    case 'i':
      return number_in(2, 0, 59, parts.minute);
    case 's':
    case 'S':
      return number_in(2, 0, 59, parts.second);
    case 'f':
      return read_fraction();
    case 'p':
      return read_half_day();
    case 'r':
      return read_clock(true);
    case 'T':
      return read_clock(false);
    case 'j':
      if (!number_in(3, 1, 366, number_read)) return false;
      day_of_year = number_read;
      return true;
    case 'W':
    case 'a':
      weekday_from_sunday = name(7, [&](int i) { return specifier == 'W' ? day_name(i) : short_day_name(i); });
      return weekday_from_sunday.has_value();
    case 'w':
      if (!number_in(1, 0, 6, number_read)) return false;
      weekday_from_sunday = number_read;
      return true;
    case 'U':
    case 'u':
    case 'V':
    case 'v':
      if (!number_in(2, 0, 53, number_read)) return false;
      week = number_read;
      week_mode = specifier == 'U' ? 0 : specifier == 'u' ? 1 : specifier == 'V' ? 2 : 3;
      return true;
    case 'X':
    case 'x':
      if (!number(4, number_read)) return false;
      week_year = number_read;
      return true;
    case '.':
      while (!at_end() && std::ispunct(static_cast<unsigned char>(text[position]))) ++position;
      return true;
    case '@':
      while (!at_end() && std::isalpha(static_cast<unsigned char>(text[position]))) ++position;
      return true;
    case '#':
      while (!at_end() && is_digit(text[position])) ++position;
      return true;
    default:
      return literal(specifier);
  }
}

bool DateReader::finish() {
  if (hour_is_12) {
    parts.hour %= 12;
    if (afternoon.value_or(false)) parts.hour += 12;
  } else if (afternoon) {
    return false;
  }
  if (day_of_year && parts.year > 0) {
    const Time date = date_from_day_number(day_number(parts.year, 1, 1) + *day_of_year - 1);
    parts.year = date.year();
    parts.month = date.month();
    parts.day = date.day();
  }
  if (week && weekday_from_sunday) {
    const int year = week_year.value_or(parts.year);
    if (year == 0) return false;
    const bool monday = (week_mode & 1) != 0;
    const Time first = Time::from_date(year, 1, 1);
    const int offset = monday ? weekday(first) : types::day_of_week(first);
    // The day that week 1 begins with: the year's first Sunday, or the week with four days in the year for weeks from Monday.
    std::int64_t start = day_number(year, 1, 1) - offset;
    if (monday ? offset > 3 : offset != 0) start += 7;
    const int in_week = monday ? (*weekday_from_sunday + 6) % 7 : *weekday_from_sunday;
    const Time date = date_from_day_number(start + (*week - 1) * 7LL + in_week);
    if (date.is_zero()) return false;
    parts.year = date.year();
    parts.month = date.month();
    parts.day = date.day();
  }
  return is_valid_time(parts, false);
}

}  // namespace

bool parse_with_format(std::string_view text, std::string_view format, StrToDate& out) {
  DateReader reader;
  reader.text = text;
  std::size_t i = 0;
  for (; i < format.size(); ++i) {
    while (!reader.at_end() && is_space(reader.text[reader.position])) ++reader.position;
    if (is_space(format[i])) continue;
    if (reader.at_end()) break;
    if (format[i] == '%' && i + 1 < format.size()) {
      if (!reader.read(format[++i])) return false;
    } else if (!reader.literal(format[i])) {
      return false;
    }
  }
  if (!reader.finish()) return false;
  out.parts = reader.parts;
  while (!reader.at_end() && is_space(reader.text[reader.position])) ++reader.position;
  out.truncated = !reader.at_end();
  return true;
}

}  // namespace sluice::types
