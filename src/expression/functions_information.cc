// Information functions: about the session, and about the arguments' types.
#include <optional>

#include "base/check.h"
#include "base/sql_error.h"
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "expression/session_functions.h"
#include "types/collation.h"

namespace sluice::expression {

using types::FieldType;

namespace {

SessionFunctions& session_of(const KernelCall& call) {
  SLUICE_CHECK(call.context.session != nullptr, "{} runs without a session", call.call.name());
  return *call.context.session;
}

// The value of a function without arguments: the same for all rows.
template <class Get>
void fill_string(const KernelCall& call, Get get) {
  const std::optional<std::string> value = get(session_of(call));
  if (value.has_value()) {
    call.out.set_string(0, *value);
  } else {
    call.out.set_null(0);
  }
}

template <std::string (SessionFunctions::*kMember)()>
void run_text(const KernelCall& call) {
  fill_string(call, [](SessionFunctions& session) { return std::optional<std::string>((session.*kMember)()); });
}

void run_database(const KernelCall& call) {
  fill_string(call, [](SessionFunctions& session) { return session.current_database(); });
}

template <std::uint64_t (SessionFunctions::*kMember)()>
void run_uint(const KernelCall& call) {
  call.results<std::uint64_t>()[0] = (session_of(call).*kMember)();
}

void run_row_count(const KernelCall& call) { call.results<std::int64_t>()[0] = session_of(call).row_count(); }

template <Kernel kKernel>
void bind_text(FunctionBinder& binder) {
  binder.set_string_result(64, {types::default_collation(), types::Coercibility::kSystem, types::Repertoire::kUnicode});
  binder.set_kernel(kKernel);
}

template <Kernel kKernel>
void bind_uint(FunctionBinder& binder) {
  binder.set_result(uint_type());
  binder.set_kernel(kKernel);
}

void bind_row_count(FunctionBinder& binder) {
  binder.set_result(int_type());
  binder.set_kernel(run_row_count);
}

// LAST_INSERT_ID([value]): with a value also remembers it.
void run_last_insert_id(const KernelCall& call) {
  std::uint64_t* out = call.results<std::uint64_t>().data();
  SessionFunctions& session = session_of(call);
  if (call.args.empty()) {
    const std::uint64_t id = session.last_insert_id();
    vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = id; });
    return;
  }
  map_rows(call, [&](std::size_t row) {
    out[row] = call.args[0]->at<std::uint64_t>(row);
    session.set_last_insert_id(out[row]);
  });
}

void bind_last_insert_id(FunctionBinder& binder) {
  if (binder.argument_count() == 1) binder.cast_to_integer(0);
  binder.set_result(uint_type());
  binder.set_kernel(run_last_insert_id);
}

// CHARSET, COLLATION and COERCIBILITY depend on the type of the argument alone.
template <bool kCharset>
void bind_collation_name(FunctionBinder& binder) {
  const FieldType& type = binder.argument_type(0);
  const bool is_null = type.code == types::TypeCode::kNull;
  const types::Collation* collation = is_null || type.collation == nullptr ? types::binary_collation() : type.collation;
  if (type.code == types::TypeCode::kJson) collation = types::utf8mb4_bin();
  const std::string_view name = kCharset ? collation->charset->name : collation->name;
  binder.replace_call(make_string(name, types::default_collation()));
}

void bind_coercibility(FunctionBinder& binder) {
  binder.replace_call(make_int(static_cast<std::int64_t>(binder.argument(0)->coercibility())));
}

constexpr FunctionDefinition kInformationFunctions[] = {
    {"charset", 1, 1, kPlainFunction, bind_collation_name<true>},
    {"coercibility", 1, 1, kPlainFunction, bind_coercibility},
    {"collation", 1, 1, kPlainFunction, bind_collation_name<false>},
    {"connection_id", 0, 0, kUsesSession, bind_uint<run_uint<&SessionFunctions::connection_id>>},
    {"current_role", 0, 0, kUsesSession, bind_text<run_text<&SessionFunctions::current_role>>},
    {"current_user", 0, 0, kUsesSession, bind_text<run_text<&SessionFunctions::current_user>>},
    {"database", 0, 0, kUsesSession, bind_text<run_database>},
    {"found_rows", 0, 0, kUsesSession, bind_uint<run_uint<&SessionFunctions::found_rows>>},
    {"last_insert_id", 0, 1, kUsesSession | kNonDeterministic, bind_last_insert_id},
    {"row_count", 0, 0, kUsesSession, bind_row_count},
    {"schema", 0, 0, kUsesSession, bind_text<run_database>},
    {"session_user", 0, 0, kUsesSession, bind_text<run_text<&SessionFunctions::user>>},
    {"system_user", 0, 0, kUsesSession, bind_text<run_text<&SessionFunctions::user>>},
    {"tidb_version", 0, 0, kUsesSession, bind_text<run_text<&SessionFunctions::tidb_version>>},
    {"user", 0, 0, kUsesSession, bind_text<run_text<&SessionFunctions::user>>},
    {"version", 0, 0, kUsesSession, bind_text<run_text<&SessionFunctions::server_version>>},
};

}  // namespace

std::span<const FunctionDefinition> information_functions() { return kInformationFunctions; }

}  // namespace sluice::expression
