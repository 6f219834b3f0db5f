// Digests of statements and TSO of the transaction: TIDB_ENCODE_SQL_DIGEST, STATEMENT_DIGEST, TIDB_CURRENT_TSO.
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/text_kernel.h"
#include "sql/digest.h"

namespace sluice::expression {

namespace {

bool statement_digest(TextResult& result, std::string_view statement) {
  result.out = sql::digest(sql::normalize(statement));
  return true;
}

bool statement_digest_text(TextResult& result, std::string_view statement) {
  result.out = sql::normalize(statement);
  return true;
}

template <Kernel kKernel, int characters>
void bind_digest(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_connection_string_result(characters);
  binder.set_kernel(kKernel);
}

/// The start of the session's transaction, which is a system variable as well.
void bind_current_tso(FunctionBinder& binder) {
  binder.replace_call(make_system_variable("tidb_current_ts", 0, int_type()));
}

constexpr FunctionDefinition kDigestFunctions[] = {
    {"statement_digest", 1, 1, kPlainFunction, bind_digest<text_kernel<&statement_digest>, 64>},
    {"statement_digest_text", 1, 1, kPlainFunction, bind_digest<text_kernel<&statement_digest_text>, -1>},
    {"tidb_encode_sql_digest", 1, 1, kPlainFunction, bind_digest<text_kernel<&statement_digest>, 64>},
    {"tidb_current_tso", 0, 0, kUsesSession, bind_current_tso},
};

}  // namespace

std::span<const FunctionDefinition> digest_functions() { return kDigestFunctions; }

}  // namespace sluice::expression
