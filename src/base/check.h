#pragma once

#include <initializer_list>
#include <string_view>

#include "base/format.h"

// Assertions. The message is a template with `{}` and its arguments; it may be left out.
//
//   macro               in release             in test builds   for
//   SLUICE_CHECK        throws InternalError   aborts           arguments between folders, transitions, counts that end
//   at zero SLUICE_FATAL_CHECK  aborts                 aborts           what would put wrong bytes on disk; broken
//   memory; destructors SLUICE_DCHECK       nothing                aborts           checks per row, whole-structure
//   verify() SLUICE_REACHED      counts in test builds: marks a rare branch that the sweeps must reach

namespace sluice::detail {

struct CheckSite {
  const char* condition;
  const char* file;
  int line;
};

/// Throws InternalError, or aborts in test builds.
[[noreturn]] void check_failed(const CheckSite& site, std::string_view message_template = {},
                               std::initializer_list<FormatArgument> arguments = {});
/// Writes the message to the standard error stream and aborts.
[[noreturn]] void fatal_check_failed(const CheckSite& site, std::string_view message_template = {},
                                     std::initializer_list<FormatArgument> arguments = {}) noexcept;

template <class... Args>
[[noreturn]] [[gnu::cold]] [[gnu::noinline]] void check_failed_with(const CheckSite& site,
                                                                    std::string_view message_template,
                                                                    const Args&... args) {
  check_failed(site, message_template, {FormatArgument(args)...});
}
[[noreturn]] [[gnu::cold]] inline void check_failed_with(const CheckSite& site) { check_failed(site); }

template <class... Args>
[[noreturn]] [[gnu::cold]] [[gnu::noinline]] void fatal_check_failed_with(const CheckSite& site,
                                                                          std::string_view message_template,
                                                                          const Args&... args) noexcept {
  fatal_check_failed(site, message_template, {FormatArgument(args)...});
}
[[noreturn]] [[gnu::cold]] inline void fatal_check_failed_with(const CheckSite& site) noexcept {
  fatal_check_failed(site);
}

}  // namespace sluice::detail

#define SLUICE_CHECK(condition, ...)                                                                                 \
  do {                                                                                                               \
    if (!(condition)) [[unlikely]]                                                                                   \
      ::sluice::detail::check_failed_with(::sluice::detail::CheckSite{#condition, __FILE__, __LINE__} __VA_OPT__(, ) \
                                              __VA_ARGS__);                                                          \
  } while (false)

#define SLUICE_FATAL_CHECK(condition, ...)                                                         \
  do {                                                                                             \
    if (!(condition)) [[unlikely]]                                                                 \
      ::sluice::detail::fatal_check_failed_with(                                                   \
          ::sluice::detail::CheckSite{#condition, __FILE__, __LINE__} __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)

#ifdef SLUICE_TEST_BUILD
#define SLUICE_DCHECK(condition, ...) SLUICE_FATAL_CHECK(condition __VA_OPT__(, ) __VA_ARGS__)
#else
// The condition is compiled, so that it cannot rot, and never evaluated.
#define SLUICE_DCHECK(condition, ...) \
  do {                                \
    if (false && (condition)) {       \
    }                                 \
  } while (false)
#endif

#include "base/reached.h"
