// Mathematical functions.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "expression/type_inference.h"
#include "types/number_text.h"

namespace sluice::expression {

using types::Decimal;
using types::DecimalStatus;
using types::FieldType;
using types::PhysicalType;
using types::RoundMode;

namespace {

constexpr double kPi = 3.14159265358979323846;

[[noreturn]] [[gnu::cold]] void throw_out_of_range(const RowContext& context, std::string_view type) {
  throw SqlError(ErrorCode::kDataOutOfRange, type, context.call.to_string());
}

[[gnu::cold]] void warn_invalid_logarithm(EvalContext& context) {
  if (context.warnings != nullptr) context.warnings->append(SqlError(ErrorCode::kInvalidArgumentForLogarithm));
}

// Functions of one double.

using Result = std::optional<double>;

double checked(RowContext& context, double value) {
  if (!std::isfinite(value)) throw_out_of_range(context, "DOUBLE");
  return value;
}

Result square_root(double x) { return x < 0 ? Result() : Result(std::sqrt(x)); }
double exponential(RowContext& context, double x) { return checked(context, std::exp(x)); }
double sine(double x) { return std::sin(x); }
double cosine(double x) { return std::cos(x); }
double tangent(double x) { return std::tan(x); }
double cotangent(RowContext& context, double x) {
  const double tan = std::tan(x);
  if (tan == 0) throw_out_of_range(context, "DOUBLE");
  return checked(context, 1 / tan);
}
Result arc_sine(double x) { return x < -1 || x > 1 ? Result() : Result(std::asin(x)); }
Result arc_cosine(double x) { return x < -1 || x > 1 ? Result() : Result(std::acos(x)); }
double arc_tangent(double x) { return std::atan(x); }
double arc_tangent_of_two(double y, double x) { return std::atan2(y, x); }
double to_radians(double x) { return x * (kPi / 180); }
double to_degrees(RowContext& context, double x) { return checked(context, x * (180 / kPi)); }
double power(RowContext& context, double x, double y) { return checked(context, std::pow(x, y)); }

template <double (*kLogarithm)(double)>
Result logarithm(RowContext& context, double x) {
  if (x <= 0) {
    warn_invalid_logarithm(context.context);
    return {};
  }
  return kLogarithm(x);
}
double natural(double x) { return std::log(x); }
double binary(double x) { return std::log2(x); }
double decadic(double x) { return std::log10(x); }

Result logarithm_to_base(RowContext& context, double base, double x) {
  if (base <= 0 || base == 1 || x <= 0) {
    warn_invalid_logarithm(context.context);
    return {};
  }
  return std::log(x) / std::log(base);
}

template <Kernel kKernel>
void bind_doubles(FunctionBinder& binder) {
  for (std::size_t index = 0; index < binder.argument_count(); ++index) binder.cast_to_double(index);
  binder.set_result(double_type());
  binder.set_kernel(kKernel);
}

void bind_log(FunctionBinder& binder) {
  if (binder.argument_count() == 1) {
    bind_doubles<row_kernel<&logarithm<natural>>>(binder);
  } else {
    bind_doubles<row_kernel<&logarithm_to_base>>(binder);
  }
}

void bind_atan(FunctionBinder& binder) {
  if (binder.argument_count() == 1) {
    bind_doubles<row_kernel<&arc_tangent>>(binder);
  } else {
    bind_doubles<row_kernel<&arc_tangent_of_two>>(binder);
  }
}

void run_pi(const KernelCall& call) { call.results<double>()[0] = kPi; }

void bind_pi(FunctionBinder& binder) {
  FieldType type = double_type();
  type.flen = 8;
  type.decimals = 6;
  binder.set_result(std::move(type));
  binder.set_kernel(run_pi);
}

// ABS, SIGN, CEIL, FLOOR: in the domain of the argument.

std::int64_t absolute_int(RowContext& context, std::int64_t x) {
  if (x == std::numeric_limits<std::int64_t>::min()) throw_out_of_range(context, "BIGINT");
  return x < 0 ? -x : x;
}
std::uint64_t same_uint(std::uint64_t x) { return x; }
std::int64_t same_int(std::int64_t x) { return x; }
double absolute_double(double x) { return std::fabs(x); }
Decimal absolute_decimal(const Decimal& x) { return x.abs(); }

// Casts the argument to its numeric domain.
Domain cast_to_number(FunctionBinder& binder, std::size_t index) {
  const Domain domain = numeric_domain_of(binder.argument_type(index));
  if (domain == Domain::kReal) {
    binder.cast_to_double(index);
  } else if (domain == Domain::kDecimal) {
    binder.cast_to_decimal(index);
  } else {
    binder.cast_to_integer(index);
  }
  return domain;
}

bool is_unsigned_argument(const FunctionBinder& binder, std::size_t index) {
  return binder.argument(index)->physical_type() == PhysicalType::kUInt64;
}

void bind_abs(FunctionBinder& binder) {
  const FieldType from = binder.argument_type(0);
  switch (cast_to_number(binder, 0)) {
    case Domain::kReal:
      binder.set_result(double_type());
      binder.set_kernel(row_kernel<&absolute_double>);
      return;
    case Domain::kDecimal: {
      const DecimalShape shape = decimal_shape(from);
      binder.set_result(decimal_type(shape.precision, shape.scale));
      binder.set_kernel(row_kernel<&absolute_decimal>);
      return;
    }
    default:
      break;
  }
  const bool is_unsigned = is_unsigned_argument(binder, 0);
  binder.set_result(is_unsigned ? uint_type() : int_type());
  binder.set_kernel(is_unsigned ? row_kernel<&same_uint> : row_kernel<&absolute_int>);
}

std::int64_t sign_of(double x) { return x < 0 ? -1 : x > 0 ? 1 : 0; }

void bind_sign(FunctionBinder& binder) {
  binder.cast_to_double(0);
  binder.set_result(int_type(2));
  binder.set_kernel(row_kernel<&sign_of>);
}

double ceiling_double(double x) { return std::ceil(x); }
double floor_double(double x) { return std::floor(x); }

// A decimal of up to 18 integer digits becomes an integer, a longer one stays a decimal.
template <RoundMode kMode>
std::int64_t whole_int(RowContext& context, const Decimal& x) {
  DecimalStatus status = DecimalStatus::kOk;
  const std::int64_t result = x.to_int64(kMode, status);
  if (status == DecimalStatus::kOverflow) throw_out_of_range(context, "BIGINT");
  return result;
}
template <RoundMode kMode>
Decimal whole_decimal(const Decimal& x) {
  return x.round(0, kMode);
}

template <RoundMode kMode, Kernel kDoubleKernel>
void bind_whole(FunctionBinder& binder) {
  const FieldType from = binder.argument_type(0);
  switch (cast_to_number(binder, 0)) {
    case Domain::kReal:
      binder.set_result(double_type());
      binder.set_kernel(kDoubleKernel);
      return;
    case Domain::kDecimal: {
      const DecimalShape shape = decimal_shape(from);
      if (shape.integer_digits() < 18) {
        binder.set_result(int_type());
        binder.set_kernel(row_kernel<&whole_int<kMode>>);
      } else {
        binder.set_result(decimal_type(shape.integer_digits() + 1, 0));
        binder.set_kernel(row_kernel<&whole_decimal<kMode>>);
      }
      return;
    }
    default:
      break;
  }
  const bool is_unsigned = is_unsigned_argument(binder, 0);
  binder.set_result(is_unsigned ? uint_type() : int_type());
  binder.set_kernel(is_unsigned ? row_kernel<&same_uint> : row_kernel<&same_int>);
}

// ROUND and TRUNCATE.

// As MySQL rounds a double to `places`: to the nearest, ties to even as the FPU does.
double round_double(double x, std::int64_t places) {
  const std::int64_t distance = std::clamp<std::int64_t>(places < 0 ? -places : places, 0, 400);
  const double factor = std::pow(10.0, static_cast<double>(distance));
  if (places < 0 && std::isinf(factor)) return 0;
  if (places < 0) return std::nearbyint(x / factor) * factor;
  const double scaled = x * factor;
  return std::isfinite(scaled) ? std::nearbyint(scaled) / factor : x;
}

double truncate_double(double x, std::int64_t places) {
  const std::int64_t distance = std::clamp<std::int64_t>(places < 0 ? -places : places, 0, 400);
  const double factor = std::pow(10.0, static_cast<double>(distance));
  if (places < 0 && std::isinf(factor)) return 0;
  if (places < 0) return std::trunc(x / factor) * factor;
  const double scaled = x * factor;
  return std::isfinite(scaled) ? std::trunc(scaled) / factor : x;
}

constexpr int kPowersOfTen = 19;
std::int64_t power_of_ten(std::int64_t exponent) {
  std::int64_t result = 1;
  for (std::int64_t step = 0; step < exponent; ++step) result *= 10;
  return result;
}

std::int64_t round_int(RowContext& context, std::int64_t x, std::int64_t places) {
  if (places >= 0) return x;
  if (-places >= kPowersOfTen) return 0;
  const std::int64_t unit = power_of_ten(-places);
  const std::int64_t rest = x % unit;
  std::int64_t result = x - rest;
  const std::int64_t magnitude = rest < 0 ? -rest : rest;
  if (magnitude >= unit - magnitude) {
    if (__builtin_add_overflow(result, rest < 0 ? -unit : unit, &result)) throw_out_of_range(context, "BIGINT");
  }
  return result;
}

std::uint64_t round_uint(RowContext& context, std::uint64_t x, std::int64_t places) {
  if (places >= 0) return x;
  if (-places > kPowersOfTen) return 0;
  const std::uint64_t unit =
      -places == kPowersOfTen ? 10'000'000'000'000'000'000ULL : static_cast<std::uint64_t>(power_of_ten(-places));
  const std::uint64_t rest = x % unit;
  std::uint64_t result = x - rest;
  if (rest >= unit - rest && __builtin_add_overflow(result, unit, &result))
    throw_out_of_range(context, "BIGINT UNSIGNED");
  return result;
}

std::int64_t truncate_int(std::int64_t x, std::int64_t places) {
  if (places >= 0) return x;
  if (-places >= kPowersOfTen) return 0;
  return x - x % power_of_ten(-places);
}

std::uint64_t truncate_uint(std::uint64_t x, std::int64_t places) {
  if (places >= 0) return x;
  if (-places >= kPowersOfTen) return 0;
  return x - x % static_cast<std::uint64_t>(power_of_ten(-places));
}

template <RoundMode kMode>
Decimal round_decimal(RowContext& context, const Decimal& x, std::int64_t places) {
  // The result shows as many digits as its type declares, however many the row asks for.
  const int shown = std::max(context.call.type().decimals, 0);
  const int wanted = static_cast<int>(std::clamp<std::int64_t>(places, -types::kMaxDecimalPrecision, shown));
  return x.round(wanted, kMode).round(shown, kMode);
}

template <RoundMode kMode>
void bind_round(FunctionBinder& binder) {
  constexpr bool kTruncates = kMode == RoundMode::kTruncate;
  const bool given = binder.argument_count() == 2;
  if (!given) binder.arguments().push_back(make_int(0));
  binder.cast_to_int(1);
  const types::Value* constant = binder.constant_argument(1);
  const FieldType from = binder.argument_type(0);
  switch (cast_to_number(binder, 0)) {
    case Domain::kReal: {
      FieldType type = double_type();
      if (constant != nullptr && !constant->is_null() && given) {
        type.decimals = types::kUnspecifiedLength;
      }
      binder.set_result(std::move(type));
      binder.set_kernel(kTruncates ? row_kernel<&truncate_double> : row_kernel<&round_double>);
      break;
    }
    case Domain::kDecimal: {
      const DecimalShape shape = decimal_shape(from);
      int scale = shape.scale;
      if (constant != nullptr && !constant->is_null()) {
        scale = static_cast<int>(std::clamp<std::int64_t>(constant->as_int64(), 0, shape.scale));
      }
      binder.set_result(decimal_type(shape.integer_digits() + scale + (kTruncates ? 0 : 1), scale));
      binder.set_kernel(row_kernel<&round_decimal<kMode>>);
      break;
    }
    default: {
      const bool is_unsigned = is_unsigned_argument(binder, 0);
      binder.set_result(is_unsigned ? uint_type() : int_type());
      if (is_unsigned) {
        binder.set_kernel(kTruncates ? row_kernel<&truncate_uint> : row_kernel<&round_uint>);
      } else {
        binder.set_kernel(kTruncates ? row_kernel<&truncate_int> : row_kernel<&round_int>);
      }
    }
  }
}

// RAND: MySQL's generator. Source: MySQL reference manual, RAND(), and the two-seed linear congruence of its client library.
class RandomSequence {
 public:
  explicit RandomSequence(std::uint32_t seed)
      : seed1_((seed * 0x10001ULL + 55555555ULL) % kModulus), seed2_((seed * 0x10000001ULL) % kModulus) {}

