// A driver in place of libFuzzer's: random inputs from a seed. Usage: <name>_smoke [seed [inputs]]
//
// Inputs are random bytes, text of the alphabet below, or an earlier input with a few bytes changed. A fault ends the process, as in libFuzzer.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::string_view kAlphabet = "select from where 0123456789.,;()[]{}*'\"`@:$-+/<>=!?abcxyz_\\\n";

std::string next_input(sluice::Random& random, const std::string& last) {
  if (!last.empty() && random.one_in(3)) {
    std::string changed = last;
    for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes)
      changed[random.below(changed.size())] = static_cast<char>(random.below(256));
    return changed;
  }
  const bool is_text = random.one_in(2);
  std::string fresh(random.below(random.one_in(10) ? 4000 : 200), '\0');
  for (char& byte : fresh)
    byte = is_text ? kAlphabet[random.below(kAlphabet.size())] : static_cast<char>(random.below(256));
  return fresh;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 20'000;
  std::printf("%llu inputs from seed %llu\n", static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  sluice::Random random(seed);
  std::string input;
  for (std::uint64_t number = 0; number < count; ++number) {
    input = next_input(random, input);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
  return 0;
}
