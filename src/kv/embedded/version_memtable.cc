#include "kv/embedded/version_memtable.h"

#include <rocksdb/memtablerep.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <new>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/embedded/gc_state.h"
#include "kv/embedded/mvcc_key.h"

namespace sluice::kv {
namespace {

constexpr int kMaxHeight = 12;
constexpr std::uint32_t kBranching = 4;
constexpr std::size_t kTrailerBytes = 8;
constexpr unsigned char kTypeValue = 1;  // of RocksDB's internal keys: the lowest byte of the trailer
// From here on the versions between a new one and the safepoint are searched instead of walked.
constexpr int kStepsBeforeSearch = 4;

/// RocksDB's internal key: user key | little-endian (sequence << 8 | type). RocksDB's user keys are our versioned keys.
struct InternalKey {
  const char* bytes;
  std::size_t size;

  std::string_view user_key() const noexcept { return {bytes, size - kTrailerBytes}; }
  std::uint64_t trailer() const noexcept {
    std::uint64_t trailer;
    std::memcpy(&trailer, bytes + size - kTrailerBytes, kTrailerBytes);
    return trailer;
  }
  bool is_put() const noexcept { return (trailer() & 0xff) == kTypeValue; }
};
static_assert(std::endian::native == std::endian::little);

/// User keys ascending, then later writes first.
int compare(const InternalKey& a, const InternalKey& b) noexcept {
  const std::size_t a_size = a.size - kTrailerBytes;
  const std::size_t b_size = b.size - kTrailerBytes;
  const int order = std::memcmp(a.bytes, b.bytes, std::min(a_size, b_size));
  if (order != 0) return order;
  if (a_size != b_size) return a_size < b_size ? -1 : 1;
  const std::uint64_t a_trailer = a.trailer();
  const std::uint64_t b_trailer = b.trailer();
  return a_trailer == b_trailer ? 0 : (a_trailer > b_trailer ? -1 : 1);
}

/// Decodes a memtable entry: varint32 size | internal key | value.
InternalKey internal_key_of(const char* entry) noexcept {
  const auto* byte = reinterpret_cast<const unsigned char*>(entry);
  std::uint32_t size = *byte & 0x7f;
  for (int shift = 7; (*byte++ & 0x80) != 0; shift += 7) size |= static_cast<std::uint32_t>(*byte & 0x7f) << shift;
  return {reinterpret_cast<const char*>(byte), size};
}

/// An entry of the list. Its links lie before it, level 0 last; the entry's bytes lie behind it:
///
///   next[height-1] … next[1] next[0] | height (8 bytes) | entry
struct alignas(8) Node {
  std::uint64_t height;

  std::atomic<Node*>& link(int level) noexcept { return *(reinterpret_cast<std::atomic<Node*>*>(this) - 1 - level); }
  Node* next(int level) noexcept { return link(level).load(std::memory_order_acquire); }
  const char* entry() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  InternalKey key() const noexcept { return internal_key_of(entry()); }

  static Node* of_entry(void* entry) noexcept { return static_cast<Node*>(entry) - 1; }
  static std::size_t bytes_before_entry(int height) noexcept {
    return height * sizeof(std::atomic<Node*>) + sizeof(Node);
  }
};
static_assert(sizeof(Node) == 8 && sizeof(std::atomic<Node*>) == 8);

/// Storage for one iterator. RocksDB either deletes an iterator or, having passed an arena that its public headers do not let us use, destroys
/// it in place; storage from here suits both.
class IteratorStorage {
 public:
  static constexpr std::size_t kBytes = 64;
  struct Slot {
    alignas(std::max_align_t) std::byte bytes[kBytes];
  };

  Slot& take() {
    MutexLock lock(mutex_);
    if (free_.empty()) {
      slots_.emplace_back();
      free_.reserve(slots_.size());  // so that give_back never allocates
      return slots_.back();
    }
    Slot* const slot = free_.back();
    free_.pop_back();
    return *slot;
  }
  void give_back(Slot& slot) noexcept {
    MutexLock lock(mutex_);
    free_.push_back(&slot);
  }

 private:
  Mutex mutex_;
  std::deque<Slot> slots_ SLUICE_GUARDED_BY(mutex_);
  std::vector<Slot*> free_ SLUICE_GUARDED_BY(mutex_);
};

/// Gives a slot back when all else of the iterator in it is destroyed: it is the iterator's first base.
class SlotReturn {
 protected:
  SlotReturn(IteratorStorage& storage, IteratorStorage::Slot& slot) noexcept : storage_(storage), slot_(slot) {}
  ~SlotReturn() { storage_.give_back(slot_); }