  double next() {
    seed1_ = (seed1_ * 3 + seed2_) % kModulus;
    seed2_ = (seed1_ + seed2_ + 33) % kModulus;
    return static_cast<double>(seed1_) / static_cast<double>(kModulus);
  }

 private:
  static constexpr std::uint64_t kModulus = 0x3FFFFFFF;
  std::uint64_t seed1_;
  std::uint64_t seed2_;
};

std::uint32_t truncated_seed(std::uint64_t seed) { return static_cast<std::uint32_t>(seed); }

void run_rand(const KernelCall& call) {
  double* out = call.results<double>().data();
  auto& sequence = call.context.function_state<RandomSequence>(&call.call, [&] {
    const auto mixed = static_cast<std::uint64_t>(call.context.statement_time_us) * 0x9e3779b97f4a7c15ULL;
    return RandomSequence(truncated_seed((mixed >> 32) ^ reinterpret_cast<std::uintptr_t>(&call.context)));
  });
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = sequence.next(); });
}

// RAND(constant) goes on from row to row; RAND(expression) starts anew in each.
void run_rand_seeded(const KernelCall& call) {
  double* out = call.results<double>().data();
  const vector::ColumnVector& seed = *call.args[0];
  const auto seed_at = [&](std::size_t row) {
    return truncated_seed(seed.is_null(row) ? 0 : seed.at<std::uint64_t>(row));
  };
  if (seed.is_constant()) {
    auto& sequence =
        call.context.function_state<RandomSequence>(&call.call, [&] { return RandomSequence(seed_at(0)); });
    vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = sequence.next(); });
    return;
  }
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = RandomSequence(seed_at(row)).next(); });
}

