// Parts of dates and times: YEAR, DAYNAME, WEEK, EXTRACT, DATE, TIME, LAST_DAY, TO_DAYS, ...
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/time_kernel.h"
#include "expression/type_inference.h"
#include "types/time_parse.h"

namespace sluice::expression {

using types::Duration;
using types::IntervalUnit;
using types::Time;

namespace {

using Count = std::int64_t;
using MaybeCount = std::optional<std::int64_t>;

Count year(Time time) { return time.year(); }
Count month(Time time) { return time.month(); }
Count day(Time time) { return time.day(); }
Count quarter(Time time) { return (time.month() + 2) / 3; }

// Zero months and days have no place in a week or year.
template <class Body>
auto of_real_date(Time time, Body body) -> std::optional<decltype(body(time))> {
  if (time.is_zero_in_date()) return std::nullopt;
  return body(time);
}

MaybeCount day_of_week(Time time) {
  return of_real_date(time, [](Time date) -> Count { return types::day_of_week(date) + 1; });
}
MaybeCount weekday(Time time) {
  return of_real_date(time, [](Time date) -> Count { return types::weekday(date); });
}
MaybeCount day_of_year(Time time) {
  return of_real_date(time, [](Time date) -> Count { return types::day_of_year(date); });
}
MaybeCount week_in_mode(Time time, std::int64_t mode) {
  return of_real_date(time, [mode](Time date) -> Count {
    return types::week_of(date, static_cast<int>(mode & 7), types::WeekNumbering::kWithinYear).week;
  });
}
MaybeCount week(RowContext& context, Time time) { return week_in_mode(time, context.context.default_week_format); }
MaybeCount week_of_year(Time time) { return week_in_mode(time, 3); }
MaybeCount year_week_in_mode(Time time, std::int64_t mode) {
  return of_real_date(time, [mode](Time date) -> Count {
    const types::YearWeek found = types::week_of(date, static_cast<int>(mode & 7), types::WeekNumbering::kWholeWeeks);
    return Count{found.year} * 100 + found.week;
  });
}
MaybeCount year_week(Time time) { return year_week_in_mode(time, 0); }

std::optional<std::string_view> day_name(Time time) {
  return of_real_date(time, [](Time date) { return types::day_name(types::day_of_week(date)); });
}
std::optional<std::string_view> month_name(Time time) {
  if (time.month() == 0) return std::nullopt;
  return types::month_name(time.month());
}

MaybeCount to_days(Time time) {
  return of_real_date(time,
                      [](Time date) -> Count { return types::day_number(date.year(), date.month(), date.day()); });
}
MaybeCount to_seconds(Time time) {
  return of_real_date(time, [](Time date) -> Count {
    return types::day_number(date.year(), date.month(), date.day()) * types::kSecondsPerDay + date.hour() * 3600 +
           date.minute() * 60 + date.second();
  });
}
Time from_days(std::int64_t days) { return types::date_from_day_number(days); }

std::optional<Time> last_day(Time time) {
  if (time.month() == 0) return std::nullopt;
  return types::last_day_of_month(time);
}

Count hour(Duration duration) { return duration.hours(); }
Count minute(Duration duration) { return duration.minutes(); }
Count second(Duration duration) { return duration.seconds(); }
Count microsecond(Duration duration) { return duration.microseconds(); }
Count time_to_sec(Duration duration) { return duration.nanoseconds / types::kNanosecondsPerSecond; }

Time date_of(Time time) { return time.date_only(); }
Duration same_duration(Duration duration) { return duration; }

/// The unit of EXTRACT, fixed at binding.
struct ExtractedUnit {
  IntervalUnit unit;
};
IntervalUnit unit_of(const FunctionCall& call) { return call.state<ExtractedUnit>()->unit; }

Count extract_from_time(RowContext& context, Time time) { return types::extract(unit_of(context.call), time); }
Count extract_from_duration(RowContext& context, Duration duration) {
  return types::extract(unit_of(context.call), duration);
}
MaybeCount extract_from_text(RowContext& context, std::string_view text) {
  const IntervalUnit unit = unit_of(context.call);
  if (types::has_clock_part(unit) && is_duration_text(text)) {
    types::DurationParse parse;
    if (types::parse_duration(text, types::kMaxFsp, parse)) return types::extract(unit, parse.value);
  }
  const std::optional<ReadTime> time = read_time(context.context, text);
  if (!time) return std::nullopt;
  return types::extract(unit, time->value);
}

template <Kernel kKernel, int width>
void bind_date_part(FunctionBinder& binder) {
  binder.cast_to_datetime(0);
  if (binder.argument_count() == 2) binder.cast_to_int(1);
  binder.set_result(int_type(width));
  binder.set_kernel(kKernel);
}

void bind_week(FunctionBinder& binder) {
  if (binder.argument_count() == 1) {
    bind_date_part<row_kernel<&week>, 2>(binder);
  } else {
    bind_date_part<row_kernel<&week_in_mode>, 2>(binder);
  }
}

void bind_year_week(FunctionBinder& binder) {
  if (binder.argument_count() == 1) {
    bind_date_part<row_kernel<&year_week>, 6>(binder);
  } else {
    bind_date_part<row_kernel<&year_week_in_mode>, 6>(binder);
  }
}

template <Kernel kKernel, int width>
void bind_clock_part(FunctionBinder& binder) {
  binder.cast_to_duration(0);
  binder.set_result(int_type(width));
  binder.set_kernel(kKernel);
}

template <Kernel kKernel>
void bind_name(FunctionBinder& binder) {
  binder.cast_to_datetime(0);
  binder.set_connection_string_result(10);
  binder.set_kernel(kKernel);
}

template <Kernel kKernel>
void bind_date_result(FunctionBinder& binder) {
  binder.cast_to_datetime(0);
  binder.set_result(date_type());
  binder.set_kernel(kKernel);
}

void bind_from_days(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.set_result(date_type());
  binder.set_kernel(row_kernel<&from_days>);
}

/// TIME(e): the time of day, or the TIME that the text is.
void bind_time(FunctionBinder& binder) {
  const int fsp = argument_fsp(binder, 0);
  binder.cast_to(0, duration_type(fsp));
  binder.set_result(duration_type(fsp));
  binder.set_kernel(row_kernel<&same_duration>);
}

bool is_number(const types::FieldType& type) {
  const Domain domain = domain_of(type);
  return domain == Domain::kInt || domain == Domain::kDecimal || domain == Domain::kReal;
}

/// EXTRACT(unit FROM e) comes as extract(e, unit).
void bind_extract(FunctionBinder& binder) {
  const IntervalUnit unit = literal_unit(binder, 1);
  binder.arguments().pop_back();
  binder.set_state(std::make_shared<ExtractedUnit>(ExtractedUnit{unit}));
  binder.set_result(int_type());
  const types::FieldType& type = binder.argument_type(0);
  if (type.code == types::TypeCode::kDuration) {
    binder.set_kernel(row_kernel<&extract_from_duration>);
  } else if (type.is_time() || (!types::has_clock_part(unit) && is_number(type))) {
    binder.cast_to_datetime(0);
    binder.set_kernel(row_kernel<&extract_from_time>);
  } else {
    binder.cast_to_string(0);
    binder.set_kernel(row_kernel<&extract_from_text>);
  }
}

constexpr FunctionDefinition kTimePartFunctions[] = {
    {"year", 1, 1, kPlainFunction, bind_date_part<row_kernel<&year>, 4>},
    {"month", 1, 1, kPlainFunction, bind_date_part<row_kernel<&month>, 2>},
    {"day", 1, 1, kPlainFunction, bind_date_part<row_kernel<&day>, 2>},
    {"dayofmonth", 1, 1, kPlainFunction, bind_date_part<row_kernel<&day>, 2>},
    {"quarter", 1, 1, kPlainFunction, bind_date_part<row_kernel<&quarter>, 1>},
    {"dayofweek", 1, 1, kPlainFunction, bind_date_part<row_kernel<&day_of_week>, 1>},
    {"weekday", 1, 1, kPlainFunction, bind_date_part<row_kernel<&weekday>, 1>},
    {"dayofyear", 1, 1, kPlainFunction, bind_date_part<row_kernel<&day_of_year>, 3>},
    {"week", 1, 2, kNotFolded, bind_week},
    {"weekofyear", 1, 1, kPlainFunction, bind_date_part<row_kernel<&week_of_year>, 2>},
    {"yearweek", 1, 2, kPlainFunction, bind_year_week},
    {"to_days", 1, 1, kPlainFunction, bind_date_part<row_kernel<&to_days>, 8>},
    {"to_seconds", 1, 1, kPlainFunction, bind_date_part<row_kernel<&to_seconds>, 20>},
    {"from_days", 1, 1, kPlainFunction, bind_from_days},
    {"dayname", 1, 1, kPlainFunction, bind_name<row_kernel<&day_name>>},
    {"monthname", 1, 1, kPlainFunction, bind_name<row_kernel<&month_name>>},
    {"last_day", 1, 1, kPlainFunction, bind_date_result<row_kernel<&last_day>>},
    {"date", 1, 1, kPlainFunction, bind_date_result<row_kernel<&date_of>>},
    {"time", 1, 1, kPlainFunction, bind_time},
    {"hour", 1, 1, kPlainFunction, bind_clock_part<row_kernel<&hour>, 3>},
    {"minute", 1, 1, kPlainFunction, bind_clock_part<row_kernel<&minute>, 2>},
    {"second", 1, 1, kPlainFunction, bind_clock_part<row_kernel<&second>, 2>},
    {"microsecond", 1, 1, kPlainFunction, bind_clock_part<row_kernel<&microsecond>, 6>},
    {"time_to_sec", 1, 1, kPlainFunction, bind_clock_part<row_kernel<&time_to_sec>, 10>},
    {"extract", 2, 2, kPlainFunction, bind_extract},
};

}  // namespace

std::span<const FunctionDefinition> time_part_functions() { return kTimePartFunctions; }

}  // namespace sluice::expression
