// DATE_FORMAT, TIME_FORMAT and STR_TO_DATE.
// Source: MySQL 8.0 manual, section 12.7, the table of specifiers of DATE_FORMAT.
#pragma once

#include <string>
#include <string_view>

#include "types/time.h"

namespace sluice::types {

/// Appends `time` by `format` ("%Y-%m-%d"). False (with `out` unspecified) where MySQL gives NULL: names of a zero month or day.
[[nodiscard]] bool format_time(Time time, std::string_view format, std::string& out);

/// Appends a TIME by `format`: hours may exceed 23; date specifiers give zeros, names of months and days give NULL.
[[nodiscard]] bool format_duration(Duration duration, std::string_view format, std::string& out);

/// What the specifiers of a format speak of: the type that STR_TO_DATE returns.
struct FormatKind {
  bool has_date = false;
  bool has_clock = false;
  bool has_fraction = false;
};
FormatKind kind_of_format(std::string_view format) noexcept;

struct StrToDate {
  TimeParts parts;         // hours up to 838 if the format has no date
  bool truncated = false;  // text is left over
};
/// Reads `text` by `format`. Parts that the format does not name are 0. False if the text does not fit the format or gives no date.
[[nodiscard]] bool parse_with_format(std::string_view text, std::string_view format, StrToDate& out);

}  // namespace sluice::types
