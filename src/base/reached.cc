#include "base/reached.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace sluice {
namespace {

// Constant-initialised, so that marks of other files may register at any time before main().
constinit std::atomic<detail::ReachedSite*> first_site{nullptr};

#ifdef SLUICE_TEST_BUILD
/// Appends the program's marks to the file SLUICE_REACHED_FILE when it ends, so that ./test can tell which none of its programs reached.
/// Sites have no destructor, so they can still be read then.
struct ReachedReport {
  ~ReachedReport() {
    const char* const path = std::getenv("SLUICE_REACHED_FILE");
    std::FILE* const file = path == nullptr ? nullptr : std::fopen(path, "ae");
    if (file == nullptr) return;
    for (detail::ReachedSite* site = first_site.load(std::memory_order_acquire); site != nullptr; site = site->next) {
      std::fprintf(file, "%llu\t%s\t%s:%d\n",
                   static_cast<unsigned long long>(site->count.load(std::memory_order_relaxed)), site->name, site->file,
                   site->line);
    }
    std::fclose(file);
  }
};
const ReachedReport reached_report;
#endif

}  // namespace

namespace detail {

ReachedSite::ReachedSite(const char* site_name, const char* site_file, int site_line) noexcept
    : name(site_name), file(site_file), line(site_line) {
  next = first_site.load(std::memory_order_relaxed);
  while (!first_site.compare_exchange_weak(next, this, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

}  // namespace detail

std::vector<ReachedMark> reached_marks() {
  std::vector<ReachedMark> marks;
  for (detail::ReachedSite* site = first_site.load(std::memory_order_acquire); site != nullptr; site = site->next) {
    marks.push_back({site->name, site->file, site->line, site->count.load(std::memory_order_relaxed)});
  }
  std::sort(marks.begin(), marks.end(), [](const ReachedMark& a, const ReachedMark& b) { return a.name < b.name; });
  return marks;
}

}  // namespace sluice
