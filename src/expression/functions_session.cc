// Functions with effects or waits: variables, SLEEP, BENCHMARK, user-level locks, sequences.
#include <chrono>
#include <cmath>
#include <optional>

#include "base/check.h"
#include "base/clock.h"
#include "base/sql_error.h"
#include "base/warnings.h"
#include "expression/builder.h"
#include "expression/conversion.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "expression/session_functions.h"
#include "types/collation.h"
#include "types/utf8.h"

namespace sluice::expression {

using types::FieldType;
using types::PhysicalType;
using types::Value;

namespace {

SessionFunctions& session_of(EvalContext& context) {
  SLUICE_CHECK(context.session != nullptr, "a session function runs without a session");
  return *context.session;
}

void store_value(vector::ColumnVector& out, std::size_t row, const Value& value) {
  if (value.is_null()) {
    out.set_null(row);
    return;
  }
  vector::ColumnVector one(out.type());
  one.append_value(value);
  if (out.holds_strings()) {
    out.set_string(row, one.string_at(0));
  } else if (out.type() == PhysicalType::kDecimal) {
    out.values<types::Decimal>()[row] = one.at<types::Decimal>(0);
  } else {
    out.values<std::uint64_t>()[row] = one.at<std::uint64_t>(0);
  }
}

// @name := value.
void run_set_variable(const KernelCall& call) {
  SessionFunctions& session = session_of(call.context);
  const vector::ColumnVector& value = *call.args[1];
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const Value boxed = value.value_at(row);
    session.set_user_variable(call.args[0]->string_at(row), {boxed, call.call.children()[1]->type()});
    store_value(call.out, row, boxed);
  });
}

void bind_set_variable(FunctionBinder& binder) {
  FieldType type = binder.argument_type(1);
  type.clear_flag(types::field_flag::kNotNull);
  if (type.code == types::TypeCode::kEnum || type.code == types::TypeCode::kSet) {
    binder.cast_to_string(1);
    type = binder.argument_type(1);
  }
  types::CollationClaim claim = binder.argument(1)->claim();
  claim.coercibility = types::Coercibility::kImplicit;
  binder.set_claim(claim);
  binder.set_result(std::move(type));
  binder.set_kernel(run_set_variable);
}

// @name. The planner says which type the variable has (third argument: a NULL of that type); a variable whose type has
// changed since then is converted.
void run_get_variable(const KernelCall& call) {
  SessionFunctions& session = session_of(call.context);
  const FieldType& type = call.call.type();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const std::optional<VariableValue> variable = session.find_user_variable(call.args[0]->string_at(row));
    if (!variable.has_value() || variable->value.is_null()) {
      call.out.set_null(row);
      return;
    }
    if (kind_fits(variable->value.kind(), call.out.type())) {
      store_value(call.out, row, variable->value);
      return;
    }
    types::ConversionContext conversion = make_conversion_context(call.context);
    store_value(call.out, row, types::convert(variable->value, variable->type, type, conversion));
  });
}

void bind_get_variable(FunctionBinder& binder) {
  FieldType type =
      binder.argument_count() == 2 ? binder.argument_type(1) : varchar_type(-1, types::default_collation());
  const EvalContext* evaluation = binder.context().evaluation;
  const Value* name = binder.constant_argument(0);
  if (binder.argument_count() == 1 && evaluation != nullptr && evaluation->session != nullptr && name != nullptr) {
    const std::optional<VariableValue> variable = evaluation->session->find_user_variable(name->as_string());
    if (variable.has_value() && variable->type.code != types::TypeCode::kNull) type = variable->type;
  }
  type.clear_flag(types::field_flag::kNotNull);
  types::CollationClaim claim{type.collation, types::Coercibility::kImplicit, types::Repertoire::kUnicode};
  if (type.collation == nullptr) claim.coercibility = types::Coercibility::kNumeric;
  binder.set_claim(claim);
  binder.set_result(std::move(type));
  binder.set_kernel(run_get_variable);
}

