#include "types/collation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "types/collation_weights.h"
#include "types/gbk_tables.h"
#include "types/latin1.h"
#include "types/utf8.h"

namespace sluice::types {

namespace {

/// Weights of the ASCII characters; 0 means "take the general way" (no weight, or none that fits).
using AsciiWeights = std::array<std::uint16_t, 128>;

AsciiWeights make_ascii_weights(const WeightTable& table) {
  AsciiWeights weights{};
  for (char32_t character = 0; character < 128; ++character) {
    const std::span<const std::uint16_t> list = table.of(character);
    weights[character] = list.size() == 1 ? list[0] : 0;
  }
  return weights;
}

// A weigher turns code points into weights. `ascii()` is its table, `of()` gives the weights of one code point.

struct GeneralWeigher {
  static const AsciiWeights& ascii() {
    static const AsciiWeights weights = make_ascii_weights(general_weights());
    return weights;
  }
  static std::span<const std::uint16_t> of(char32_t code_point) { return general_weights().of(code_point); }
};

struct UcaWeigher {
  static const AsciiWeights& ascii() {
    static const AsciiWeights weights = make_ascii_weights(uca_weights());
    return weights;
  }
  static std::span<const std::uint16_t> of(char32_t code_point) { return uca_weights().of(code_point); }
};

struct UnicodeWeigher {
  static const AsciiWeights& ascii() { return UcaWeigher::ascii(); }
  static std::span<const std::uint16_t> of(char32_t code_point) {
    static constexpr std::uint16_t kSupplementary[] = {0xFFFD};
    return code_point > 0xFFFF ? std::span<const std::uint16_t>(kSupplementary) : uca_weights().of(code_point);
  }
};

/// The single weight `code`, as a span of static memory.
std::span<const std::uint16_t> code_as_weight(std::uint16_t code) {
  static const std::vector<std::uint16_t> codes = [] {
    std::vector<std::uint16_t> all(65536);
    std::iota(all.begin(), all.end(), std::uint16_t{0});
    return all;
  }();
  return {&codes[code], 1};
}

struct Latin1SwedishWeigher {
  static const AsciiWeights& ascii() {
    static const AsciiWeights weights = [] {
      AsciiWeights result{};
      for (unsigned character = 0; character < 128; ++character)
        result[character] = latin1_swedish_weights()[character];
      return result;
    }();
    return weights;
  }
  static std::span<const std::uint16_t> of(char32_t code_point) {
    const int byte = unicode_to_latin1(code_point);
    return code_as_weight(byte < 0 ? '?' : latin1_swedish_weights()[static_cast<unsigned>(byte)]);
  }
};

struct GbkBytesWeigher {
  static const AsciiWeights& ascii() {
    static const AsciiWeights weights = [] {
      AsciiWeights result{};
      for (unsigned character = 0; character < 128; ++character)
        result[character] = static_cast<std::uint16_t>(character);
      return result;
    }();
    return weights;
  }
  static std::span<const std::uint16_t> of(char32_t code_point) {
    if (code_point < 0x80) return code_as_weight(static_cast<std::uint16_t>(code_point));
    const std::uint16_t code = code_point > 0xFFFF ? 0 : gbk_tables().from_unicode[code_point];
    return code_as_weight(code == 0 ? '?' : code);
  }
};

struct GbkChineseWeigher {
  static const AsciiWeights& ascii() {
    static const AsciiWeights weights = make_ascii_weights(gbk_chinese_weights());
    return weights;
  }
  static std::span<const std::uint16_t> of(char32_t code_point) { return gbk_chinese_weights().of(code_point); }
};

/// Walks the weights of a string one by one.
template <class Weigher>
class WeightCursor {
 public:
  explicit WeightCursor(std::string_view text) : text_(text), ascii_(Weigher::ascii()) {}

  /// The next weight, or -1 at the end.
  int next() {
    while (pending_.empty()) {
      if (text_.empty()) return -1;
      const auto lead = static_cast<unsigned char>(text_[0]);
      if (lead < 0x80 && ascii_[lead] != 0) {
        text_.remove_prefix(1);
        return ascii_[lead];
      }
      const DecodedCharacter decoded = decode_utf8(text_);
      text_.remove_prefix(decoded.byte_count);
      pending_ = Weigher::of(decoded.code_point);
    }
    const int weight = pending_.front();
    pending_ = pending_.subspan(1);
    return weight;
  }

