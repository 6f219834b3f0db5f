// + - * / DIV % and unary minus, with MySQL's result types and range errors.
#include <algorithm>
#include <cmath>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "expression/type_inference.h"
#include "types/integer_arithmetic.h"

namespace sluice::expression {

using types::Decimal;
using types::DecimalStatus;
using types::FieldType;
using types::PhysicalType;

namespace {

using Signed = std::int64_t;
using Unsigned = std::uint64_t;

// "(a + b)", for the message of 1690.
std::string infix_text(const FunctionCall& call, std::string_view sign) {
  return "(" + call.children()[0]->to_string() + " " + std::string(sign) + " " + call.children()[1]->to_string() + ")";
}

[[noreturn]] [[gnu::cold]] void throw_out_of_range(const FunctionCall& call, std::string_view sign) {
  std::string_view type = "BIGINT";
  switch (call.physical_type()) {
    case PhysicalType::kUInt64:
      type = "BIGINT UNSIGNED";
      break;
    case PhysicalType::kDouble:
      type = "DOUBLE";
      break;
    case PhysicalType::kDecimal:
      type = "DECIMAL";
      break;
    default:
      break;
  }
  const std::string text =
      call.children().size() == 1 ? std::string(sign) + call.children()[0]->to_string() : infix_text(call, sign);
  throw SqlError(ErrorCode::kDataOutOfRange, type, text);
}

// x / 0 and x % 0: NULL, and a warning or an error as sql_mode says.
[[gnu::cold]] void report_division_by_zero(EvalContext& context) {
  if (!context.sql_mode.has(types::SqlMode::kErrorForDivisionByZero) && context.in_dml_strict) return;
  const SqlError error(ErrorCode::kDivisionByZero);
  if (context.in_dml_strict) throw error;
  if (context.warnings != nullptr) context.warnings->append(error);
}

struct Add {
  static constexpr std::string_view kSign = "+";
  static bool run(Signed a, Signed b, Signed& out) { return types::add_int64(a, b, out); }
  static bool run(Unsigned a, Unsigned b, Unsigned& out) { return types::add_uint64(a, b, out); }
  static bool run(Unsigned a, Signed b, Unsigned& out) { return types::add_mixed(a, b, out); }
  static bool run(Signed a, Unsigned b, Unsigned& out) { return types::add_mixed(b, a, out); }
  static double run(double a, double b) { return a + b; }
  static Decimal run(const Decimal& a, const Decimal& b, DecimalStatus& status) { return Decimal::add(a, b, status); }
};

struct Subtract {
  static constexpr std::string_view kSign = "-";
  static bool run(Signed a, Signed b, Signed& out) { return types::sub_int64(a, b, out); }
  static bool run(Unsigned a, Unsigned b, Unsigned& out) { return types::sub_uint64(a, b, out); }
  static bool run(Unsigned a, Signed b, Unsigned& out) { return types::sub_mixed(a, b, out); }
  static bool run(Signed a, Unsigned b, Unsigned& out) { return types::sub_mixed(a, b, out); }
  // NO_UNSIGNED_SUBTRACTION: a signed difference of any operands.
  static bool run(Unsigned a, Unsigned b, Signed& out) { return !__builtin_sub_overflow(a, b, &out); }
  static bool run(Unsigned a, Signed b, Signed& out) { return !__builtin_sub_overflow(a, b, &out); }
  static bool run(Signed a, Unsigned b, Signed& out) { return !__builtin_sub_overflow(a, b, &out); }
  static double run(double a, double b) { return a - b; }
  static Decimal run(const Decimal& a, const Decimal& b, DecimalStatus& status) { return Decimal::sub(a, b, status); }
};

struct Multiply {
  static constexpr std::string_view kSign = "*";
  static bool run(Signed a, Signed b, Signed& out) { return types::mul_int64(a, b, out); }
  static bool run(Unsigned a, Unsigned b, Unsigned& out) { return types::mul_uint64(a, b, out); }
  static bool run(Unsigned a, Signed b, Unsigned& out) { return types::mul_mixed(a, b, out); }
  static bool run(Signed a, Unsigned b, Unsigned& out) { return types::mul_mixed(b, a, out); }
  static double run(double a, double b) { return a * b; }
  static Decimal run(const Decimal& a, const Decimal& b, DecimalStatus& status) { return Decimal::mul(a, b, status); }
};

template <class Operator, class A, class B, class Out>
void run_integers(const KernelCall& call) {
  ValueReader<A> a(*call.args[0]);
  ValueReader<B> b(*call.args[1]);
  Out* out = call.results<Out>().data();
  map_rows(call, [&](std::size_t row) {
    if (!Operator::run(a[row], b[row], out[row])) [[unlikely]]
      throw_out_of_range(call.call, Operator::kSign);
  });
}

template <class Operator>
void run_doubles(const KernelCall& call) {
  ValueReader<double> a(*call.args[0]);
  ValueReader<double> b(*call.args[1]);
  double* out = call.results<double>().data();
  map_rows(call, [&](std::size_t row) {
    out[row] = Operator::run(a[row], b[row]);
    if (!std::isfinite(out[row])) [[unlikely]]
      throw_out_of_range(call.call, Operator::kSign);
  });
}

template <class Operator>
void run_decimals(const KernelCall& call) {
  ValueReader<Decimal> a(*call.args[0]);
  ValueReader<Decimal> b(*call.args[1]);
  Decimal* out = call.results<Decimal>().data();
  map_rows(call, [&](std::size_t row) {
    DecimalStatus status = DecimalStatus::kOk;
    out[row] = Operator::run(a[row], b[row], status);
    if (status == DecimalStatus::kOverflow) [[unlikely]]
      throw_out_of_range(call.call, Operator::kSign);
  });
}

template <class Operator>
Kernel choose_integer_kernel(PhysicalType a, PhysicalType b, bool signed_result) {
  if constexpr (std::is_same_v<Operator, Subtract>) {
    if (signed_result) {
      if (a == PhysicalType::kInt64) {
        return b == PhysicalType::kInt64 ? run_integers<Operator, Signed, Signed, Signed>
                                         : run_integers<Operator, Signed, Unsigned, Signed>;
      }
      return b == PhysicalType::kInt64 ? run_integers<Operator, Unsigned, Signed, Signed>
                                       : run_integers<Operator, Unsigned, Unsigned, Signed>;
    }
  }
  if (a == PhysicalType::kInt64) {
    return b == PhysicalType::kInt64 ? run_integers<Operator, Signed, Signed, Signed>
                                     : run_integers<Operator, Signed, Unsigned, Unsigned>;
  }
  return b == PhysicalType::kInt64 ? run_integers<Operator, Unsigned, Signed, Unsigned>
                                   : run_integers<Operator, Unsigned, Unsigned, Unsigned>;
}

// Casts both operands to the domain in which they meet.
Domain meet(FunctionBinder& binder) {
  const Domain a = numeric_domain_of(binder.argument_type(0));
  const Domain b = numeric_domain_of(binder.argument_type(1));
  const Domain domain = a == Domain::kReal || b == Domain::kReal         ? Domain::kReal
                        : a == Domain::kDecimal || b == Domain::kDecimal ? Domain::kDecimal
                                                                         : Domain::kInt;
  for (std::size_t index = 0; index < 2; ++index) {
    if (domain == Domain::kReal) {
      binder.cast_to_double(index);
    } else if (domain == Domain::kDecimal) {
      if (binder.argument_type(index).is_binary_literal()) binder.cast_to_integer(index);
      binder.cast_to_decimal(index);
    } else {
      binder.cast_to_integer(index);
    }
  }
  return domain;
}

void set_numeric_result(FunctionBinder& binder, FieldType type, bool may_be_null) {
  const bool not_null = binder.argument_type(0).not_null() && binder.argument_type(1).not_null();
  if (not_null && !may_be_null) type.set_flag(types::field_flag::kNotNull);
  binder.set_result(std::move(type));
}

FieldType sum_type(const FieldType& left, const FieldType& right) {
  const DecimalShape a = decimal_shape(left);
  const DecimalShape b = decimal_shape(right);
  const int scale = std::max(a.scale, b.scale);
  return decimal_type(std::max(a.integer_digits(), b.integer_digits()) + scale + 1, scale);
}

FieldType product_type(const FieldType& left, const FieldType& right) {
  const DecimalShape a = decimal_shape(left);
  const DecimalShape b = decimal_shape(right);
  return decimal_type(a.precision + b.precision, std::min(a.scale + b.scale, types::kMaxDecimalScale));
}

template <class Operator>
void bind_basic(FunctionBinder& binder) {
  const FieldType left = binder.argument_type(0);
  const FieldType right = binder.argument_type(1);
  switch (meet(binder)) {
    case Domain::kReal:
      set_numeric_result(binder, double_type(), false);
      binder.set_kernel(run_doubles<Operator>);
      return;
    case Domain::kDecimal:
      set_numeric_result(binder, std::is_same_v<Operator, Multiply> ? product_type(left, right) : sum_type(left, right),
                         false);
      binder.set_kernel(run_decimals<Operator>);
      return;
    default:
      break;
  }
  const PhysicalType a = binder.argument(0)->physical_type();
  const PhysicalType b = binder.argument(1)->physical_type();
  const bool any_unsigned = a == PhysicalType::kUInt64 || b == PhysicalType::kUInt64;
  const bool signed_result = !any_unsigned || (std::is_same_v<Operator, Subtract> &&
                                               binder.context().sql_mode.has(types::SqlMode::kNoUnsignedSubtraction));
  set_numeric_result(binder, signed_result ? int_type() : uint_type(), false);
  binder.set_kernel(choose_integer_kernel<Operator>(a, b, signed_result));
}

// Division.

void divide_doubles(const KernelCall& call) {
  ValueReader<double> a(*call.args[0]);
  ValueReader<double> b(*call.args[1]);
  double* out = call.results<double>().data();
  map_rows(call, [&](std::size_t row) {
    if (b[row] == 0) {
      report_division_by_zero(call.context);
      call.out.set_null(row);
      return;
    }
    out[row] = a[row] / b[row];
    if (!std::isfinite(out[row])) [[unlikely]]
      throw_out_of_range(call.call, "/");
  });
}

void divide_decimals(const KernelCall& call) {
  ValueReader<Decimal> a(*call.args[0]);
  ValueReader<Decimal> b(*call.args[1]);
  Decimal* out = call.results<Decimal>().data();
  map_rows(call, [&](std::size_t row) {
    DecimalStatus status = DecimalStatus::kOk;
    out[row] = Decimal::div(a[row], b[row], call.context.div_precision_increment, status);
    if (status == DecimalStatus::kDivisionByZero) {
      report_division_by_zero(call.context);
      call.out.set_null(row);
    } else if (status == DecimalStatus::kOverflow) {
      throw_out_of_range(call.call, "/");
    }
  });
}

void bind_divide(FunctionBinder& binder) {
  const FieldType left = binder.argument_type(0);
  const FieldType right = binder.argument_type(1);
  const bool real = numeric_domain_of(left) == Domain::kReal || numeric_domain_of(right) == Domain::kReal;
  for (std::size_t index = 0; index < 2; ++index) {
    if (real) {
      binder.cast_to_double(index);
    } else {
      if (binder.argument_type(index).is_binary_literal()) binder.cast_to_integer(index);
      binder.cast_to_decimal(index);
    }
  }
  if (real) {
    set_numeric_result(binder, double_type(), true);
    binder.set_kernel(divide_doubles);
    return;
  }
  const DecimalShape a = decimal_shape(left.is_binary_literal() ? uint_type() : left);
  const DecimalShape b = decimal_shape(right.is_binary_literal() ? uint_type() : right);
  const int increment = binder.context().div_precision_increment;
  const int scale = std::min(a.scale + increment, types::kMaxDecimalScale);
  set_numeric_result(binder, decimal_type(a.precision + b.scale + increment, scale), true);
  binder.set_kernel(divide_decimals);
}

// The magnitude and sign of an integer, whichever kind it is.
struct Integer {
  Unsigned magnitude;
  bool negative;
};
Integer integer_of(Signed value) {
  return {value < 0 ? 0 - static_cast<Unsigned>(value) : static_cast<Unsigned>(value), value < 0};
}
Integer integer_of(Unsigned value) { return {value, false}; }

// Stores a signed magnitude; false if it does not fit.
bool store(Integer value, Signed& out) {
  if (value.magnitude > static_cast<Unsigned>(std::numeric_limits<Signed>::max()) + (value.negative ? 1 : 0))
    return false;
  out = static_cast<Signed>(value.negative ? 0 - value.magnitude : value.magnitude);
  return true;
}
bool store(Integer value, Unsigned& out) {
  if (value.negative && value.magnitude != 0) return false;
  out = value.magnitude;
  return true;
}

template <class A, class B, class Out>
void integer_divide(const KernelCall& call) {
  ValueReader<A> a(*call.args[0]);
  ValueReader<B> b(*call.args[1]);
  Out* out = call.results<Out>().data();
  map_rows(call, [&](std::size_t row) {
    if (b[row] == 0) {
      report_division_by_zero(call.context);
      call.out.set_null(row);
      return;
    }
    const Integer dividend = integer_of(a[row]);
    const Integer divisor = integer_of(b[row]);
    const Integer quotient{dividend.magnitude / divisor.magnitude, dividend.negative != divisor.negative};
    if (!store(quotient, out[row])) throw_out_of_range(call.call, "DIV");
  });
}

// The remainder has the sign of the dividend, and is unsigned if the dividend is.
template <class A, class B>
void integer_remainder(const KernelCall& call) {
  ValueReader<A> a(*call.args[0]);
  ValueReader<B> b(*call.args[1]);
  A* out = call.results<A>().data();
  map_rows(call, [&](std::size_t row) {
    if (b[row] == 0) {
      report_division_by_zero(call.context);
      call.out.set_null(row);
      return;
    }
    const Integer dividend = integer_of(a[row]);
    store(Integer{dividend.magnitude % integer_of(b[row]).magnitude, dividend.negative}, out[row]);
  });
}

template <template <class, class> class Choice>
Kernel by_signs(PhysicalType a, PhysicalType b) {
  if (a == PhysicalType::kInt64) {
    return b == PhysicalType::kInt64 ? Choice<Signed, Signed>::kKernel : Choice<Signed, Unsigned>::kKernel;
  }
  return b == PhysicalType::kInt64 ? Choice<Unsigned, Signed>::kKernel : Choice<Unsigned, Unsigned>::kKernel;
}
template <class A, class B>
struct DivideChoice {
  using Out = std::conditional_t<std::is_same_v<A, Signed> && std::is_same_v<B, Signed>, Signed, Unsigned>;
  static constexpr Kernel kKernel = integer_divide<A, B, Out>;
};
template <class A, class B>
struct RemainderChoice {
  static constexpr Kernel kKernel = integer_remainder<A, B>;
};

void integer_divide_decimals(const KernelCall& call) {
  ValueReader<Decimal> a(*call.args[0]);
  ValueReader<Decimal> b(*call.args[1]);
  const bool is_signed = call.out.type() == PhysicalType::kInt64;
  map_rows(call, [&](std::size_t row) {
    DecimalStatus status = DecimalStatus::kOk;
    const Decimal quotient = Decimal::integer_div(a[row], b[row], status);
    if (status == DecimalStatus::kDivisionByZero) {
      report_division_by_zero(call.context);
      call.out.set_null(row);
      return;
    }
    DecimalStatus range = DecimalStatus::kOk;
    if (is_signed) {
      call.results<Signed>()[row] = quotient.to_int64(types::RoundMode::kTruncate, range);
    } else {
      call.results<Unsigned>()[row] = quotient.to_uint64(types::RoundMode::kTruncate, range);
    }
    if (range != DecimalStatus::kOk) throw_out_of_range(call.call, "DIV");
  });
}

void bind_integer_divide(FunctionBinder& binder) {
  const bool any_unsigned = binder.argument_type(0).is_unsigned() || binder.argument_type(1).is_unsigned();
  const bool integers = numeric_domain_of(binder.argument_type(0)) == Domain::kInt &&
                        numeric_domain_of(binder.argument_type(1)) == Domain::kInt;
  if (integers) {
    binder.cast_to_integer(0);
    binder.cast_to_integer(1);
    const PhysicalType a = binder.argument(0)->physical_type();
    const PhysicalType b = binder.argument(1)->physical_type();
    const bool is_signed = a == PhysicalType::kInt64 && b == PhysicalType::kInt64;
    set_numeric_result(binder, is_signed ? int_type() : uint_type(), true);
    binder.set_kernel(by_signs<DivideChoice>(a, b));
    return;
  }
  binder.cast_to_decimal(0);
  binder.cast_to_decimal(1);
  set_numeric_result(binder, any_unsigned ? uint_type() : int_type(), true);
  binder.set_kernel(integer_divide_decimals);
}

void remainder_doubles(const KernelCall& call) {
  ValueReader<double> a(*call.args[0]);
  ValueReader<double> b(*call.args[1]);
  double* out = call.results<double>().data();
  map_rows(call, [&](std::size_t row) {
    if (b[row] == 0) {
      report_division_by_zero(call.context);
      call.out.set_null(row);
      return;
    }
    out[row] = std::fmod(a[row], b[row]);
  });
}

void remainder_decimals(const KernelCall& call) {
  ValueReader<Decimal> a(*call.args[0]);
  ValueReader<Decimal> b(*call.args[1]);
  Decimal* out = call.results<Decimal>().data();
  map_rows(call, [&](std::size_t row) {
    DecimalStatus status = DecimalStatus::kOk;
    out[row] = Decimal::mod(a[row], b[row], status);
    if (status == DecimalStatus::kDivisionByZero) {
      report_division_by_zero(call.context);
      call.out.set_null(row);
    }
  });
}

void bind_remainder(FunctionBinder& binder) {
  const FieldType left = binder.argument_type(0);
  const FieldType right = binder.argument_type(1);
  switch (meet(binder)) {
    case Domain::kReal:
      set_numeric_result(binder, double_type(), true);
      binder.set_kernel(remainder_doubles);
      return;
    case Domain::kDecimal: {
      const DecimalShape a = decimal_shape(left);
      const DecimalShape b = decimal_shape(right);
      const int scale = std::max(a.scale, b.scale);
      set_numeric_result(binder, decimal_type(std::max(a.integer_digits(), b.integer_digits()) + scale, scale), true);
      binder.set_kernel(remainder_decimals);
      return;
    }
    default:
      break;
  }
  const PhysicalType a = binder.argument(0)->physical_type();
  set_numeric_result(binder, a == PhysicalType::kInt64 ? int_type() : uint_type(), true);
  binder.set_kernel(by_signs<RemainderChoice>(a, binder.argument(1)->physical_type()));
}

// Unary minus.

void negate_signed(const KernelCall& call) {
  ValueReader<Signed> in(*call.args[0]);
  Signed* out = call.results<Signed>().data();
  map_rows(call, [&](std::size_t row) {
    if (!types::negate_int64(in[row], out[row])) throw_out_of_range(call.call, "-");
  });
}

void negate_unsigned(const KernelCall& call) {
  ValueReader<Unsigned> in(*call.args[0]);
  Signed* out = call.results<Signed>().data();
  map_rows(call, [&](std::size_t row) {
    if (!store(Integer{in[row], true}, out[row])) throw_out_of_range(call.call, "-");
  });
}

double negate_double(double value) { return -value; }
Decimal negate_decimal(const Decimal& value) { return value.negated(); }

void bind_negate(FunctionBinder& binder) {
  const Domain domain = numeric_domain_of(binder.argument_type(0));
  FieldType type;
  if (domain == Domain::kReal) {
    binder.cast_to_double(0);
    type = double_type();
    binder.set_kernel(row_kernel<&negate_double>);
  } else if (domain == Domain::kDecimal) {
    const DecimalShape shape = decimal_shape(binder.argument_type(0));
    binder.cast_to_decimal(0);
    type = decimal_type(shape.precision, shape.scale);
    binder.set_kernel(row_kernel<&negate_decimal>);
  } else {
    binder.cast_to_integer(0);
    const types::Value* literal = binder.constant_argument(0);
    // -9223372036854775808 is written as a minus before a literal that is unsigned; beyond that the result is a decimal.
    const bool beyond = literal != nullptr && literal->kind() == types::Value::Kind::kUInt64 &&
                        literal->as_uint64() > static_cast<Unsigned>(std::numeric_limits<Signed>::max()) + 1;
    const bool smallest = literal != nullptr && literal->kind() == types::Value::Kind::kInt64 &&
                          literal->as_int64() == std::numeric_limits<Signed>::min();
    if (beyond || smallest) {
      binder.cast_to_decimal(0);
      type = decimal_type(20, 0);
      binder.set_kernel(row_kernel<&negate_decimal>);
    } else {
      const bool is_signed = binder.argument(0)->physical_type() == PhysicalType::kInt64;
      type = int_type();
      binder.set_kernel(is_signed ? negate_signed : negate_unsigned);
    }
  }
  if (binder.argument_type(0).not_null()) type.set_flag(types::field_flag::kNotNull);
  binder.set_result(std::move(type));
}

void bind_plus_sign(FunctionBinder& binder) { binder.replace_call(binder.argument(0)); }

constexpr FunctionDefinition kArithmeticFunctions[] = {
    {"plus", 2, 2, kPlainFunction, bind_basic<Add>},       {"minus", 2, 2, kPlainFunction, bind_basic<Subtract>},
    {"mul", 2, 2, kPlainFunction, bind_basic<Multiply>},   {"div", 2, 2, kPlainFunction, bind_divide},
    {"intdiv", 2, 2, kPlainFunction, bind_integer_divide}, {"mod", 2, 2, kPlainFunction, bind_remainder},
    {"unaryminus", 1, 1, kPlainFunction, bind_negate},     {"unaryplus", 1, 1, kPlainFunction, bind_plus_sign},
};

}  // namespace

std::span<const FunctionDefinition> arithmetic_functions() { return kArithmeticFunctions; }

}  // namespace sluice::expression