 private:
  IteratorStorage& storage_;
  IteratorStorage::Slot& slot_;
};

}  // namespace

/// The list. Reading members from any thread; Allocate() and Insert() from one thread at a time.
class VersionMemTable final : public rocksdb::MemTableRep {
 public:
  VersionMemTable(rocksdb::Allocator* allocator, VersionMemTables& tables, std::shared_ptr<const GcState> state)
      : MemTableRep(allocator), tables_(tables), state_(std::move(state)) {
    char* unused = nullptr;
    head_ = Node::of_entry(allocate_node(kMaxHeight, 0, &unused));
    for (int level = 0; level < kMaxHeight; ++level) head_->link(level).store(nullptr, std::memory_order_relaxed);
    forget_position();
  }
  ~VersionMemTable() override { tables_.remove(*this); }

  void for_each_forgotten(const KeyRange& range, const std::function<void(std::string_view)>& visit) const {
    MutexLock lock(forgotten_mutex_);
    for (const Node* node : forgotten_) {
      const std::string_view key = node->key().user_key();
      if (key >= range.begin && key < range.end) visit(key);
    }
  }

  rocksdb::KeyHandle Allocate(const std::size_t bytes, char** entry) override {
    return allocate_node(random_height(), bytes, entry);
  }

  void Insert(rocksdb::KeyHandle handle) override {
    Node* const node = Node::of_entry(handle);
    const InternalKey key = node->key();
    find_position(key);
    const int height = static_cast<int>(node->height);
    if (height > height_.load(std::memory_order_relaxed)) height_.store(height, std::memory_order_relaxed);
    for (int level = 0; level < height; ++level) {
      node->link(level).store(after_[level], std::memory_order_relaxed);
      before_[level]->link(level).store(node, std::memory_order_release);
    }
    forget_superseded(*node, key);
    if (position_known_) std::fill_n(before_.begin(), height, node);
  }

  bool Contains(const char* entry) const override {
    const InternalKey key = internal_key_of(entry);
    Node* const found = find_at_or_after(key);
    return found != nullptr && compare(found->key(), key) == 0;
  }

  // Entries and links come from the allocator, which counts them.
  std::size_t ApproximateMemoryUsage() override {
    MutexLock lock(forgotten_mutex_);
    return forgotten_.capacity() * sizeof(Node*);
  }

  std::uint64_t ApproximateNumEntries(const rocksdb::Slice& begin, const rocksdb::Slice& end) override {
    const std::uint64_t up_to_begin = estimate_before({begin.data(), begin.size()});
    const std::uint64_t up_to_end = estimate_before({end.data(), end.size()});
    return up_to_end > up_to_begin ? up_to_end - up_to_begin : 0;
  }

  Iterator* GetIterator(rocksdb::Arena* /*unused*/) override;

  Node* first() const noexcept { return head_->next(0); }

  Node* last() const noexcept {
    Node* at = head_;
    for (int level = height() - 1; level >= 0; --level) {
      while (Node* const next = at->next(level)) at = next;
    }
    return at == head_ ? nullptr : at;
  }

  Node* find_at_or_after(const InternalKey& key) const noexcept {
    Node* at = head_;
    Node* beyond = nullptr;  // known to be at or after `key`
    for (int level = height() - 1; level >= 0; --level) {
      for (;;) {
        Node* const next = at->next(level);
        if (next == nullptr || next == beyond) break;
        __builtin_prefetch(&next->link(level));
        if (compare(next->key(), key) >= 0) {
          beyond = next;
          break;
        }
        at = next;
      }
    }
    return beyond;
  }

  Node* find_before(const InternalKey& key) const noexcept {
    Node* at = head_;
    Node* beyond = nullptr;
    for (int level = height() - 1; level >= 0; --level) {
      for (;;) {
        Node* const next = at->next(level);
        if (next == nullptr || next == beyond) break;
        if (compare(next->key(), key) >= 0) {
          beyond = next;
          break;
        }
        at = next;
      }
    }
    return at == head_ ? nullptr : at;
  }

 private:
  int height() const noexcept { return height_.load(std::memory_order_relaxed); }

  int random_height() noexcept {
    int height = 1;
    // xorshift (Marsaglia, "Xorshift RNGs", 2003); the heights need no seed of their own.
    random_ ^= random_ << 13;
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    for (std::uint32_t bits = random_; height < kMaxHeight && bits % kBranching == 0; bits /= kBranching) ++height;
    return height;
  }

