#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include <atomic>

#include "base/check.h"

namespace sluice {
namespace {

// splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}
constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ull;

constexpr std::uint64_t rotate_left(std::uint64_t x, int by) noexcept { return (x << by) | (x >> (64 - by)); }

std::atomic<bool> seeds_are_fixed{false};
std::atomic<std::uint64_t> seed_counter{0};

}  // namespace

Random::Random(std::uint64_t seed) noexcept {
  for (std::uint64_t& word : state_) word = mix(seed += kGamma);
}

std::uint64_t Random::next() noexcept {
  const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

// Multiply and shift with rejection (Lemire, "Fast random integer generation in an interval").
std::uint64_t Random::below(std::uint64_t bound) noexcept {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(next()) * bound;
  auto low = static_cast<std::uint64_t>(product);
  if (low < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (low < threshold) {
      product = static_cast<Wide>(next()) * bound;
      low = static_cast<std::uint64_t>(product);
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) noexcept {
  const std::uint64_t width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const std::uint64_t offset = width == 0 ? next() : below(width);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

std::uint64_t new_seed() noexcept {
  if (seeds_are_fixed.load(std::memory_order_acquire)) {
    return mix(seed_counter.fetch_add(kGamma, std::memory_order_relaxed) + kGamma);
  }
  std::uint64_t seed;
  secure_random_bytes(&seed, sizeof(seed));
  return seed;
}

void set_seed_sequence(std::uint64_t seed) noexcept {
  seed_counter.store(seed, std::memory_order_relaxed);
  seeds_are_fixed.store(true, std::memory_order_release);
}

void secure_random_bytes(void* target, std::size_t size) noexcept {
  auto* bytes = static_cast<unsigned char*>(target);
  while (size > 0) {
    const ssize_t count = ::getrandom(bytes, size, 0);
    SLUICE_FATAL_CHECK(count > 0 || errno == EINTR, "getrandom fails with errno {}", errno);
    if (count <= 0) continue;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
}

}  // namespace sluice
