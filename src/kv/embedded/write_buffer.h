#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/arena.h"

namespace sluice::kv {

/// The ordered, undoable write set of one transaction: a skip list of keys, each with a chain of its writes, newest first.
///
/// Every write has a sequence number, counted from 1; a savepoint is a sequence number, and undoing pops writes off the log's end. Keys whose
/// writes are all undone stay in the list without a write. All memory is in one arena, given back when the buffer is destroyed.
///
/// Ownership: keys and values are copied in. Views and positions stay valid until the buffer is destroyed; undone writes must not be used.
/// Thread-safety: one thread at a time.
/// Structure: skip list (Pugh 1990) of height 12, branching 4, with a fast path for ascending keys.
class WriteBuffer {
 public:
  struct Node;

  /// One put or erase of a key.
  struct Write {
    Write* older_of_key = nullptr;
    Write* previous = nullptr;  // of the whole buffer, by sequence
    Node* node = nullptr;
    std::uint64_t sequence = 0;
    std::string_view value;
    bool is_put = false;
  };

  struct Node {
    std::string_view key;
    Write* newest = nullptr;  // nullptr: every write was undone
    Node* before = nullptr;   // the previous key; nullptr at the first one
    int height = 0;
    Node* next[1];  // `height` of them
  };

  /// `tracker`, if given, is charged with the memory and must outlive the buffer.
  explicit WriteBuffer(MemoryTracker* tracker = nullptr) : arena_(tracker) {}
  WriteBuffer(const WriteBuffer&) = delete;
  WriteBuffer& operator=(const WriteBuffer&) = delete;

  void put(std::string_view key, std::string_view value) { add(key, value, true); }
  void erase(std::string_view key) { add(key, {}, false); }

  /// The newest write of `key`, nullptr if there is none.
  const Write* find(std::string_view key) const noexcept;

  /// The sequence number of the newest write, undone ones not counted.
  std::uint64_t sequence() const noexcept { return last_write_ == nullptr ? 0 : last_write_->sequence; }
  /// Undoes every write with a sequence number above `sequence`.
  void undo_to(std::uint64_t sequence) noexcept;

  bool empty() const noexcept { return last_write_ == nullptr; }
  std::size_t key_count() const noexcept { return key_count_; }     // keys that have a write
  std::int64_t data_bytes() const noexcept { return data_bytes_; }  // keys and newest values of those
  std::int64_t memory_bytes() const noexcept { return arena_.memory_bytes(); }

  /// Walking in key order; nodes without a write (newest == nullptr) appear and are the caller's to skip.
  const Node* first() const noexcept { return head_next_[0]; }
  static const Node* next(const Node* node) noexcept { return node->next[0]; }
  static const Node* before(const Node* node) noexcept { return node->before; }
  const Node* last() const noexcept { return tails_[0]; }
  /// The first node with a key >= `key`; nullptr if there is none.
  const Node* seek(std::string_view key) const noexcept;
  /// The last node with a key < `key`; nullptr if there is none.
  const Node* seek_before(std::string_view key) const noexcept;

 private:
  static constexpr int kMaxHeight = 12;

  void add(std::string_view key, std::string_view value, bool is_put);
  Node* find_or_insert(std::string_view key);
  Node* new_node(std::string_view key, int height);
  int random_height() noexcept;
  /// Fills `links` with the place of the link that leads to the first node >= `key` on each level.
  Node* find_links(std::string_view key, std::array<Node**, kMaxHeight>& links, Node** previous) noexcept;

  Arena arena_;
  std::array<Node*, kMaxHeight> head_next_{};
  std::array<Node*, kMaxHeight> tails_{};  // the last node of each level
  int height_ = 1;
  std::uint64_t random_state_ = 0x9e3779b97f4a7c15;
  Write* last_write_ = nullptr;
  std::size_t key_count_ = 0;
  std::int64_t data_bytes_ = 0;
};

}  // namespace sluice::kv