  /// Returns the handle of a node with room for an entry of `bytes`, and where the entry begins.
  rocksdb::KeyHandle allocate_node(int height, std::size_t bytes, char** entry) {
    char* raw = nullptr;
    const std::size_t before = Node::bytes_before_entry(height);
    MemTableRep::Allocate(alignof(Node) - 1 + before + bytes, &raw);
    void* place = raw;
    std::size_t space = alignof(Node) - 1 + before + bytes;
    std::align(alignof(Node), before + bytes, place, space);
    char* const first = static_cast<char*>(place);
    for (int level = 0; level < height; ++level)
      new (first + level * sizeof(std::atomic<Node*>)) std::atomic<Node*>(nullptr);
    Node* const node = new (first + height * sizeof(std::atomic<Node*>)) Node{static_cast<std::uint64_t>(height)};
    *entry = reinterpret_cast<char*>(node + 1);
    return *entry;
  }

  bool is_before(Node* node, const InternalKey& key) const noexcept {
    return node == head_ || compare(node->key(), key) < 0;
  }

  /// Makes before_ and after_ the neighbours of `key` at each level. Cheap if the last insert was close by, as in loads in key order.
  void find_position(const InternalKey& key) noexcept {
    int level = 0;
    if (position_known_) {
      while (level < kMaxHeight && !(is_before(before_[level], key) &&
                                     (after_[level] == nullptr || compare(after_[level]->key(), key) > 0))) {
        ++level;
      }
    } else {
      level = kMaxHeight;
    }
    Node* at = level == kMaxHeight ? head_ : before_[level];
    Node* beyond = level == kMaxHeight ? nullptr : after_[level];
    while (--level >= 0) {
      for (Node* next = at->next(level); next != nullptr && next != beyond; next = at->next(level)) {
        if (compare(next->key(), key) > 0) {
          beyond = next;
          break;
        }
        at = next;
      }
      before_[level] = at;
      after_[level] = at->next(level);
    }
    position_known_ = true;
  }

  void forget_position() noexcept { position_known_ = false; }

  /// Unlinks the versions that the versions from `node` on, the newest of its key here, have superseded at the safepoint.
  void forget_superseded(Node& node, const InternalKey& key) {
    const Timestamp safepoint = state_->safepoint();
    const std::string_view versioned_key = key.user_key();
    if (safepoint == 0 || versioned_key.size() <= kVersionBytes || versioned_key[0] == kEngineKeyByte || !key.is_put())
      return;
    const std::string_view row_key = user_key_of(versioned_key);
    Node* kept = version_of(versioned_key) <= safepoint ? &node : nullptr;
    Node* next = node.next(0);
    for (int step = 0; kept == nullptr; ++step, next = next->next(0)) {
      if (step == kStepsBeforeSearch) next = find_version(row_key, safepoint);
      if (next == nullptr) return;
      const InternalKey next_key = next->key();
      // A tombstone of RocksDB on a version hides the same version below, so what follows is left alone.
      if (!is_version_of(next_key.user_key(), row_key) || !next_key.is_put()) return;
      if (version_of(next_key.user_key()) <= safepoint) {
        kept = next;
        next = kept->next(0);
        break;
      }
    }
    while (next != nullptr) {
      const InternalKey next_key = next->key();
      if (!is_version_of(next_key.user_key(), row_key) || !next_key.is_put()) return;
      Node* const following = next->next(0);
      unlink(*next, next_key);
      next = following;
    }
  }

  /// The first entry at or below version `ts` of `row_key`, or what follows all its versions.
  Node* find_version(std::string_view row_key, Timestamp ts) noexcept {
    target_.assign(row_key);
    target_.resize(row_key.size() + kVersionBytes + kTrailerBytes, '\xff');  // the highest trailer sorts first
    store_version(ts, target_.data() + row_key.size());
    return find_at_or_after({target_.data(), target_.size()});
  }

  void unlink(Node& node, const InternalKey& key) {
    Node* at = head_;
    for (int level = height() - 1; level >= 0; --level) {
      for (Node* next = at->next(level); next != nullptr && next != &node && compare(next->key(), key) < 0;
           next = at->next(level))
        at = next;
      if (at->next(level) == &node) at->link(level).store(node.next(level), std::memory_order_release);
    }
    forget_position();
    MutexLock lock(forgotten_mutex_);
    forgotten_.push_back(&node);
  }

  /// About how many entries are before `key`: each step at a level stands for kBranching times as many at the level below.
  std::uint64_t estimate_before(const InternalKey& key) const noexcept {
    std::uint64_t count = 0;
    Node* at = head_;
    for (int level = height() - 1; level >= 0; --level) {
      count *= kBranching;
      for (Node* next = at->next(level); next != nullptr && compare(next->key(), key) < 0; next = at->next(level)) {
        at = next;
        ++count;
      }
    }
    return count;
  }

