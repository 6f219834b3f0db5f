#pragma once

#include <atomic>
#include <cstddef>

namespace sluice::kv {

/// A small number that stays the same for the calling thread and is spread evenly over threads: picks a shard of sharded structures.
inline std::size_t thread_shard() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t shard = next.fetch_add(1, std::memory_order_relaxed);
  return shard;
}

}  // namespace sluice::kv
