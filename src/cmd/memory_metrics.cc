#include "cmd/memory_metrics.h"

#include <jemalloc/jemalloc.h>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace sluice::cmd {
namespace {

constexpr const char* kName = "sluice_memory_bytes";
constexpr const char* kHelp = "Memory of the process";

std::function<std::int64_t()> allocator_figure(const char* name) {
  return [name]() -> std::int64_t {
    // The allocator's figures are those of its last epoch.
    std::uint64_t epoch = 1;
    std::size_t size = sizeof(epoch);
    ::mallctl("epoch", &epoch, &size, &epoch, size);
    std::size_t value = 0;
    size = sizeof(value);
    return ::mallctl(name, &value, &size, nullptr, 0) == 0 ? static_cast<std::int64_t>(value) : 0;
  };
}

}  // namespace

MemoryMetrics::MemoryMetrics(const MemoryTracker& server)
    : tracked_(kName, kHelp, [&server] { return server.bytes(); }, {{"kind", "tracked"}}),
      allocated_(kName, kHelp, allocator_figure("stats.allocated"), {{"kind", "allocated"}}),
      active_(kName, kHelp, allocator_figure("stats.active"), {{"kind", "active"}}),
      resident_(kName, kHelp, allocator_figure("stats.resident"), {{"kind", "resident"}}),
      metadata_(kName, kHelp, allocator_figure("stats.metadata"), {{"kind", "metadata"}}) {}

}  // namespace sluice::cmd
