// DATE_ADD and DATE_SUB in all their forms, TIMESTAMPADD, ADDTIME, SUBTIME, TIMESTAMP.
#include <algorithm>
#include <limits>

#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/time_kernel.h"
#include "types/time_parse.h"

namespace sluice::expression {

using types::Decimal;
using types::Duration;
using types::Interval;
using types::IntervalUnit;
using types::PhysicalType;
using types::Time;

namespace {

enum class Direction { kAdd, kSubtract };

/// What binding fixed for a kernel.
struct IntervalShape {
  IntervalUnit unit;
  PhysicalType count_type;
};

/// Reads the interval argument of a call row by row, whatever its type.
class IntervalReader {
 public:
  IntervalReader(const KernelCall& call, Direction direction)
      : counts_(*call.args[1]), shape_(*call.call.state<IntervalShape>()), direction_(direction) {}

  /// Nothing if the text cannot be an interval of the unit.
  std::optional<Interval> get(std::size_t row) const {
    Interval interval;
    switch (shape_.count_type) {
      case PhysicalType::kInt64:
        interval = types::make_interval(shape_.unit, counts_.at<std::int64_t>(row));
        break;
      case PhysicalType::kUInt64:
        interval = of_unsigned(counts_.at<std::uint64_t>(row));
        break;
      case PhysicalType::kDecimal:
        interval = types::make_interval(shape_.unit, counts_.at<Decimal>(row));
        break;
      case PhysicalType::kDouble:
        interval = of_double(counts_.at<double>(row));
        break;
      default: {
        bool truncated = false;
        if (!types::parse_interval(shape_.unit, counts_.string_at(row), interval, truncated)) return std::nullopt;
      }
    }
    return direction_ == Direction::kAdd ? interval : interval.negated();
  }

 private:
  Interval of_unsigned(std::uint64_t count) const {
    if (count <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return types::make_interval(shape_.unit, static_cast<std::int64_t>(count));
    }
    return Interval{0, 0, true};
  }
  Interval of_double(double count) const {
    types::DecimalStatus status = types::DecimalStatus::kOk;
    const Decimal decimal = Decimal::from_double(count, status);
    return status == types::DecimalStatus::kOk || status == types::DecimalStatus::kTruncated
               ? types::make_interval(shape_.unit, decimal)
               : Interval{0, 0, true};
  }

