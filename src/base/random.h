#pragma once

#include <cstdint>
#include <limits>

namespace sluice {

/// A seeded generator of 64-bit numbers (xoshiro256**, Blackman and Vigna, "Scrambled linear pseudorandom number
/// generators"; seeded by splitmix64). Meets UniformRandomBitGenerator. Not thread-safe; not for secrets.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed) noexcept;

  std::uint64_t next() noexcept;
  /// Uniform in [0, bound); `bound` at least 1.
  std::uint64_t below(std::uint64_t bound) noexcept;
  /// Uniform in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) noexcept;
  /// Uniform in [0, 1).
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// True once in `n` times on average.
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

  std::uint64_t operator()() noexcept { return next(); }
  static constexpr std::uint64_t min() noexcept { return 0; }
  static constexpr std::uint64_t max() noexcept { return std::numeric_limits<std::uint64_t>::max(); }

 private:
  std::uint64_t state_[4];
};

/// A seed for a new generator: from the operating system, or the next of a fixed row once set_seed_sequence() was
/// called. Thread-safe.
std::uint64_t new_seed() noexcept;

/// From here on new_seed() repeats the same row for the same `seed`: one seed replays one run.
void set_seed_sequence(std::uint64_t seed) noexcept;

/// Fills `target` with bytes fit for secrets: salts, keys, nonces (getrandom(2)).
void secure_random_bytes(void* target, std::size_t size) noexcept;

}  // namespace sluice
