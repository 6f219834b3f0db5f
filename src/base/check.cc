#include "base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/sql_error.h"

namespace sluice::detail {
namespace {

std::string describe(const CheckSite& site, std::string_view message_template,
                     std::initializer_list<FormatArgument> arguments) {
  std::string text = format_message("{}:{}: check failed: {}", {site.file, site.line, site.condition});
  if (!message_template.empty()) {
    text += ": ";
    text += format_message(message_template, arguments);
  }
  return text;
}

}  // namespace

void check_failed(const CheckSite& site, std::string_view message_template,
                  std::initializer_list<FormatArgument> arguments) {
#ifdef SLUICE_TEST_BUILD
  fatal_check_failed(site, message_template, arguments);
#else
  throw InternalError(describe(site, message_template, arguments));
#endif
}

void fatal_check_failed(const CheckSite& site, std::string_view message_template,
                        std::initializer_list<FormatArgument> arguments) noexcept {
  const std::string text = describe(site, message_template, arguments);
  std::fprintf(stderr, "%s\n", text.c_str());
  std::abort();
}

}  // namespace sluice::detail
