/// A set of column ids.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sluice::planner {

/// Small sorted set; plans have tens of columns, so a vector beats a tree.
class ColumnSet {
 public:
  ColumnSet() = default;
  void insert(std::int64_t id) {
    if (ids_.empty() || ids_.back() < id) {  // the usual order
      ids_.push_back(id);
      return;
    }
    auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
    if (at == ids_.end() || *at != id) ids_.insert(at, id);
  }
  void insert(const ColumnSet& other) {
    // A few ids that are put into many, again and again as a large plan is walked, must not copy the many each time.
    constexpr std::size_t kFew = 16;
    if (other.size() * kFew < ids_.size()) {
      for (const std::int64_t id : other.ids_) insert(id);
      return;
    }
    std::vector<std::int64_t> merged;
    merged.reserve(ids_.size() + other.ids_.size());
    std::set_union(ids_.begin(), ids_.end(), other.ids_.begin(), other.ids_.end(), std::back_inserter(merged));
    ids_ = std::move(merged);
  }
  void erase(const ColumnSet& other) {
    std::vector<std::int64_t> rest;
    std::set_difference(ids_.begin(), ids_.end(), other.ids_.begin(), other.ids_.end(), std::back_inserter(rest));
    ids_ = std::move(rest);
  }
  bool contains(std::int64_t id) const { return std::binary_search(ids_.begin(), ids_.end(), id); }
  bool contains_all(const ColumnSet& other) const {
    return std::includes(ids_.begin(), ids_.end(), other.ids_.begin(), other.ids_.end());
  }
  bool intersects(const ColumnSet& other) const {
    auto a = ids_.begin();
    auto b = other.ids_.begin();
    while (a != ids_.end() && b != other.ids_.end()) {
      if (*a == *b) return true;
      if (*a < *b)
        ++a;
      else
        ++b;
    }
    return false;
  }
  bool empty() const { return ids_.empty(); }
  std::size_t size() const { return ids_.size(); }
  auto begin() const { return ids_.begin(); }
  auto end() const { return ids_.end(); }
  friend bool operator==(const ColumnSet&, const ColumnSet&) = default;

 private:
  std::vector<std::int64_t> ids_;
};

}  // namespace sluice::planner
