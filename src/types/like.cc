#include "types/like.h"

#include "types/utf8.h"

namespace sluice::types {

namespace {

/// One character of a string under a collation: a byte for binary, a code point else.
DecodedCharacter next_character(std::string_view text, bool is_binary) {
  return is_binary ? DecodedCharacter{static_cast<unsigned char>(text[0]), 1} : decode_utf8(text);
}

}  // namespace

/// Weight of the character at the start of `text`, and its size. Invalid bytes weigh by their value, outside the range of
/// code points, so that they equal themselves alone.
std::uint64_t LikePattern::weight_at(std::string_view text, std::uint32_t& byte_count) const {
  constexpr std::uint64_t kInvalidByte = std::uint64_t{1} << 62;
  const auto lead = static_cast<unsigned char>(text[0]);
  byte_count = 1;
  if (ascii_weights_ == nullptr && (lead < 0x80 || collation_->charset->is_binary())) return lead;
  if (lead < 0x80 && ascii_weights_[lead] != 0) return ascii_weights_[lead];
  const DecodedCharacter decoded = decode_utf8(text);
  byte_count = decoded.byte_count;
  const bool is_invalid = decoded.byte_count == 1 && decoded.code_point == kReplacementCharacter;
  return is_invalid ? kInvalidByte | lead : collation_->character_weight(decoded.code_point);
}

LikePattern::LikePattern(std::string_view pattern, char32_t escape, const Collation* collation)
    : collation_(collation), ascii_weights_(collation->ascii_weights()) {
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
      if (is_any) pieces_.emplace_back();
      continue;
    }
    std::uint32_t byte_count = 0;
    elements_.push_back({ElementKind::kCharacter, weight_at(pattern, byte_count)});
    pieces_.back().append(pattern.substr(0, decoded.byte_count));
    if (in_prefix) literal_prefix_.append(pattern.substr(0, decoded.byte_count));
    pattern.remove_prefix(decoded.byte_count);
  }
  if (one_count != 0) return;
  const bool is_prefix = any_count == 1 && elements_.back().kind == ElementKind::kAny;
  shape_ = any_count == 0 ? Shape::kLiteral : is_prefix ? Shape::kPrefix : Shape::kPieces;
}

bool LikePattern::matches_text(std::string_view text, const StopToken* stop) const {
  if (!collation_->is_binary) return matches_elements(text, stop);
  switch (shape_) {
    case Shape::kLiteral:
      return text == pieces_.front();
    case Shape::kPrefix:
      return text.starts_with(pieces_.front());
    case Shape::kPieces:
      return matches_pieces(text);
    case Shape::kGeneral:
      break;
  }
  return matches_elements(text, stop);
}

/// The first piece begins the text, the last one ends it, and those between follow one another.
bool LikePattern::matches_pieces(std::string_view text) const {
  const std::string& first = pieces_.front();
  const std::string& last = pieces_.back();
  if (text.size() < first.size() + last.size() || !text.starts_with(first) || !text.ends_with(last)) return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  for (std::size_t index = 1; index + 1 < pieces_.size(); ++index) {
    const std::size_t found = text.find(pieces_[index]);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + pieces_[index].size());
  }
  return true;
}

// Greedy matching: after a '%' the rest is tried at one position after the other; a later '%' makes the earlier one final,
// because whatever the earlier one could still skip, the later one can skip as well.
bool LikePattern::matches_elements(std::string_view text, const StopToken* stop) const {
  const bool is_binary = collation_->charset->is_binary();
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t element = 0;
  std::size_t position = 0;
  std::size_t retry_element = kNone;
  std::size_t retry_position = 0;
  constexpr std::size_t kStepsPerPoll = 4096;
  for (std::size_t step = 1; position < text.size(); ++step) {
    if (step % kStepsPerPoll == 0 && stop != nullptr) stop->poll();
    if (element < elements_.size() && elements_[element].kind == ElementKind::kAny) {
      retry_element = ++element;
      retry_position = position;
      if (element == elements_.size()) return true;
      continue;
    }
    if (element < elements_.size()) {
      std::uint32_t byte_count = 0;
      const std::uint64_t weight = weight_at(text.substr(position), byte_count);
      const Element& wanted = elements_[element];
      if (wanted.kind == ElementKind::kOne || wanted.weight == weight) {
        position += byte_count;
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
