#include "sql/keyword.h"

#include <array>
#include <iterator>

namespace sluice::sql {
namespace {

struct Entry {
  std::string_view text;
  bool is_reserved;
};

constexpr Entry kEntries[] = {
    Entry{"", false},
#define SLUICE_KEYWORD(name, text, is_reserved) Entry{text, is_reserved},
#include "sql/keyword_table.inc"
#undef SLUICE_KEYWORD
};

constexpr std::size_t kSlotCount = 4096;
constexpr std::size_t kMaxLength = 32;
static_assert(std::size(kEntries) * 3 < kSlotCount, "keep the table of keywords sparse");

constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr std::uint32_t hash_word(std::string_view word) {
  std::uint32_t hash = static_cast<std::uint32_t>(word.size()) * 0x9E3779B1u;
  for (char c : word) hash = (hash ^ static_cast<unsigned char>(to_upper(c))) * 16777619u;
  return hash ^ (hash >> 15);
}

constexpr std::array<std::uint16_t, kSlotCount> make_slots() {
  std::array<std::uint16_t, kSlotCount> slots{};
  for (std::size_t i = 1; i < std::size(kEntries); ++i) {
    std::size_t slot = hash_word(kEntries[i].text) % kSlotCount;
    while (slots[slot] != 0) slot = (slot + 1) % kSlotCount;
    slots[slot] = static_cast<std::uint16_t>(i);
  }
  return slots;
}
constexpr std::array<std::uint16_t, kSlotCount> kSlots = make_slots();

bool equals_ignoring_case(std::string_view word, std::string_view upper) {
  if (word.size() != upper.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (to_upper(word[i]) != upper[i]) return false;
  }
  return true;
}

}  // namespace

Keyword find_keyword(std::string_view word) noexcept {
  if (word.size() > kMaxLength) return Keyword::kNone;
  for (std::size_t slot = hash_word(word) % kSlotCount; kSlots[slot] != 0; slot = (slot + 1) % kSlotCount) {
    if (equals_ignoring_case(word, kEntries[kSlots[slot]].text)) return static_cast<Keyword>(kSlots[slot]);
  }
  return Keyword::kNone;
}

bool is_reserved(Keyword keyword) noexcept { return kEntries[static_cast<std::size_t>(keyword)].is_reserved; }

int keyword_count() noexcept { return static_cast<int>(std::size(kEntries)) - 1; }

std::string_view keyword_text(Keyword keyword) noexcept { return kEntries[static_cast<std::size_t>(keyword)].text; }

}  // namespace sluice::sql