 private:
  std::string_view text_;
  std::span<const std::uint16_t> pending_;
  const AsciiWeights& ascii_;
};

bool is_continuation_at(std::string_view text, std::size_t index) {
  return index < text.size() && (static_cast<unsigned char>(text[index]) & 0xC0) == 0x80;
}

/// Length of a common beginning of whole characters, found eight bytes at a time. Equal characters have equal weights,
/// whatever stands around them.
std::size_t common_characters(std::string_view left, std::string_view right) {
  const std::size_t limit = std::min(left.size(), right.size());
  std::size_t index = 0;
  for (; index + 8 <= limit; index += 8) {
    if (std::memcmp(left.data() + index, right.data() + index, 8) != 0) break;
  }
  // The boundary may cut a character of either side, which began at most three bytes before.
  for (int step = 0; step < 3 && index != 0 && (is_continuation_at(left, index) || is_continuation_at(right, index));
       ++step)
    --index;
  return index;
}

template <class Weigher>
int compare_weights(std::string_view left, std::string_view right) {
  const AsciiWeights& ascii = Weigher::ascii();
  const std::size_t common = std::min(left.size(), right.size());
  std::size_t index = common_characters(left, right);
  for (; index < common; ++index) {
    const auto left_byte = static_cast<unsigned char>(left[index]);
    const auto right_byte = static_cast<unsigned char>(right[index]);
    if ((left_byte | right_byte) >= 0x80) break;
    const std::uint16_t left_weight = ascii[left_byte];
    const std::uint16_t right_weight = ascii[right_byte];
    if (left_weight == 0 || right_weight == 0) break;
    if (left_weight != right_weight) return left_weight < right_weight ? -1 : 1;
  }
  if (index == left.size() && index == right.size()) return 0;
  WeightCursor<Weigher> left_cursor(left.substr(index));
  WeightCursor<Weigher> right_cursor(right.substr(index));
  for (;;) {
    const int left_weight = left_cursor.next();
    const int right_weight = right_cursor.next();
    if (left_weight != right_weight) return left_weight < right_weight ? -1 : 1;
    if (left_weight < 0) return 0;
  }
}

/// How a weight is written into a sort key.
enum class WeightWidth { kTwoBytes, kOneOrTwoBytes };

/// Appends the weights of the ASCII characters that `text` begins with, two bytes each, and removes them from it.
void append_ascii_weights(const AsciiWeights& ascii, std::string_view& text, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + text.size() * 2);
  char* target = out.data() + start;
  std::size_t index = 0;
  for (; index < text.size(); ++index, target += 2) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if (byte >= 0x80 || ascii[byte] == 0) break;
    target[0] = static_cast<char>(ascii[byte] >> 8);
    target[1] = static_cast<char>(ascii[byte] & 0xFF);
  }
  out.resize(start + index * 2);
  text.remove_prefix(index);
}

template <class Weigher, WeightWidth width>
void append_weights(std::string_view text, std::string& out) {
  if constexpr (width == WeightWidth::kTwoBytes) append_ascii_weights(Weigher::ascii(), text, out);
  WeightCursor<Weigher> cursor(text);
  for (int weight = cursor.next(); weight >= 0; weight = cursor.next()) {
    if (width == WeightWidth::kTwoBytes || weight > 0xFF) out.push_back(static_cast<char>(weight >> 8));
    out.push_back(static_cast<char>(weight & 0xFF));
  }
}

template <class Weigher>
std::uint64_t hash_weights(std::string_view text, std::uint64_t seed) {
  constexpr std::size_t kBlockWeights = 128;
  std::uint16_t block[kBlockWeights];
  std::size_t filled = 0;
  WeightCursor<Weigher> cursor(text);
  for (int weight = cursor.next(); weight >= 0; weight = cursor.next()) {
    block[filled++] = static_cast<std::uint16_t>(weight);
    if (filled == kBlockWeights) {
      seed = XXH3_64bits_withSeed(block, sizeof(block), seed);
      filled = 0;
    }
  }
  return XXH3_64bits_withSeed(block, filled * sizeof(std::uint16_t), seed);
}