// @@name: getsysvar(name, scope[, NULL of the type]).
void run_system_variable(const KernelCall& call) {
  const auto scope = static_cast<VariableScope>(call.args[1]->at<std::int64_t>(0));
  const VariableValue variable = session_of(call.context).system_variable(call.args[0]->string_at(0), scope);
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (variable.value.is_null() || kind_fits(variable.value.kind(), call.out.type())) {
      store_value(call.out, row, variable.value);
      return;
    }
    types::ConversionContext conversion = make_conversion_context(call.context);
    store_value(call.out, row, types::convert(variable.value, variable.type, call.call.type(), conversion));
  });
}

void bind_system_variable(FunctionBinder& binder) {
  FieldType type = varchar_type(-1, types::default_collation());
  const EvalContext* evaluation = binder.context().evaluation;
  const Value* name = binder.constant_argument(0);
  const Value* scope = binder.constant_argument(1);
  if (binder.argument_count() == 3) {
    type = binder.argument_type(2);
  } else if (evaluation != nullptr && evaluation->session != nullptr && name != nullptr && scope != nullptr) {
    type = evaluation->session->system_variable(name->as_string(), static_cast<VariableScope>(scope->as_int64())).type;
  }
  types::CollationClaim claim{type.collation, types::Coercibility::kCoercible, types::Repertoire::kUnicode};
  if (type.collation == nullptr) claim.coercibility = types::Coercibility::kNumeric;
  binder.set_claim(claim);
  binder.set_result(std::move(type));
  binder.set_kernel(run_system_variable);
}

// A wrong duration is an error in strict mode without IGNORE, else a warning, and the result is 0 at once.
std::int64_t refuse_to_sleep(EvalContext& context) {
  const SqlError error(ErrorCode::kWrongArguments, "sleep");
  if (context.sql_mode.is_strict() && !context.is_ignore) throw error;
  if (context.warnings != nullptr) context.warnings->append(error);
  return 0;
}

// SLEEP(seconds): 0 after the time, and an error of the statement if it is stopped.
std::int64_t sleep_for(RowContext& context, double seconds) {
  if (seconds < 0) return refuse_to_sleep(context.context);
  constexpr double kMaxSeconds = 1e9;
  const auto duration = std::chrono::nanoseconds(static_cast<std::int64_t>(std::fmin(seconds, kMaxSeconds) * 1e9));
  clock().sleep(duration, context.context.stop);
  return 0;
}

void run_sleep(const KernelCall& call) {
  RowContext context{call.call, call.context};
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    out[row] =
        call.args[0]->is_null(row) ? refuse_to_sleep(call.context) : sleep_for(context, call.args[0]->at<double>(row));
  });
}

void bind_sleep(FunctionBinder& binder) {
  binder.cast_to_double(0);
  binder.set_result(int_type(21));
  binder.set_kernel(run_sleep);
}

// BENCHMARK(count, expression).
void run_benchmark(const KernelCall& call) {
  ScratchVector count_scratch(call.context, call.call.children()[0]->physical_type());
  const vector::ColumnVector& count = evaluate_child(call, 0, call.rows, *count_scratch);
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (count.is_null(row) || count.at<std::int64_t>(row) < 0) {
      call.out.set_null(row);
      return;
    }
    const std::uint16_t rows[1] = {static_cast<std::uint16_t>(row)};
    for (std::int64_t round = 0; round < count.at<std::int64_t>(row); ++round) {
      if (round % 64 == 0) call.context.stop.poll();
      ScratchVector scratch(call.context, call.call.children()[1]->physical_type());
      evaluate_child(call, 1, vector::ActiveRows::of(rows), *scratch);
    }
    call.results<std::int64_t>()[row] = 0;
  });
}

void bind_benchmark(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.set_result(int_type(1));
  binder.set_kernel(run_benchmark);
}

// User-level locks.

constexpr std::size_t kLockNameCharactersMax = 64;

const std::string_view checked_lock_name(std::string_view name) {
  if (name.empty() || types::utf8_length(name) > kLockNameCharactersMax) {
    throw SqlError(ErrorCode::kUserLockWrongName, name);
  }
  return name;
}

std::int64_t get_lock(RowContext& context, std::string_view name, double timeout) {
  return session_of(context.context).get_lock(checked_lock_name(name), timeout, context.context.stop);
}

