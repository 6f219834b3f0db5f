#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// A mark on a rare branch. Test builds count how often each was passed; the sweeps fail when one never was.
/// Marks are registered before main() runs, so those never reached are listed as well.
struct ReachedMark {
  std::string name;
  std::string file;
  int line = 0;
  std::uint64_t count = 0;
};

/// All marks that are linked into this program, by name. Empty in release builds. Thread-safe.
std::vector<ReachedMark> reached_marks();

namespace detail {

/// One place in the code. Static lifetime; links itself into a global list when constructed.
class ReachedSite {
 public:
  ReachedSite(const char* name, const char* file, int line) noexcept;
  void hit() noexcept { count.fetch_add(1, std::memory_order_relaxed); }

  const char* const name;
  const char* const file;
  const int line;
  std::atomic<std::uint64_t> count{0};
  ReachedSite* next = nullptr;
};

/// Gives each use of the macro a static of its own, made before main(). `Tag` is a local type with `site()` arguments.
template <class Tag>
struct ReachedRegistration {
  static inline ReachedSite site{Tag::name(), Tag::file(), Tag::line()};
};

}  // namespace detail
}  // namespace sluice

#ifdef SLUICE_TEST_BUILD
#define SLUICE_REACHED(mark_name)                                        \
  do {                                                                   \
    struct SluiceReachedTag {                                            \
      static const char* name() { return mark_name; }                    \
      static const char* file() { return __FILE__; }                     \
      static int line() { return __LINE__; }                             \
    };                                                                   \
    ::sluice::detail::ReachedRegistration<SluiceReachedTag>::site.hit(); \
  } while (false)
#else
#define SLUICE_REACHED(mark_name) static_cast<void>(mark_name)
#endif
