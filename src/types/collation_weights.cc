#include "types/collation_weights.h"

#include <unicode/coleitr.h>
#include <unicode/normalizer2.h>
#include <unicode/tblcoll.h>
#include <unicode/uchar.h>

#include "base/check.h"
#include "types/gbk_tables.h"

namespace sluice::types {

namespace {

constexpr unsigned kPageSize = 256;

/// Whether MySQL's table of *_general_ci has entries other than the identity in this block of 256 code points.
bool is_general_block(char32_t first) {
  switch (first >> 8) {
    case 0x00:
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x04:
    case 0x05:
    case 0x1E:
    case 0x1F:
    case 0x21:
    case 0x24:
    case 0xFF:
      return true;
    default:
      return false;
  }
}

bool is_old_character(UChar32 code_point) {
  UVersionInfo age;
  u_charAge(code_point, age);
  return age[0] > 0 && (age[0] < 3 || (age[0] == 3 && age[1] == 0));
}

/// The first code point of the full canonical decomposition.
UChar32 base_letter(UChar32 code_point) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* decomposition = icu::Normalizer2::getNFDInstance(status);
  SLUICE_CHECK(U_SUCCESS(status), "ICU has no decomposition data: {}", u_errorName(status));
  icu::UnicodeString decomposed;
  return decomposition->getDecomposition(code_point, decomposed) ? decomposed.char32At(0) : code_point;
}

std::uint16_t general_weight(char32_t code_point) {
  const auto character = static_cast<UChar32>(code_point);
  // Sharp s counts as s; Cyrillic short i is a letter of its own, unlike other letters with a breve.
  if (code_point == 0xDF) return 'S';
  if (code_point == 0x419 || code_point == 0x439) return 0x419;
  if (!is_old_character(character)) return static_cast<std::uint16_t>(code_point);
  const UChar32 base = code_point >> 8 == 0x21 ? character : base_letter(character);
  const UChar32 upper = u_toupper(base);
  if (upper > 0xFFFF || !is_old_character(upper)) return static_cast<std::uint16_t>(base);
  return static_cast<std::uint16_t>(upper);
}

WeightPage build_general_page(char32_t first) {
  WeightPage page;
  page.weights.resize(kPageSize);
  const bool has_entries = is_general_block(first);
  for (unsigned index = 0; index < kPageSize; ++index) {
    const char32_t code_point = first + index;
    page.starts[index] = index;
    page.weights[index] = code_point > 0xFFFF ? 0xFFFD
                          : has_entries       ? general_weight(code_point)
                                              : static_cast<std::uint16_t>(code_point);
  }
  page.starts[kPageSize] = kPageSize;
  return page;
}

std::unique_ptr<icu::RuleBasedCollator> open_collator(const char* locale) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Collator> collator(icu::Collator::createInstance(icu::Locale(locale), status));
  SLUICE_CHECK(U_SUCCESS(status), "ICU has no collator '{}': {}", locale, u_errorName(status));
  // Punctuation and spaces count, as in MySQL's UCA collations.
  collator->setAttribute(UCOL_ALTERNATE_HANDLING, UCOL_NON_IGNORABLE, status);
  collator->setStrength(icu::Collator::TERTIARY);
  auto* rules = dynamic_cast<icu::RuleBasedCollator*>(collator.get());
  SLUICE_CHECK(rules != nullptr && U_SUCCESS(status), "ICU's collator '{}' has no rules", locale);
  static_cast<void>(collator.release());
  return std::unique_ptr<icu::RuleBasedCollator>(rules);
}

/// Appends the 16-bit halves of the primary weights of one code point. ICU's primaries are byte strings none of which is
/// a prefix of another, so that comparing the halves one by one is comparing the primaries.
void append_primaries(icu::CollationElementIterator& elements, char32_t code_point, std::vector<std::uint16_t>& out) {
  UErrorCode status = U_ZERO_ERROR;
  elements.setText(icu::UnicodeString(static_cast<UChar32>(code_point)), status);
  for (int32_t element = elements.next(status);
       U_SUCCESS(status) && element != icu::CollationElementIterator::NULLORDER; element = elements.next(status)) {
    const auto primary = static_cast<std::uint16_t>(icu::CollationElementIterator::primaryOrder(element));
    if (primary != 0) out.push_back(primary);
  }
}

