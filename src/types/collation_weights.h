#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sluice::types {

/// The weights of 256 neighbouring code points.
struct WeightPage {
  std::array<std::uint32_t, 257> starts;  ///< code point n of the page has weights[starts[n] .. starts[n + 1])
  std::vector<std::uint16_t> weights;

  std::span<const std::uint16_t> of(unsigned index) const noexcept {
    return {weights.data() + starts[index], starts[index + 1] - starts[index]};
  }
};

/// Weights of all code points under one algorithm, computed page by page when first asked for.
///
/// Thread-safety: any number of threads; two threads may compute the same page, one result is kept.
/// Ownership: owns its pages, which live as long as the table.
class WeightTable {
 public:
  /// Computes one page; `first` is its first code point.
  using PageBuilder = WeightPage (*)(char32_t first);

  explicit WeightTable(PageBuilder builder) noexcept : builder_(builder) {}
  ~WeightTable();
  WeightTable(const WeightTable&) = delete;
  WeightTable& operator=(const WeightTable&) = delete;

  /// Weights of `code_point` (at most U+10FFFF); empty if it is ignorable. The span lives as long as the table.
  std::span<const std::uint16_t> of(char32_t code_point) const {
    const WeightPage* page = pages_[code_point >> 8].load(std::memory_order_acquire);
    if (page == nullptr) [[unlikely]]
      page = build_page(code_point >> 8);
    return page->of(code_point & 0xFF);
  }

 private:
  static constexpr std::size_t kPageCount = 0x1100;

  const WeightPage* build_page(std::size_t page_number) const;

  PageBuilder builder_;
  mutable std::array<std::atomic<const WeightPage*>, kPageCount> pages_{};
};

/// utf8mb4_general_ci: exactly one weight each, the upper case of the base letter; U+FFFD above U+FFFF.
/// Source: derived from Unicode simple case mapping and canonical decomposition, within the blocks and the Unicode version
/// that MySQL's table covers (Latin, Greek, Cyrillic, Armenian, number forms, enclosed and fullwidth letters; Unicode 3.0).
const WeightTable& general_weights();

/// Primary weights of the Unicode Collation Algorithm by ICU's root collator; ignorable characters have none.
const WeightTable& uca_weights();

/// gbk_chinese_ci: ASCII in upper case, other characters by their GBK code, Han characters behind them in pinyin order by ICU's "zh" collator.
const WeightTable& gbk_chinese_weights();

/// latin1_swedish_ci: the weight of each byte of latin1. Source: the order of letters in the MySQL manual, "West European Character Sets".
const std::array<std::uint8_t, 256>& latin1_swedish_weights();

}  // namespace sluice::types
