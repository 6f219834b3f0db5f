#include "base/reached.h"

#include <algorithm>

namespace sluice {
namespace {

// Constant-initialised, so that marks of other files may register at any time before main().
constinit std::atomic<detail::ReachedSite*> first_site{nullptr};

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
