#pragma once

#include <cstddef>
#include <vector>

namespace sluice::vector {

/// Tournament over `count` sources: the smallest current item in O(log count) comparisons per step.
///
/// `Less(a, b)` compares the current items of sources a and b and must order exhausted sources last and break ties by number.
/// Source: Knuth, The Art of Computer Programming, vol. 3, section 5.4.1.
template <class Less>
class LoserTree {
 public:
  LoserTree(std::size_t count, Less less) : count_(count), less_(less), losers_(count == 0 ? 1 : count) {
    if (count_ != 0) winner_ = build(1);
  }

  /// The source with the smallest item. Precondition: count > 0.
  std::size_t winner() const noexcept { return winner_; }

  /// To be called after the winner's current item has changed.
  void replay() {
    std::size_t contender = winner_;
    for (std::size_t node = (winner_ + count_) / 2; node != 0; node /= 2) {
      if (less_(losers_[node], contender)) std::swap(losers_[node], contender);
    }
    winner_ = contender;
  }

 private:
  // Leaves are nodes count_ .. 2 * count_ - 1; inner node n has children 2n and 2n + 1.
  std::size_t build(std::size_t node) {
    if (node >= count_) return node - count_;
    const std::size_t left = build(2 * node);
    const std::size_t right = build(2 * node + 1);
    const bool left_wins = less_(left, right);
    losers_[node] = left_wins ? right : left;
    return left_wins ? left : right;
  }

  std::size_t count_;
  Less less_;
  std::vector<std::size_t> losers_;
  std::size_t winner_ = 0;
};

}  // namespace sluice::vector