WeightPage build_uca_page(char32_t first) {
  static const std::unique_ptr<icu::RuleBasedCollator> collator = open_collator("root");
  const std::unique_ptr<icu::CollationElementIterator> elements(
      collator->createCollationElementIterator(icu::UnicodeString()));
  WeightPage page;
  for (unsigned index = 0; index < kPageSize; ++index) {
    page.starts[index] = static_cast<std::uint32_t>(page.weights.size());
    append_primaries(*elements, first + index, page.weights);
  }
  page.starts[kPageSize] = static_cast<std::uint32_t>(page.weights.size());
  return page;
}

WeightPage build_gbk_chinese_page(char32_t first) {
  static const std::unique_ptr<icu::RuleBasedCollator> collator = open_collator("zh@collation=pinyin");
  constexpr std::uint16_t kHanPrefix = 0xFFA0;  // above all GBK codes, which end at 0xFEFE
  const std::unique_ptr<icu::CollationElementIterator> elements(
      collator->createCollationElementIterator(icu::UnicodeString()));
  WeightPage page;
  for (unsigned index = 0; index < kPageSize; ++index) {
    const char32_t code_point = first + index;
    page.starts[index] = static_cast<std::uint32_t>(page.weights.size());
    const std::uint16_t code = code_point > 0xFFFF ? 0 : gbk_tables().from_unicode[code_point];
    if (code_point < 0x80) {
      page.weights.push_back(static_cast<std::uint16_t>(u_toupper(static_cast<UChar32>(code_point))));
    } else if (code != 0 && u_hasBinaryProperty(static_cast<UChar32>(code_point), UCHAR_UNIFIED_IDEOGRAPH)) {
      page.weights.push_back(kHanPrefix);
      append_primaries(*elements, code_point, page.weights);
    } else {
      page.weights.push_back(code != 0 ? code : '?');
    }
  }
  page.starts[kPageSize] = static_cast<std::uint32_t>(page.weights.size());
  return page;
}

std::array<std::uint8_t, 256> build_latin1_swedish() {
  std::array<std::uint8_t, 256> weights;
  for (unsigned byte = 0; byte < 256; ++byte)
    weights[byte] = static_cast<std::uint8_t>(byte >= 'a' && byte <= 'z' ? byte - 32 : byte);
  // The letters 0xC0 to 0xDF; their lower case lies 32 above. After Z come A ring, A with two dots, O with two dots.
  constexpr char kUpper[] =
      "AAAA\x5C\x5B\x5C"
      "CEEEEIIIIDNOOOO\x5D\xD7\xD8UUUYY\xDE\xDF";
  static_assert(sizeof(kUpper) == 33);
  for (unsigned index = 0; index < 32; ++index) {
    const auto weight = static_cast<std::uint8_t>(kUpper[index]);
    weights[0xC0 + index] = weight;
    const unsigned lower = 0xE0 + index;
    if (lower != 0xF7 && lower != 0xFF) weights[lower] = weight;
  }
  return weights;
}

}  // namespace

WeightTable::~WeightTable() {
  for (std::atomic<const WeightPage*>& page : pages_) std::unique_ptr<const WeightPage>(page.load()).reset();
}

const WeightPage* WeightTable::build_page(std::size_t page_number) const {
  auto page = std::make_unique<const WeightPage>(builder_(static_cast<char32_t>(page_number << 8)));
  const WeightPage* expected = nullptr;
  if (pages_[page_number].compare_exchange_strong(expected, page.get(), std::memory_order_acq_rel))
    return page.release();
  return expected;
}

const WeightTable& general_weights() {
  static const WeightTable table(&build_general_page);
  return table;
}

const WeightTable& uca_weights() {
  static const WeightTable table(&build_uca_page);
  return table;
}

const WeightTable& gbk_chinese_weights() {
  static const WeightTable table(&build_gbk_chinese_page);
  return table;
}

const std::array<std::uint8_t, 256>& latin1_swedish_weights() {
  static const std::array<std::uint8_t, 256> weights = build_latin1_swedish();
  return weights;
}

}  // namespace sluice::types
