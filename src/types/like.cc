#include "types/like.h"

#include "types/utf8.h"

namespace sluice::types {

namespace {

/// One character of a string under a collation: a byte for binary, a code point else.
DecodedCharacter next_character(std::string_view text, bool is_binary) {
  return is_binary ? DecodedCharacter{static_cast<unsigned char>(text[0]), 1} : decode_utf8(text);
}

/// Weight of the character at the start of `text`. Invalid bytes weigh by their value, outside the range of code points,
/// so that they equal themselves alone.
std::uint64_t weight_at(std::string_view text, const DecodedCharacter& decoded, const Collation& collation) {
  constexpr std::uint64_t kInvalidByte = std::uint64_t{1} << 62;
  const bool is_invalid = decoded.byte_count == 1 && decoded.code_point == kReplacementCharacter;
  return is_invalid ? kInvalidByte | static_cast<unsigned char>(text[0]) : collation.character_weight(decoded.code_point);
}

}  // namespace

LikePattern::LikePattern(std::string_view pattern, char32_t escape, const Collation* collation) : collation_(collation) {
  const bool is_binary = collation->charset->is_binary();
  bool in_prefix = true;
  std::size_t any_count = 0;
  std::size_t one_count = 0;
  while (!pattern.empty()) {
    DecodedCharacter decoded = next_character(pattern, is_binary);
    if (escape != 0 && decoded.code_point == escape && decoded.byte_count < pattern.size()) {
      pattern.remove_prefix(decoded.byte_count);
      decoded = next_character(pattern, is_binary);
    } else if (decoded.code_point == '%' || decoded.code_point == '_') {
      const bool is_any = decoded.code_point == '%';
      in_prefix = false;
      pattern.remove_prefix(1);
      if (is_any && !elements_.empty() && elements_.back().kind == ElementKind::kAny) continue;
      ++(is_any ? any_count : one_count);
      elements_.push_back({is_any ? ElementKind::kAny : ElementKind::kOne, 0});
      continue;
    }
    elements_.push_back({ElementKind::kCharacter, weight_at(pattern, decoded, *collation)});
    literal_.append(pattern.substr(0, decoded.byte_count));
    if (in_prefix) literal_prefix_.append(pattern.substr(0, decoded.byte_count));
    pattern.remove_prefix(decoded.byte_count);
  }
  if (one_count != 0) return;
  const bool starts_any = any_count != 0 && elements_.front().kind == ElementKind::kAny;
  const bool ends_any = any_count != 0 && elements_.back().kind == ElementKind::kAny;
  if (any_count == 0) {
    shape_ = Shape::kLiteral;
  } else if (any_count == 1 && ends_any) {
    shape_ = Shape::kPrefix;
  } else if (any_count == 1 && starts_any) {
    shape_ = Shape::kSuffix;
  } else if (any_count == 2 && starts_any && ends_any) {
    shape_ = Shape::kContains;
  }
}

bool LikePattern::matches(std::string_view text) const {
  if (!collation_->is_binary) return matches_elements(text);
  switch (shape_) {
    case Shape::kLiteral: return text == literal_;
    case Shape::kPrefix: return text.starts_with(literal_);
    case Shape::kSuffix: return text.ends_with(literal_);
    case Shape::kContains: return text.find(literal_) != std::string_view::npos;
    case Shape::kGeneral: break;
  }
  return matches_elements(text);
}

// Greedy matching: after a '%' the rest is tried at one position after the other; a later '%' makes the earlier one final,
// because whatever the earlier one could still skip, the later one can skip as well.
bool LikePattern::matches_elements(std::string_view text) const {
  const bool is_binary = collation_->charset->is_binary();
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t element = 0;
  std::size_t position = 0;
  std::size_t retry_element = kNone;
  std::size_t retry_position = 0;
  while (position < text.size()) {
    if (element < elements_.size() && elements_[element].kind == ElementKind::kAny) {
      retry_element = ++element;
      retry_position = position;
      if (element == elements_.size()) return true;
      continue;
    }
    if (element < elements_.size()) {
      const std::string_view rest = text.substr(position);
      const DecodedCharacter decoded = next_character(rest, is_binary);
      const Element& wanted = elements_[element];
      if (wanted.kind == ElementKind::kOne || wanted.weight == weight_at(rest, decoded, *collation_)) {
        position += decoded.byte_count;
        ++element;
        continue;
      }
    }
    if (retry_element == kNone) return false;
    retry_position += next_character(text.substr(retry_position), is_binary).byte_count;
    position = retry_position;
    element = retry_element;
  }
  while (element < elements_.size() && elements_[element].kind == ElementKind::kAny) ++element;
  return element == elements_.size();
}

}  // namespace sluice::types