  VersionMemTables& tables_;
  const std::shared_ptr<const GcState> state_;
  mutable Mutex forgotten_mutex_;
  std::vector<const Node*> forgotten_ SLUICE_GUARDED_BY(forgotten_mutex_);
  Node* head_ = nullptr;
  std::atomic<int> height_{1};
  IteratorStorage iterators_;

  // The writer's.
  std::uint32_t random_ = 0x9e3779b9;
  bool position_known_ = false;
  std::array<Node*, kMaxHeight> before_{};
  std::array<Node*, kMaxHeight> after_{};
  std::string target_;
};

namespace {

class VersionMemTableIterator final : private SlotReturn, public rocksdb::MemTableRep::Iterator {
 public:
  VersionMemTableIterator(const VersionMemTable& table, IteratorStorage& storage, IteratorStorage::Slot& slot) noexcept
      : SlotReturn(storage, slot), table_(table) {}

  // The destructor has given the slot back.
  void operator delete(void*) noexcept {}
  void* operator new(std::size_t, void* place) noexcept { return place; }

  bool Valid() const override { return node_ != nullptr; }
  const char* key() const override { return node_->entry(); }
  void Next() override { node_ = node_->next(0); }
  void Prev() override { node_ = table_.find_before(node_->key()); }
  void Seek(const rocksdb::Slice& internal_key, const char* memtable_key) override {
    node_ = table_.find_at_or_after(target_of(internal_key, memtable_key));
  }
  void SeekForPrev(const rocksdb::Slice& internal_key, const char* memtable_key) override {
    const InternalKey target = target_of(internal_key, memtable_key);
    node_ = table_.find_at_or_after(target);
    if (node_ == nullptr || compare(node_->key(), target) != 0) node_ = table_.find_before(target);
  }
  void SeekToFirst() override { node_ = table_.first(); }
  void SeekToLast() override { node_ = table_.last(); }

 private:
  static InternalKey target_of(const rocksdb::Slice& internal_key, const char* memtable_key) noexcept {
    return memtable_key != nullptr ? internal_key_of(memtable_key)
                                   : InternalKey{internal_key.data(), internal_key.size()};
  }

  const VersionMemTable& table_;
  Node* node_ = nullptr;
};
static_assert(sizeof(VersionMemTableIterator) <= IteratorStorage::kBytes);

}  // namespace

rocksdb::MemTableRep::Iterator* VersionMemTable::GetIterator(rocksdb::Arena* /*unused*/) {
  IteratorStorage::Slot& slot = iterators_.take();
  return new (slot.bytes) VersionMemTableIterator(*this, iterators_, slot);
}

namespace {

class VersionMemTableFactory final : public rocksdb::MemTableRepFactory {
 public:
  explicit VersionMemTableFactory(std::shared_ptr<VersionMemTables> tables) : tables_(std::move(tables)) {}
  const char* Name() const override { return "sluice.version_memtable"; }
  using MemTableRepFactory::CreateMemTableRep;
  rocksdb::MemTableRep* CreateMemTableRep(const rocksdb::MemTableRep::KeyComparator&, rocksdb::Allocator* allocator,
                                          const rocksdb::SliceTransform*, rocksdb::Logger*) override {
    return tables_->make(allocator).release();  // RocksDB owns it
  }

 private:
  const std::shared_ptr<VersionMemTables> tables_;
};

}  // namespace

void VersionMemTables::for_each_forgotten(const KeyRange& range,
                                          const std::function<void(std::string_view)>& visit) const {
  MutexLock lock(mutex_);
  for (const VersionMemTable* table : tables_) table->for_each_forgotten(range, visit);
}

std::unique_ptr<rocksdb::MemTableRep> VersionMemTables::make(rocksdb::Allocator* allocator) {
  auto table = std::make_unique<VersionMemTable>(allocator, *this, state_);
  MutexLock lock(mutex_);
  tables_.push_back(table.get());
  return table;
}

void VersionMemTables::remove(const VersionMemTable& table) noexcept {
  MutexLock lock(mutex_);
  std::erase(tables_, &table);
}

std::shared_ptr<rocksdb::MemTableRepFactory> make_version_memtable_factory(std::shared_ptr<VersionMemTables> tables) {
  return std::make_shared<VersionMemTableFactory>(std::move(tables));
}

}  // namespace sluice::kv
