#include "kv/embedded/write_buffer.h"

#include <new>

namespace sluice::kv {

// A private generator: the shape of the list must not depend on, or disturb, the process's random seam.
int WriteBuffer::random_height() noexcept {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  int height = 1;
  for (std::uint64_t bits = random_state_; height < kMaxHeight && (bits & 3) == 0; bits >>= 2) ++height;
  return height;
}

WriteBuffer::Node* WriteBuffer::new_node(std::string_view key, int height) {
  const std::size_t bytes = sizeof(Node) + (static_cast<std::size_t>(height) - 1) * sizeof(Node*);
  Node* node = ::new (arena_.allocate(bytes, alignof(Node))) Node;
  node->key = arena_.copy(key);
  node->height = height;
  for (int level = 0; level < height; ++level) node->next[level] = nullptr;
  return node;
}

WriteBuffer::Node* WriteBuffer::find_links(std::string_view key, std::array<Node**, kMaxHeight>& links,
                                           Node** previous) noexcept {
  Node* at = nullptr;  // nullptr is the head
  for (int level = height_ - 1; level >= 0; --level) {
    Node** link = at == nullptr ? &head_next_[level] : &at->next[level];
    while (*link != nullptr && (*link)->key < key) {
      at = *link;
      link = &at->next[level];
    }
    links[level] = link;
  }
  *previous = at;
  return *links[0];
}

WriteBuffer::Node* WriteBuffer::find_or_insert(std::string_view key) {
  Node* const tail = tails_[0];
  const bool ascending = tail != nullptr && tail->key < key;
  std::array<Node**, kMaxHeight> links;
  Node* previous = nullptr;
  if (ascending) {
    previous = tail;
    for (int level = 0; level < height_; ++level) {
      links[level] = tails_[level] == nullptr ? &head_next_[level] : &tails_[level]->next[level];
    }
  } else {
    Node* found = find_links(key, links, &previous);
    if (found != nullptr && found->key == key) return found;
  }
  const int height = random_height();
  Node* node = new_node(key, height);
  for (; height_ < height; ++height_) links[height_] = &head_next_[height_];
  for (int level = 0; level < height; ++level) {
    node->next[level] = *links[level];
    *links[level] = node;
    if (node->next[level] == nullptr) tails_[level] = node;
  }
  node->before = previous;
  if (node->next[0] != nullptr) node->next[0]->before = node;
  return node;
}

void WriteBuffer::add(std::string_view key, std::string_view value, bool is_put) {
  Node* node = find_or_insert(key);
  Write* write = ::new (arena_.allocate(sizeof(Write), alignof(Write))) Write;
  write->value = arena_.copy(value);
  write->is_put = is_put;
  write->node = node;
  write->older_of_key = node->newest;
  write->previous = last_write_;
  write->sequence = sequence() + 1;
  if (node->newest == nullptr) {
    ++key_count_;
    data_bytes_ += static_cast<std::int64_t>(key.size());
  } else {
    data_bytes_ -= static_cast<std::int64_t>(node->newest->value.size());
  }
  data_bytes_ += static_cast<std::int64_t>(value.size());
  node->newest = write;
  last_write_ = write;
}

void WriteBuffer::undo_to(std::uint64_t sequence) noexcept {
  while (last_write_ != nullptr && last_write_->sequence > sequence) {
    Write* write = last_write_;
    Node* node = write->node;
    last_write_ = write->previous;
    node->newest = write->older_of_key;
    data_bytes_ -= static_cast<std::int64_t>(write->value.size());
    if (node->newest == nullptr) {
      --key_count_;
      data_bytes_ -= static_cast<std::int64_t>(node->key.size());
    } else {
      data_bytes_ += static_cast<std::int64_t>(node->newest->value.size());
    }
  }
}

const WriteBuffer::Node* WriteBuffer::seek(std::string_view key) const noexcept {
  const Node* at = nullptr;
  const Node* next = nullptr;
  for (int level = height_ - 1; level >= 0; --level) {
    next = at == nullptr ? head_next_[level] : at->next[level];
    while (next != nullptr && next->key < key) {
      at = next;
      next = at->next[level];
    }
  }
  return next;
}

const WriteBuffer::Node* WriteBuffer::seek_before(std::string_view key) const noexcept {
  const Node* at_or_after = seek(key);
  return at_or_after == nullptr ? last() : at_or_after->before;
}

const WriteBuffer::Write* WriteBuffer::find(std::string_view key) const noexcept {
  if (key_count_ == 0) return nullptr;
  const Node* node = seek(key);
  return node != nullptr && node->key == key ? node->newest : nullptr;
}

}  // namespace sluice::kv
