// Differences and constructions: DATEDIFF, TIMEDIFF, TIMESTAMPDIFF, MAKEDATE, MAKETIME, SEC_TO_TIME, PERIOD_ADD, CONVERT_TZ.
#include <algorithm>

#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/time_kernel.h"
#include "types/time_parse.h"

namespace sluice::expression {

using types::Decimal;
using types::Duration;
using types::IntervalUnit;
using types::Time;

namespace {

std::optional<std::int64_t> date_diff(Time left, Time right) {
  if (left.is_zero_in_date() || right.is_zero_in_date()) return std::nullopt;
  return types::date_difference(left, right);
}

/// The unit of TIMESTAMPDIFF, fixed at binding.
struct DifferenceUnit {
  IntervalUnit unit;
};

std::optional<std::int64_t> timestamp_diff(RowContext& context, Time from, Time to) {
  if (from.is_zero_in_date() || to.is_zero_in_date()) return std::nullopt;
  return types::timestamp_difference(context.call.state<DifferenceUnit>()->unit, from, to);
}

/// A difference as a TIME; clipped with a warning if it is too long.
Duration clipped_difference(EvalContext& context, Duration difference) {
  if (difference.in_range()) return difference;
  types::ConversionContext conversion = make_conversion_context(context);
  conversion.warn(SqlError(ErrorCode::kTruncatedWrongValue, "time", difference.to_string(0)));
  return difference.clipped();
}

Duration time_diff_of_durations(RowContext& context, Duration left, Duration right) {
  return clipped_difference(context.context, Duration{left.nanoseconds - right.nanoseconds});
}

std::optional<Duration> time_diff_of_times(RowContext& context, Time left, Time right) {
  if (left.is_zero_in_date() || right.is_zero_in_date()) return std::nullopt;
  return clipped_difference(context.context, types::time_difference(left, right));
}

/// Both texts are TIMEs, or both are dates and times; else NULL.
std::optional<Duration> time_diff_of_texts(RowContext& context, std::string_view left, std::string_view right) {
  const bool are_durations = is_duration_text(left);
  if (are_durations != is_duration_text(right)) return std::nullopt;
  if (!are_durations) {
    const std::optional<ReadTime> from = read_time(context.context, left);
    const std::optional<ReadTime> to = from ? read_time(context.context, right) : std::nullopt;
    if (!to) return std::nullopt;
    return time_diff_of_times(context, from->value, to->value);
  }
  types::ConversionContext conversion = make_conversion_context(context.context);
  Duration from;
  Duration to;
  if (!types::string_to_duration(left, types::kMaxFsp, conversion, from) ||
      !types::string_to_duration(right, types::kMaxFsp, conversion, to)) {
    return std::nullopt;
  }
  return time_diff_of_durations(context, from, to);
}

constexpr int kYearMax = 9999;

std::optional<Time> make_date(std::int64_t year, std::int64_t day_of_year) {
  if (day_of_year < 1 || year < 0 || year > kYearMax || day_of_year > types::kMaxDayNumber) return std::nullopt;
  if (year < 100) year = types::expand_two_digit_year(static_cast<int>(year));
  const std::int64_t days = types::day_number(static_cast<int>(year), 1, 1) + day_of_year - 1;
  if (days > types::kMaxDayNumber) return std::nullopt;
  return types::date_from_day_number(days);
}

std::optional<Duration> make_time(RowContext& context, std::int64_t hours, std::int64_t minutes,
                                  const Decimal& seconds) {
  if (minutes < 0 || minutes > 59 || seconds.is_negative() || !(seconds < Decimal(60))) return std::nullopt;
  types::DecimalStatus status = types::DecimalStatus::kOk;
  const std::int64_t microseconds = Decimal::mul(seconds, Decimal(types::kMicrosecondsPerSecond), status)
                                        .to_int64(types::RoundMode::kHalfAwayFromZero, status);
  constexpr std::int64_t kHoursMax = 838;
  const bool is_negative = hours < 0;
  const std::int64_t magnitude = std::clamp<std::int64_t>(hours, -(kHoursMax + 1), kHoursMax + 1);
  const std::int64_t nanoseconds =
      ((is_negative ? -magnitude : magnitude) * 3600 + minutes * 60) * types::kNanosecondsPerSecond +
      microseconds * types::kNanosecondsPerMicrosecond;
  const Duration whole{is_negative ? -nanoseconds : nanoseconds};
  if (whole.in_range()) return whole;
  types::ConversionContext conversion = make_conversion_context(context.context);
  conversion.warn(SqlError(
      ErrorCode::kTruncatedWrongValue, "time",
      std::to_string(hours) + ":" + (minutes < 10 ? "0" : "") + std::to_string(minutes) + ":" + seconds.to_string()));
  return whole.clipped();
}

Duration sec_to_time(RowContext& context, const Decimal& seconds) {
  types::DecimalStatus status = types::DecimalStatus::kOk;
  const std::int64_t microseconds = Decimal::mul(seconds, Decimal(types::kMicrosecondsPerSecond), status)
                                        .to_int64(types::RoundMode::kHalfAwayFromZero, status);
  constexpr std::int64_t kLimit = Duration::kMaxNanoseconds / types::kNanosecondsPerMicrosecond;
  if (microseconds >= -kLimit && microseconds <= kLimit && status != types::DecimalStatus::kOverflow) {
    return Duration{microseconds * types::kNanosecondsPerMicrosecond};
  }
  types::ConversionContext conversion = make_conversion_context(context.context);
  conversion.warn(SqlError(ErrorCode::kTruncatedWrongValue, "time", seconds.to_string()));
  return seconds.is_negative() ? Duration{-Duration::kMaxNanoseconds} : Duration::max();
}

std::int64_t period_add(std::int64_t period, std::int64_t months) {
  std::int64_t result = 0;
  if (!types::period_add(period, months, result)) throw SqlError(ErrorCode::kWrongArguments, "period_add");
  return result;
}

std::int64_t period_diff(std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  if (!types::period_difference(left, right, result)) throw SqlError(ErrorCode::kWrongArguments, "period_diff");
  return result;
}

std::optional<Time> convert_tz(Time time, std::string_view from, std::string_view to) {
  if (time.is_zero_in_date()) return std::nullopt;
  const types::TimeZone* source = types::find_time_zone(from);
  const types::TimeZone* target = types::find_time_zone(to);
  if (source == nullptr || target == nullptr) return std::nullopt;
  return types::convert_zone(time, source, target);
}

void bind_date_diff(FunctionBinder& binder) {
  binder.cast_to_datetime(0);
  binder.cast_to_datetime(1);
  binder.set_result(int_type());
  binder.set_kernel(row_kernel<&date_diff>);
}

/// TIMESTAMPDIFF(unit, from, to) comes as timestampdiff(from, to, unit).
void bind_timestamp_diff(FunctionBinder& binder) {
  const IntervalUnit unit = literal_unit(binder, 2);
  if (types::is_composite(unit)) throw SqlError(ErrorCode::kWrongArguments, "timestampdiff");
  binder.arguments().resize(2);
  binder.cast_to_datetime(0);
  binder.cast_to_datetime(1);
  binder.set_state(std::make_shared<DifferenceUnit>(DifferenceUnit{unit}));
  binder.set_result(int_type());
  binder.set_kernel(row_kernel<&timestamp_diff>);
}

void run_null(const KernelCall& call) {
  vector::for_each_row(call.rows, [&](std::size_t row) { call.out.set_null(row); });
}

/// A TIME and a date do not mix: NULL. Text takes the kind of the other side.
void bind_time_diff(FunctionBinder& binder) {
  const types::FieldType left = binder.argument_type(0);
  const types::FieldType right = binder.argument_type(1);
  const int fsp = std::max(argument_fsp(binder, 0), argument_fsp(binder, 1));
  binder.set_result(duration_type(fsp));
  const bool has_duration = left.code == types::TypeCode::kDuration || right.code == types::TypeCode::kDuration;
  const bool has_time = left.is_time() || right.is_time();
  if (has_duration && has_time) {
    binder.set_kernel(run_null);
  } else if (left.code == types::TypeCode::kDuration && right.code == types::TypeCode::kDuration) {
    binder.set_kernel(row_kernel<&time_diff_of_durations>);
  } else if (left.is_time() && right.is_time()) {
    binder.set_kernel(row_kernel<&time_diff_of_times>);
  } else {
    binder.cast_to_string(0);
    binder.cast_to_string(1);
    binder.set_kernel(row_kernel<&time_diff_of_texts>);
  }
}

void bind_make_date(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.cast_to_int(1);
  binder.set_result(date_type());
  binder.set_kernel(row_kernel<&make_date>);
}

void bind_make_time(FunctionBinder& binder) {
  const int fsp = argument_fsp(binder, 2);
  binder.cast_to_int(0);
  binder.cast_to_int(1);
  binder.cast_to(2, decimal_type(types::kMaxDecimalPrecision, types::kMaxFsp));
  binder.set_result(duration_type(fsp));
  binder.set_kernel(row_kernel<&make_time>);
}

void bind_sec_to_time(FunctionBinder& binder) {
  const int fsp = argument_fsp(binder, 0);
  binder.cast_to(0, decimal_type(types::kMaxDecimalPrecision, fsp));
  binder.set_result(duration_type(fsp));
  binder.set_kernel(row_kernel<&sec_to_time>);
}

template <Kernel kKernel>
void bind_period(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.cast_to_int(1);
  binder.set_result(int_type(6));
  binder.set_kernel(kKernel);
}

void bind_convert_tz(FunctionBinder& binder) {
  const int fsp = argument_fsp(binder, 0);
  binder.cast_to_datetime(0, fsp);
  binder.cast_to_string(1);
  binder.cast_to_string(2);
  binder.set_result(datetime_type(fsp));
  binder.set_kernel(row_kernel<&convert_tz>);
}

constexpr FunctionDefinition kTimeDifferenceFunctions[] = {
    {"datediff", 2, 2, kPlainFunction, bind_date_diff},
    {"timediff", 2, 2, kPlainFunction, bind_time_diff},
    {"timestampdiff", 3, 3, kPlainFunction, bind_timestamp_diff},
    {"makedate", 2, 2, kPlainFunction, bind_make_date},
    {"maketime", 3, 3, kPlainFunction, bind_make_time},
    {"sec_to_time", 1, 1, kPlainFunction, bind_sec_to_time},
    {"period_add", 2, 2, kPlainFunction, bind_period<row_kernel<&period_add>>},
    {"period_diff", 2, 2, kPlainFunction, bind_period<row_kernel<&period_diff>>},
    {"convert_tz", 3, 3, kPlainFunction, bind_convert_tz},
};

}  // namespace

std::span<const FunctionDefinition> time_difference_functions() { return kTimeDifferenceFunctions; }

}  // namespace sluice::expression
