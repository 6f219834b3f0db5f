#pragma once

#include <cstdint>

namespace sluice::kv {

/// A point in the store's history: (milliseconds since the Unix epoch << 18) | logical counter, as TiDB's timestamp oracle lays it out.
/// Timestamps of one store never repeat as commit timestamps and never go back, not even over a restart.
using Timestamp = std::uint64_t;

inline constexpr int kLogicalBits = 18;
/// Above every timestamp a store hands out; a read at it sees whatever is committed.
inline constexpr Timestamp kMaxTimestamp = ~Timestamp{0};

constexpr Timestamp compose_timestamp(std::uint64_t physical_ms, std::uint64_t logical) noexcept {
  return (physical_ms << kLogicalBits) | logical;
}
constexpr std::uint64_t physical_ms(Timestamp ts) noexcept { return ts >> kLogicalBits; }
constexpr std::uint64_t logical_part(Timestamp ts) noexcept { return ts & ((std::uint64_t{1} << kLogicalBits) - 1); }

}  // namespace sluice::kv
