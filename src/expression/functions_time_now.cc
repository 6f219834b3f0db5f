// The current time, and times as Unix seconds: NOW, CURDATE, SYSDATE, UTC_TIMESTAMP, UNIX_TIMESTAMP, FROM_UNIXTIME.
#include "base/clock.h"
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/time_kernel.h"
#include "types/time_format.h"

namespace sluice::expression {

using types::Decimal;
using types::Duration;
using types::Time;

namespace {

enum class Zone { kSession, kUtc };
enum class Moment { kStatement, kActual };

/// The moment's wall clock, cut to the digits of the call's type.
template <Moment moment, Zone zone>
Time current_time(const KernelCall& call) {
  const std::int64_t now_us = moment == Moment::kActual ? clock().system_now_us() : call.context.statement_time_us;
  const types::TimeZone* shown_in = zone == Zone::kUtc ? types::TimeZone::utc() : &zone_of(call.context);
  return types::truncate_time(types::time_from_unix_microseconds(now_us, shown_in).value_or(Time{}),
                              call.call.type().fsp());
}

Duration clock_of(Time time) {
  return Duration::from_parts(false, time.hour(), time.minute(), time.second(), time.microsecond());
}

template <Moment moment, Zone zone>
void run_datetime(const KernelCall& call) {
  const Time now = current_time<moment, zone>(call);
  Time* out = call.results<Time>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = now; });
}

template <Zone zone>
void run_date(const KernelCall& call) {
  const Time today = current_time<Moment::kStatement, zone>(call).date_only();
  Time* out = call.results<Time>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = today; });
}

template <Zone zone>
void run_clock(const KernelCall& call) {
  const Duration now = clock_of(current_time<Moment::kStatement, zone>(call));
  Duration* out = call.results<Duration>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = now; });
}

void run_unix_now(const KernelCall& call) {
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(
      call.rows, [&](std::size_t row) { out[row] = call.context.statement_time_us / types::kMicrosecondsPerSecond; });
}

/// Largest Unix time of MySQL 8: 3001-01-18 23:59:59 UTC.
constexpr std::int64_t kUnixSecondsMax = 32'536'771'199;

/// Microseconds since 1970; 0 for zero dates and times that UNIX_TIMESTAMP does not cover.
std::int64_t unix_us(RowContext& context, Time time) {
  if (time.is_zero_in_date()) return 0;
  const std::int64_t microseconds = types::unix_microseconds(time, &zone_of(context.context));
  const std::int64_t seconds = microseconds / types::kMicrosecondsPerSecond;
  return microseconds < 0 || seconds > kUnixSecondsMax ? 0 : microseconds;
}

std::int64_t unix_seconds(RowContext& context, Time time) {
  return unix_us(context, time) / types::kMicrosecondsPerSecond;
}

Decimal unix_decimal(RowContext& context, Time time) {
  return Decimal::from_scaled(unix_us(context, time), types::kMaxFsp)
      .round(context.call.type().decimals, types::RoundMode::kTruncate);
}

std::optional<Time> from_unix(RowContext& context, const Decimal& seconds) {
  if (seconds.is_negative()) return std::nullopt;
  types::DecimalStatus status = types::DecimalStatus::kOk;
  const std::int64_t whole = seconds.to_int64(types::RoundMode::kTruncate, status);
  if (status == types::DecimalStatus::kOverflow || whole > kUnixSecondsMax) return std::nullopt;
  const Decimal fraction = Decimal::sub(seconds, Decimal(whole), status);
  const std::int64_t microseconds = Decimal::mul(fraction, Decimal(types::kMicrosecondsPerSecond), status)
                                        .to_int64(types::RoundMode::kHalfAwayFromZero, status);
  return types::time_from_unix_microseconds(whole * types::kMicrosecondsPerSecond + microseconds,
                                            &zone_of(context.context));
}

bool from_unix_formatted(TextResult& result, const Decimal& seconds, std::string_view format) {
  RowContext context{result.call, result.context};
  const std::optional<Time> time = from_unix(context, seconds);
  return time && types::format_time(*time, format, result.out);
}

template <Kernel kKernel>
void bind_now(FunctionBinder& binder) {
  const int fsp = literal_fsp(binder, 0);
  binder.arguments().clear();
  binder.set_result(datetime_type(fsp));
  binder.set_kernel(kKernel);
}

template <Kernel kKernel>
void bind_today(FunctionBinder& binder) {
  binder.set_result(date_type());
  binder.set_kernel(kKernel);
}

template <Kernel kKernel>
void bind_clock(FunctionBinder& binder) {
  const int fsp = literal_fsp(binder, 0);
  binder.arguments().clear();
  binder.set_result(duration_type(fsp));
  binder.set_kernel(kKernel);
}

void bind_unix_timestamp(FunctionBinder& binder) {
  if (binder.argument_count() == 0) {
    binder.set_result(int_type(11));
    binder.set_kernel(run_unix_now);
    return;
  }
  const int fsp = argument_fsp(binder, 0);
  binder.cast_to_datetime(0, fsp);
  if (fsp == 0) {
    binder.set_result(int_type(11));
    binder.set_kernel(row_kernel<&unix_seconds>);
  } else {
    binder.set_result(decimal_type(12 + fsp, fsp));
    binder.set_kernel(row_kernel<&unix_decimal>);
  }
}

void bind_from_unixtime(FunctionBinder& binder) {
  const int fsp = argument_fsp(binder, 0);
  binder.cast_to_decimal(0);
  if (binder.argument_count() == 1) {
    binder.set_result(datetime_type(fsp));
    binder.set_kernel(row_kernel<&from_unix>);
    return;
  }
  binder.cast_to_string(1);
  binder.set_string_result(-1, binder.derive_collation(1, 2));
  binder.set_kernel(text_kernel<&from_unix_formatted>);
}

// The statement's time is fixed when it starts, not when its plan is made: plans may be cached.
constexpr std::uint32_t kNow = kNotFolded;

constexpr FunctionDefinition kTimeNowFunctions[] = {
    {"now", 0, 1, kNow, bind_now<run_datetime<Moment::kStatement, Zone::kSession>>},
    {"current_timestamp", 0, 1, kNow, bind_now<run_datetime<Moment::kStatement, Zone::kSession>>},
    {"localtime", 0, 1, kNow, bind_now<run_datetime<Moment::kStatement, Zone::kSession>>},
    {"localtimestamp", 0, 1, kNow, bind_now<run_datetime<Moment::kStatement, Zone::kSession>>},
    {"sysdate", 0, 1, kNonDeterministic, bind_now<run_datetime<Moment::kActual, Zone::kSession>>},
    {"utc_timestamp", 0, 1, kNow, bind_now<run_datetime<Moment::kStatement, Zone::kUtc>>},
    {"curdate", 0, 0, kNow, bind_today<run_date<Zone::kSession>>},
    {"current_date", 0, 0, kNow, bind_today<run_date<Zone::kSession>>},
    {"utc_date", 0, 0, kNow, bind_today<run_date<Zone::kUtc>>},
    {"curtime", 0, 1, kNow, bind_clock<run_clock<Zone::kSession>>},
    {"current_time", 0, 1, kNow, bind_clock<run_clock<Zone::kSession>>},
    {"utc_time", 0, 1, kNow, bind_clock<run_clock<Zone::kUtc>>},
    {"unix_timestamp", 0, 1, kNow, bind_unix_timestamp},
    {"from_unixtime", 1, 2, kPlainFunction, bind_from_unixtime},
};

}  // namespace

std::span<const FunctionDefinition> time_now_functions() { return kTimeNowFunctions; }

}  // namespace sluice::expression