/// Calls `body` with the weigher of `algorithm`, which must not be kBytes.
template <class Body>
decltype(auto) with_weigher(CollationAlgorithm algorithm, Body body) {
  switch (algorithm) {
    case CollationAlgorithm::kUnicode:
      return body(UnicodeWeigher{});
    case CollationAlgorithm::kUca0900:
      return body(UcaWeigher{});
    case CollationAlgorithm::kLatin1Swedish:
      return body(Latin1SwedishWeigher{});
    case CollationAlgorithm::kGbkBytes:
      return body(GbkBytesWeigher{});
    case CollationAlgorithm::kGbkChinese:
      return body(GbkChineseWeigher{});
    case CollationAlgorithm::kGeneral:
    case CollationAlgorithm::kBytes:
      break;
  }
  return body(GeneralWeigher{});
}

int compare_bytes(std::string_view left, std::string_view right) {
  const int order = std::memcmp(left.data(), right.data(), std::min(left.size(), right.size()));
  if (order != 0) return order;
  return left.size() == right.size() ? 0 : left.size() < right.size() ? -1 : 1;
}

}  // namespace

int Collation::compare(std::string_view left, std::string_view right) const {
  if (pad_space) {
    left = trim_trailing_spaces(left);
    right = trim_trailing_spaces(right);
  }
  if (is_bytewise()) return compare_bytes(left, right);
  return with_weigher(algorithm, [&](auto weigher) { return compare_weights<decltype(weigher)>(left, right); });
}

bool Collation::equal(std::string_view left, std::string_view right) const {
  if (!is_bytewise()) return compare(left, right) == 0;
  if (pad_space) {
    left = trim_trailing_spaces(left);
    right = trim_trailing_spaces(right);
  }
  return left == right;
}

void Collation::append_sort_key(std::string_view text, std::string& out) const {
  if (pad_space) text = trim_trailing_spaces(text);
  switch (algorithm) {
    case CollationAlgorithm::kBytes:
      out.append(text);
      return;
    case CollationAlgorithm::kGeneral:
      append_weights<GeneralWeigher, WeightWidth::kTwoBytes>(text, out);
      return;
    case CollationAlgorithm::kUnicode:
      append_weights<UnicodeWeigher, WeightWidth::kTwoBytes>(text, out);
      return;
    case CollationAlgorithm::kUca0900:
      append_weights<UcaWeigher, WeightWidth::kTwoBytes>(text, out);
      return;
    case CollationAlgorithm::kLatin1Swedish:
      append_weights<Latin1SwedishWeigher, WeightWidth::kOneOrTwoBytes>(text, out);
      return;
    case CollationAlgorithm::kGbkBytes:
      append_weights<GbkBytesWeigher, WeightWidth::kOneOrTwoBytes>(text, out);
      return;
    case CollationAlgorithm::kGbkChinese:
      append_weights<GbkChineseWeigher, WeightWidth::kOneOrTwoBytes>(text, out);
      return;
  }
}

std::uint64_t Collation::hash(std::string_view text, std::uint64_t seed) const {
  if (pad_space) text = trim_trailing_spaces(text);
  if (is_bytewise()) return XXH3_64bits_withSeed(text.data(), text.size(), seed);
  return with_weigher(algorithm, [&](auto weigher) { return hash_weights<decltype(weigher)>(text, seed); });
}

const std::uint16_t* Collation::ascii_weights() const {
  if (is_bytewise()) return nullptr;
  return with_weigher(algorithm, [](auto weigher) { return decltype(weigher)::ascii().data(); });
}

std::uint64_t Collation::character_weight(char32_t code_point) const {
  if (is_bytewise()) return code_point;
  constexpr std::uint64_t kNoWeight = std::uint64_t{1} << 63;
  return with_weigher(algorithm, [&](auto weigher) -> std::uint64_t {
    const std::span<const std::uint16_t> weights = decltype(weigher)::of(code_point);
    if (weights.empty()) return kNoWeight | code_point;
    if (weights.size() == 1) return weights[0];
    if (weights.size() > 3) return XXH3_64bits(weights.data(), weights.size_bytes()) | kNoWeight;
    std::uint64_t packed = 0;
    for (const std::uint16_t weight : weights) packed = packed << 16 | weight;
    return packed;
  });
}

}  // namespace sluice::types