void bind_rand(FunctionBinder& binder) {
  binder.set_result(double_type());
  if (binder.argument_count() == 0) {
    binder.set_kernel(run_rand);
    return;
  }
  binder.cast_to_integer(0);
  binder.set_kernel(run_rand_seeded);
}

// CRC32 and CONV.

std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t index = 0; index < 256; ++index) {
    std::uint32_t value = index;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    table[index] = value;
  }
  return table;
}

std::uint64_t cyclic_redundancy(std::string_view text) {
  static const std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (char character : text) crc = kTable[(crc ^ static_cast<unsigned char>(character)) & 0xFF] ^ (crc >> 8);
  return crc ^ 0xFFFFFFFFU;
}

void bind_crc32(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(uint_type(10));
  binder.set_kernel(row_kernel<&cyclic_redundancy>);
}

int digit_value(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'z') return character - 'a' + 10;
  if (character >= 'A' && character <= 'Z') return character - 'A' + 10;
  return 99;
}

// CONV(text, from, to): negative bases mean signed numbers; arithmetic is unsigned 64-bit with saturation.
std::optional<std::string> convert_base(std::string_view text, std::int64_t from, std::int64_t to) {
  const bool from_signed = from < 0;
  const bool to_signed = to < 0;
  const std::int64_t from_base = from_signed ? -from : from;
  const std::int64_t to_base = to_signed ? -to : to;
  if (from_base < 2 || from_base > 36 || to_base < 2 || to_base > 36) return {};
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  bool overflow = false;
  for (char character : text) {
    const int digit = digit_value(character);
    if (digit >= from_base) break;
    overflow |= __builtin_mul_overflow(value, static_cast<std::uint64_t>(from_base), &value);
    overflow |= __builtin_add_overflow(value, static_cast<std::uint64_t>(digit), &value);
  }
  if (overflow) value = std::numeric_limits<std::uint64_t>::max();
  if (from_signed) {
    constexpr std::uint64_t kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    value = std::min(value, negative ? kLargest + 1 : kLargest);
  }
  if (negative) value = 0 - value;
  bool print_minus = false;
  if (to_signed && static_cast<std::int64_t>(value) < 0) {
    print_minus = true;
    value = 0 - value;
  }
  std::string digits;
  do {
    digits.push_back("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % static_cast<std::uint64_t>(to_base)]);
    value /= static_cast<std::uint64_t>(to_base);
  } while (value != 0);
  if (print_minus) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

void bind_conv(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_int(1);
  binder.cast_to_int(2);
  binder.set_connection_string_result(64);
  binder.set_kernel(row_kernel<&convert_base>);
}

constexpr FunctionDefinition kMathFunctions[] = {
    {"abs", 1, 1, kPlainFunction, bind_abs},
    {"acos", 1, 1, kPlainFunction, bind_doubles<row_kernel<&arc_cosine>>},
    {"asin", 1, 1, kPlainFunction, bind_doubles<row_kernel<&arc_sine>>},
    {"atan", 1, 2, kPlainFunction, bind_atan},
    {"atan2", 2, 2, kPlainFunction, bind_atan},
    {"ceil", 1, 1, kPlainFunction, bind_whole<RoundMode::kCeiling, row_kernel<&ceiling_double>>},
    {"ceiling", 1, 1, kPlainFunction, bind_whole<RoundMode::kCeiling, row_kernel<&ceiling_double>>},
    {"conv", 3, 3, kPlainFunction, bind_conv},
    {"cos", 1, 1, kPlainFunction, bind_doubles<row_kernel<&cosine>>},
    {"cot", 1, 1, kPlainFunction, bind_doubles<row_kernel<&cotangent>>},
    {"crc32", 1, 1, kPlainFunction, bind_crc32},
    {"degrees", 1, 1, kPlainFunction, bind_doubles<row_kernel<&to_degrees>>},
    {"exp", 1, 1, kPlainFunction, bind_doubles<row_kernel<&exponential>>},
    {"floor", 1, 1, kPlainFunction, bind_whole<RoundMode::kFloor, row_kernel<&floor_double>>},
    {"ln", 1, 1, kPlainFunction, bind_doubles<row_kernel<&logarithm<natural>>>},
    {"log", 1, 2, kPlainFunction, bind_log},
    {"log10", 1, 1, kPlainFunction, bind_doubles<row_kernel<&logarithm<decadic>>>},
    {"log2", 1, 1, kPlainFunction, bind_doubles<row_kernel<&logarithm<binary>>>},
    {"pi", 0, 0, kPlainFunction, bind_pi},
    {"pow", 2, 2, kPlainFunction, bind_doubles<row_kernel<&power>>},
    {"power", 2, 2, kPlainFunction, bind_doubles<row_kernel<&power>>},
    {"radians", 1, 1, kPlainFunction, bind_doubles<row_kernel<&to_radians>>},
    {"rand", 0, 1, kNonDeterministic, bind_rand},
    {"round", 1, 2, kPlainFunction, bind_round<RoundMode::kHalfAwayFromZero>},
    {"sign", 1, 1, kPlainFunction, bind_sign},
    {"sin", 1, 1, kPlainFunction, bind_doubles<row_kernel<&sine>>},
    {"sqrt", 1, 1, kPlainFunction, bind_doubles<row_kernel<&square_root>>},
    {"tan", 1, 1, kPlainFunction, bind_doubles<row_kernel<&tangent>>},
    {"truncate", 2, 2, kPlainFunction, bind_round<RoundMode::kTruncate>},
};

}  // namespace

std::span<const FunctionDefinition> math_functions() { return kMathFunctions; }

}  // namespace sluice::expression