  const vector::ColumnVector& counts_;
  const IntervalShape& shape_;
  Direction direction_;
};

/// A DATE, DATETIME or TIMESTAMP moved by an interval.
template <Direction direction>
void run_add_to_time(const KernelCall& call) {
  const ValueReader<Time> times(*call.args[0]);
  const IntervalReader intervals(call, direction);
  Time* out = call.results<Time>().data();
  map_rows(call, [&](std::size_t row) {
    const std::optional<Interval> interval = intervals.get(row);
    const std::optional<Time> moved =
        interval && !interval->overflow ? types::add_interval(times[row], *interval) : std::nullopt;
    if (moved) {
      out[row] = *moved;
      return;
    }
    if (interval) report_overflow(call.context);
    call.out.set_null(row);
  });
}

template <Direction direction>
void run_add_to_duration(const KernelCall& call) {
  const ValueReader<Duration> durations(*call.args[0]);
  const IntervalReader intervals(call, direction);
  Duration* out = call.results<Duration>().data();
  map_rows(call, [&](std::size_t row) {
    const std::optional<Interval> interval = intervals.get(row);
    const std::optional<Duration> moved =
        interval && !interval->overflow ? types::add_interval(durations[row], *interval) : std::nullopt;
    if (moved) {
      out[row] = *moved;
      return;
    }
    if (interval) report_overflow(call.context);
    call.out.set_null(row);
  });
}

/// A date and time as text: with a fraction of six digits if it has one, without its clock if `is_date`.
void append_time_text(Time time, bool is_date, std::string& out) {
  if (is_date) {
    time.append_date(out);
  } else {
    time.append_datetime(time.microsecond() == 0 ? 0 : types::kMaxFsp, out);
  }
}

/// The digits of a number with zeros before them, so that they read as YYMMDD, YYYYMMDD, YYMMDDhhmmss or YYYYMMDDhhmmss.
/// Source: MySQL manual, "String and Numeric Literals in Date and Time Context".
std::string date_digits(std::int64_t number) {
  std::string digits = std::to_string(number);
  constexpr std::size_t kLengths[] = {6, 8, 12, 14};
  for (const std::size_t length : kLengths) {
    if (digits.size() <= length) return std::string(length - digits.size(), '0') + digits;
  }
  return digits;
}

/// Text moved by an interval is text again: a date if the text had no clock and the unit has none. So are the digits of a number.
template <Direction direction, bool kIsNumber>
void run_add_to_text(const KernelCall& call) {
  const IntervalReader intervals(call, direction);
  const bool unit_has_clock = types::has_clock_part(call.call.state<IntervalShape>()->unit);
  std::string buffer;
  map_rows(call, [&](std::size_t row) {
    std::optional<ReadTime> time;
    if constexpr (kIsNumber) {
      time = read_time(call.context, date_digits(call.args[0]->at<std::int64_t>(row)));
    } else {
      time = read_time(call.context, call.args[0]->string_at(row));
    }
    const std::optional<Interval> interval = time ? intervals.get(row) : std::nullopt;
    const std::optional<Time> moved =
        interval && !interval->overflow ? types::add_interval(time->value, *interval) : std::nullopt;
    if (!moved) {
      if (interval) report_overflow(call.context);
      call.out.set_null(row);
      return;
    }
    buffer.clear();
    append_time_text(*moved, !time->has_clock && !unit_has_clock, buffer);
    call.out.set_string(row, buffer);
  });
}

/// Fractional digits that an interval may add to a time.
int interval_fsp(const FunctionBinder& binder, IntervalUnit unit) {
  switch (unit) {
    case IntervalUnit::kMicrosecond:
    case IntervalUnit::kSecondMicrosecond:
    case IntervalUnit::kMinuteMicrosecond:
    case IntervalUnit::kHourMicrosecond:
    case IntervalUnit::kDayMicrosecond:
      return types::kMaxFsp;
    case IntervalUnit::kSecond:
      return argument_fsp(binder, 1);
    default:
      return 0;
  }
}

/// Fixes the unit and brings argument 1, the count, into a form that IntervalReader reads.
void bind_count(FunctionBinder& binder, IntervalUnit unit) {
  const types::FieldType& type = binder.argument_type(1);
  // 2.2 HOUR_MINUTE is '2.2' HOUR_MINUTE: two hours and two minutes.
  const bool is_number = type.is_numeric() && type.code != types::TypeCode::kBit;
  if (types::is_composite(unit) || !is_number) binder.cast_to_string(1);
  binder.set_state(std::make_shared<IntervalShape>(IntervalShape{unit, binder.argument(1)->physical_type()}));
}

bool has_month_part(IntervalUnit unit) {
  return unit == IntervalUnit::kMonth || unit == IntervalUnit::kQuarter || unit == IntervalUnit::kYear ||
         unit == IntervalUnit::kYearMonth;
}

/// What follows from the unit and the type of the date: DATE stays DATE unless the unit has a clock, TIME stays TIME unless the
/// unit has days or more, text stays text.
template <Direction direction>
void bind_move(FunctionBinder& binder, IntervalUnit unit) {
  const int added_fsp = interval_fsp(binder, unit);
  bind_count(binder, unit);
  const types::FieldType type = binder.argument_type(0);
  const int fsp = std::max(type.is_temporal() ? type.fsp() : 0, added_fsp);
  if (type.code == types::TypeCode::kDate && !types::has_clock_part(unit)) {
    binder.set_result(date_type());
    binder.set_kernel(run_add_to_time<direction>);
  } else if (type.is_time()) {
    binder.set_result(datetime_type(fsp));
    binder.set_kernel(run_add_to_time<direction>);
  } else if (type.code == types::TypeCode::kDuration && types::has_clock_part(unit) && !has_month_part(unit)) {
    binder.set_result(duration_type(fsp));
    binder.set_kernel(run_add_to_duration<direction>);
  } else if (type.code == types::TypeCode::kDuration) {
    binder.cast_to(0, datetime_type(fsp));
    binder.set_result(datetime_type(fsp));
    binder.set_kernel(run_add_to_time<direction>);
  } else if (type.is_integer()) {
    binder.cast_to_int(0);
    binder.set_connection_string_result(26);
    binder.set_kernel(run_add_to_text<direction, true>);
  } else {
    binder.cast_to_string(0);
    binder.set_connection_string_result(26);
    binder.set_kernel(run_add_to_text<direction, false>);
  }
}

/// DATE_ADD(date, INTERVAL count unit) comes as date_add(date, count, unit).
template <Direction direction>
void bind_date_add(FunctionBinder& binder) {
  const IntervalUnit unit = binder.argument_count() == 3 ? literal_unit(binder, 2) : IntervalUnit::kDay;
  binder.arguments().resize(2);
  bind_move<direction>(binder, unit);
}

/// TIMESTAMPADD(unit, count, date) comes as timestampadd(count, date, unit); its result is text.
void bind_timestampadd(FunctionBinder& binder) {
  const IntervalUnit unit = literal_unit(binder, 2);
  binder.arguments().resize(2);
  std::swap(binder.arguments()[0], binder.arguments()[1]);
  bind_count(binder, unit);
  binder.cast_to_string(0);
  binder.set_connection_string_result(26);
  binder.set_kernel(run_add_to_text<Direction::kAdd, false>);
}

Duration signed_duration(Duration duration, Direction direction) {
  return direction == Direction::kAdd ? duration : Duration{-duration.nanoseconds};
}

/// A duration as text, with a fraction if it has one.
void append_duration_text(Duration duration, std::string& out) {
  duration.append_to(duration.microseconds() == 0 ? 0 : types::kMaxFsp, out);
}

/// Reads text as a TIME; nothing after a warning.
std::optional<Duration> read_duration(EvalContext& context, std::string_view text) {
  types::ConversionContext conversion = make_conversion_context(context);
  Duration duration;
  if (!types::string_to_duration(text, types::kMaxFsp, conversion, duration)) return std::nullopt;
  return duration;
}

template <Direction direction>
std::optional<Time> shift_time(RowContext& context, Time time, std::string_view shift) {
  if (time.is_zero_in_date() || !is_duration_text(shift)) return std::nullopt;
  const std::optional<Duration> duration = read_duration(context.context, shift);
  if (!duration) return std::nullopt;
  const std::optional<Time> moved = types::add_duration(time, signed_duration(*duration, direction));
  if (!moved) report_overflow(context.context);
  return moved;
}

template <Direction direction>
std::optional<Duration> shift_duration(RowContext& context, Duration start, std::string_view shift) {
  if (!is_duration_text(shift)) return std::nullopt;
  const std::optional<Duration> duration = read_duration(context.context, shift);
  if (!duration) return std::nullopt;
  return Duration{start.nanoseconds + signed_duration(*duration, direction).nanoseconds}.clipped();
}

template <Direction direction>
bool shift_text(TextResult& result, std::string_view start, std::string_view shift) {
  RowContext context{result.call, result.context};
  if (is_duration_text(start)) {
    const std::optional<Duration> from = read_duration(result.context, start);
    const std::optional<Duration> moved = from ? shift_duration<direction>(context, *from, shift) : std::nullopt;
    if (moved) append_duration_text(*moved, result.out);
    return moved.has_value();
  }
  const std::optional<ReadTime> from = read_time(result.context, start);
  const std::optional<Time> moved = from ? shift_time<direction>(context, from->value, shift) : std::nullopt;
  if (moved) append_time_text(*moved, false, result.out);
  return moved.has_value();
}

/// ADDTIME(a, b) and SUBTIME(a, b): b is a TIME; a date there gives NULL.
template <Direction direction>
void bind_shift(FunctionBinder& binder) {
  const types::FieldType type = binder.argument_type(0);
  const int fsp = std::max(argument_fsp(binder, 0), argument_fsp(binder, 1));
  binder.cast_to_string(1);
  if (type.is_time()) {
    binder.set_result(datetime_type(fsp));
    binder.set_kernel(row_kernel<&shift_time<direction>>);
  } else if (type.code == types::TypeCode::kDuration) {
    binder.set_result(duration_type(fsp));
    binder.set_kernel(row_kernel<&shift_duration<direction>>);
  } else {
    binder.cast_to_string(0);
    binder.set_connection_string_result(26);
    binder.set_kernel(text_kernel<&shift_text<direction>>);
  }
}

Time same_time(Time time) { return time; }

/// TIMESTAMP(e) is e as DATETIME; TIMESTAMP(e, t) adds a TIME.
void bind_timestamp(FunctionBinder& binder) {
  int fsp = argument_fsp(binder, 0);
  if (binder.argument_count() == 2) fsp = std::max(fsp, argument_fsp(binder, 1));
  binder.cast_to(0, datetime_type(fsp));
  binder.set_result(datetime_type(fsp));
  if (binder.argument_count() == 1) {
    binder.set_kernel(row_kernel<&same_time>);
    return;
  }
  binder.cast_to_string(1);
  binder.set_kernel(row_kernel<&shift_time<Direction::kAdd>>);
}

constexpr FunctionDefinition kTimeArithmeticFunctions[] = {
    {"date_add", 2, 3, kPlainFunction, bind_date_add<Direction::kAdd>},
    {"adddate", 2, 3, kPlainFunction, bind_date_add<Direction::kAdd>},
    {"date_sub", 2, 3, kPlainFunction, bind_date_add<Direction::kSubtract>},
    {"subdate", 2, 3, kPlainFunction, bind_date_add<Direction::kSubtract>},
    {"timestampadd", 3, 3, kPlainFunction, bind_timestampadd},
    {"addtime", 2, 2, kPlainFunction, bind_shift<Direction::kAdd>},
    {"subtime", 2, 2, kPlainFunction, bind_shift<Direction::kSubtract>},
    {"timestamp", 1, 2, kPlainFunction, bind_timestamp},
};

}  // namespace

std::span<const FunctionDefinition> time_arithmetic_functions() { return kTimeArithmeticFunctions; }

}  // namespace sluice::expression
