#include "expression/in_list.h"

#include <algorithm>

#include "types/collation.h"

namespace sluice::expression {

namespace {

std::uint64_t mix(std::uint64_t word) noexcept {
  word ^= word >> 33;
  word *= 0xff51afd7ed558ccdULL;
  word ^= word >> 33;
  return word;
}

}  // namespace

void WordSet::insert(std::uint64_t word) {
  if (contains(word)) return;
  words_.push_back(word);
  if (words_.size() <= kShortList) return;
  if (words_.size() * 2 > table_.size()) {
    table_.assign(std::max<std::size_t>(32, table_.size() * 2), 0);
    mask_ = table_.size() - 1;
    for (std::size_t index = 0; index < words_.size(); ++index) {
      std::uint64_t slot = mix(words_[index]) & mask_;
      while (table_[slot] != 0) slot = (slot + 1) & mask_;
      table_[slot] = static_cast<std::uint32_t>(index + 1);
    }
    return;
  }
  std::uint64_t slot = mix(word) & mask_;
  while (table_[slot] != 0) slot = (slot + 1) & mask_;
  table_[slot] = static_cast<std::uint32_t>(words_.size());
}

bool WordSet::contains(std::uint64_t word) const noexcept {
  if (words_.size() <= kShortList) {
    for (std::uint64_t candidate : words_) {
      if (candidate == word) return true;
    }
    return false;
  }
  for (std::uint64_t slot = mix(word) & mask_; table_[slot] != 0; slot = (slot + 1) & mask_) {
    if (words_[table_[slot] - 1] == word) return true;
  }
  return false;
}

std::size_t StringSet::find_slot(std::string_view text) const {
  std::uint64_t slot = collation_->hash(text, 0) & mask_;
  while (table_[slot] != 0 && !collation_->equal(strings_[table_[slot] - 1], text)) slot = (slot + 1) & mask_;
  return slot;
}

void StringSet::insert(std::string_view text) {
  if (contains(text)) return;
  strings_.emplace_back(text);
  if (strings_.size() * 2 > table_.size()) {
    table_.assign(std::max<std::size_t>(16, table_.size() * 2), 0);
    mask_ = table_.size() - 1;
    for (std::size_t index = 0; index < strings_.size(); ++index) {
      table_[find_slot(strings_[index])] = static_cast<std::uint32_t>(index + 1);
    }
    return;
  }
  table_[find_slot(text)] = static_cast<std::uint32_t>(strings_.size());
}

bool StringSet::contains(std::string_view text) const { return !table_.empty() && table_[find_slot(text)] != 0; }

}  // namespace sluice::expression