// A NULL name is an error here, not a NULL.
void run_get_lock(const KernelCall& call) {
  RowContext context{call.call, call.context};
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const std::string_view name = call.args[0]->is_null(row) ? std::string_view() : call.args[0]->string_at(row);
    out[row] = get_lock(context, name, call.args[1]->is_null(row) ? 0 : call.args[1]->at<double>(row));
  });
}

void bind_get_lock(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_double(1);
  binder.set_result(int_type(1));
  binder.set_kernel(run_get_lock);
}

std::optional<std::int64_t> release_lock(RowContext& context, std::string_view name) {
  return session_of(context.context).release_lock(checked_lock_name(name));
}
std::int64_t is_free_lock(RowContext& context, std::string_view name) {
  return session_of(context.context).lock_holder(checked_lock_name(name)).has_value() ? 0 : 1;
}
std::optional<std::int64_t> is_used_lock(RowContext& context, std::string_view name) {
  const std::optional<std::uint64_t> holder = session_of(context.context).lock_holder(checked_lock_name(name));
  if (!holder.has_value()) return {};
  return static_cast<std::int64_t>(*holder);
}

template <Kernel kKernel>
void bind_lock_name(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(int_type());
  binder.set_kernel(kKernel);
}

void run_release_all_locks(const KernelCall& call) {
  const std::int64_t count = session_of(call.context).release_all_locks();
  vector::for_each_row(call.rows, [&](std::size_t row) { call.results<std::int64_t>()[row] = count; });
}

void bind_release_all_locks(FunctionBinder& binder) {
  binder.set_result(int_type());
  binder.set_kernel(run_release_all_locks);
}

// Sequences: nextval(database, name), lastval(database, name), setval(database, name, value).

std::int64_t next_value(RowContext& context, std::string_view database, std::string_view sequence) {
  return session_of(context.context).next_sequence_value(database, sequence, context.context.stop);
}
std::optional<std::int64_t> last_value(RowContext& context, std::string_view database, std::string_view sequence) {
  return session_of(context.context).last_sequence_value(database, sequence);
}
std::optional<std::int64_t> set_value(RowContext& context, std::string_view database, std::string_view sequence,
                                      std::int64_t value) {
  return session_of(context.context).set_sequence_value(database, sequence, value, context.context.stop);
}

template <Kernel kKernel>
void bind_sequence(FunctionBinder& binder) {
  if (binder.argument_count() == 3) binder.cast_to_int(2);
  binder.set_result(int_type());
  binder.set_kernel(kKernel);
}

constexpr std::uint32_t kEffect = kUsesSession | kNonDeterministic;

constexpr FunctionDefinition kSessionFunctions[] = {
    {"benchmark", 2, 2, kNonDeterministic | kLazyArguments, bind_benchmark},
    {"get_lock", 2, 2, kEffect, bind_get_lock},
    {"getsysvar", 2, 3, kEffect, bind_system_variable},
    {"getvar", 1, 2, kEffect, bind_get_variable},
    {"is_free_lock", 1, 1, kEffect, bind_lock_name<row_kernel<&is_free_lock>>},
    {"is_used_lock", 1, 1, kEffect, bind_lock_name<row_kernel<&is_used_lock>>},
    {"lastval", 2, 2, kEffect, bind_sequence<row_kernel<&last_value>>},
    {"nextval", 2, 2, kEffect, bind_sequence<row_kernel<&next_value>>},
    {"release_all_locks", 0, 0, kEffect, bind_release_all_locks},
    {"release_lock", 1, 1, kEffect, bind_lock_name<row_kernel<&release_lock>>},
    {"setval", 3, 3, kEffect, bind_sequence<row_kernel<&set_value>>},
    {"setvar", 2, 2, kEffect, bind_set_variable},
    {"sleep", 1, 1, kNonDeterministic, bind_sleep},
};

}  // namespace

ExpressionPtr make_system_variable(std::string_view name, int scope, FieldType type) {
  const BuildContext context;
  return make_function("getsysvar",
                       {make_string(name, types::default_collation()), make_int(scope),
                        std::make_shared<Constant>(Value::null(), std::move(type))},
                       context);
}

std::span<const FunctionDefinition> session_functions() { return kSessionFunctions; }

}  // namespace sluice::expression
