#include "kv/embedded/merge_cursor.h"

#include <vector>

namespace sluice::kv {
namespace {

class MergeCursor final : public Cursor {
 public:
  MergeCursor(std::unique_ptr<Cursor> base, const WriteBuffer& buffer, const KeyRange& range,
              const CursorOptions& options)
      : base_(std::move(base)), range_(range), options_(options), sequence_(buffer.sequence()) {
    if (forward()) {
      node_ = buffer.seek(range_.begin);
    } else {
      node_ = range_.end.empty() ? buffer.last() : buffer.seek_before(range_.end);
    }
    settle();
  }

  std::span<const KeyValue> next_batch(StopToken stop) override {
    rows_.clear();
    while (rows_.empty()) {
      if (base_index_ == base_rows_.size() && !base_ended_) {
        base_rows_ = base_->next_batch(stop);
        base_index_ = 0;
        base_ended_ = base_rows_.empty();
      }
      if (base_ended_ && node_ == nullptr) break;
      stop.poll();
      merge();
    }
    return rows_;
  }

 private:
  bool forward() const noexcept { return options_.direction == Direction::kForward; }

  /// Fills rows_ from what base_rows_ still holds and the buffer. The rows of base_rows_ stay valid until the next call.
  void merge() {
    while (rows_.size() < options_.batch_rows) {
      const bool has_base = base_index_ < base_rows_.size();
      if (!has_base && (!base_ended_ || node_ == nullptr)) return;
      if (node_ == nullptr) {
        rows_.push_back(base_rows_[base_index_++]);
        continue;
      }
      const int order = !has_base ? -1 : compare(node_->key, base_rows_[base_index_].key);
      if (order > 0) {
        rows_.push_back(base_rows_[base_index_++]);
        continue;
      }
      if (order == 0) ++base_index_;  // the own write replaces it
      if (write_->is_put) {
        rows_.push_back(
            KeyValue{node_->key, options_.content == CursorContent::kKeysOnly ? std::string_view() : write_->value});
      }
      node_ = step(node_);
      settle();
    }
  }

  /// Below 0 if `left` comes first in scan order.
  int compare(std::string_view left, std::string_view right) const noexcept {
    const int order = left.compare(right);
    return forward() ? order : -order;
  }

  const WriteBuffer::Node* step(const WriteBuffer::Node* node) const noexcept {
    return forward() ? WriteBuffer::next(node) : WriteBuffer::before(node);
  }

  /// Moves node_ on to a key in the range that had a write when the cursor was opened, and write_ to that write.
  void settle() noexcept {
    for (; node_ != nullptr; node_ = step(node_)) {
      const bool in_range = forward() ? range_.end.empty() || node_->key < range_.end : node_->key >= range_.begin;
      if (!in_range) {
        node_ = nullptr;
        return;
      }
      write_ = node_->newest;
      while (write_ != nullptr && write_->sequence > sequence_) write_ = write_->older_of_key;
      if (write_ != nullptr) return;
    }
  }

  const std::unique_ptr<Cursor> base_;
  const KeyRange range_;
  const CursorOptions options_;
  const std::uint64_t sequence_;  // of the buffer when the cursor was opened
  const WriteBuffer::Node* node_ = nullptr;
  const WriteBuffer::Write* write_ = nullptr;
  std::span<const KeyValue> base_rows_;
  std::size_t base_index_ = 0;
  bool base_ended_ = false;
  std::vector<KeyValue> rows_;
};

}  // namespace

std::unique_ptr<Cursor> open_merge_cursor(std::unique_ptr<Cursor> base, const WriteBuffer& buffer,
                                          const KeyRange& range, const CursorOptions& options) {
  return std::make_unique<MergeCursor>(std::move(base), buffer, range, options);
}

}  // namespace sluice::kv
