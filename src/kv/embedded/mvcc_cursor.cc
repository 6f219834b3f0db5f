#include "kv/embedded/mvcc_cursor.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include <optional>
#include <utility>

#include "base/census.h"
#include "base/failpoint.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/mvcc_reader.h"
#include "kv/embedded/read_position.h"
#include "kv/embedded/rocksdb_status.h"
#include "kv/embedded/row_batch.h"

namespace sluice::kv {
namespace {

// Stepping to a neighbour costs about a tenth of a seek, so a seek pays off after this many versions to skip.
constexpr int kStepsBeforeSeek = 8;
constexpr std::uint32_t kStepsPerPoll = 256;
constexpr std::size_t kReadAheadBytes = 2 << 20;

std::string_view view_of(const rocksdb::Slice& slice) noexcept { return {slice.data(), slice.size()}; }
rocksdb::Slice slice_of(std::string_view view) noexcept { return {view.data(), view.size()}; }

/// What both directions share: the position, the range, the batch.
class MvccCursor : public Cursor {
 public:
  MvccCursor(std::optional<ReadPositionPool::Loan> loan, std::unique_ptr<rocksdb::Iterator> own, Timestamp ts,
             KeyRange range, const CursorOptions& options)
      : loan_(std::move(loan)),
        own_(std::move(own)),
        position_(loan_.has_value() ? loan_->iterator() : *own_),
        ts_(ts),
        range_(std::move(range)),
        keys_only_(options.content == CursorContent::kKeysOnly),
        batch_(options.batch_rows) {
    // The engine's own records lie above all user keys.
    if (range_.end.empty() || range_.end[0] == kEngineKeyByte) range_.end.assign(1, kEngineKeyByte);
  }

  std::span<const KeyValue> next_batch(StopToken stop) final {
    batch_.restart();
    if (ended_) return {};
    stop.poll();
    SLUICE_STORAGE_CALL("kv.cursor.next_batch", stop);
    stop_ = stop;
    if (!std::exchange(started_, true)) start();
    fill();
    return batch_.rows();
  }

 protected:
  virtual void start() = 0;
  /// Appends rows until the batch is full or the range ends (sets ended_).
  virtual void fill() = 0;

  /// False, and ended_, if the position has run off the store's end. Throws if it failed.
  bool check_valid() {
    if (position_.Valid()) [[likely]]
      return true;
    throw_if_failed(position_.status(), "scan");
    ended_ = true;
    return false;
  }
  std::string_view versioned_key() const { return view_of(position_.key()); }

  bool is_put() const {
    const rocksdb::Slice value = position_.value();
    if (value.size() > 0 && value[0] == kPutKind) [[likely]]
      return true;
    if (value.size() != 1 || value[0] != kDeleteKind) throw_corrupt_version(versioned_key());
    return false;
  }
  std::string_view user_value() const {
    if (keys_only_) return {};
    const rocksdb::Slice value = position_.value();
    return {value.data() + 1, value.size() - 1};
  }
  void count_step() {
    if (++steps_ % kStepsPerPoll == 0) stop_.poll();
  }

  std::optional<ReadPositionPool::Loan> loan_;
  std::unique_ptr<rocksdb::Iterator> own_;
  rocksdb::Iterator& position_;
  const Timestamp ts_;
  KeyRange range_;
  const bool keys_only_;
  RowBatch batch_;
  StopToken stop_;  // of the running call
  bool started_ = false;
  bool ended_ = false;
  std::uint32_t steps_ = 0;
  std::string current_key_;
  VersionedKey target_;
  CensusEntry census_entry_{CensusKind::kCursor};
};

/// Between rows the position is at the newest version of a key, or at a key's visible version.
class ForwardCursor final : public MvccCursor {
 public:
  using MvccCursor::MvccCursor;

 private:
  void start() override {
    position_.Seek(slice_of(range_.begin));
    // A key that is a proper prefix of `begin` sorts below it, yet its versions may sort above.
    while (position_.Valid() && user_key_of(versioned_key()) < range_.begin) {
      current_key_.assign(user_key_of(versioned_key()));
      skip_versions(current_key_);
    }
  }

  void fill() override {
    while (check_valid() && !batch_.full()) {
      const std::string_view key = user_key_of(versioned_key());
      if (key >= range_.end) {
        ended_ = true;
        return;
      }
      if (version_of(versioned_key()) > ts_) [[unlikely]] {
        current_key_.assign(key);
        if (!skip_invisible()) continue;
      }
      if (is_put()) [[likely]] {
        if (!batch_.append(user_key_of(versioned_key()), user_value())) return;
        count_step();
        position_.Next();
        if (position_.Valid() && is_version_of(versioned_key(), batch_.back().key)) skip_versions(batch_.back().key);
      } else {
        current_key_.assign(user_key_of(versioned_key()));
        skip_versions(current_key_);
      }
    }
  }

  /// From a version of current_key_ above ts_ to its visible one. False if it has none: the position is then at the next key or at the end.
  bool skip_invisible() {
    for (int step = 0; step < kStepsBeforeSeek; ++step) {
      position_.Next();
      count_step();
      if (!position_.Valid() || !is_version_of(versioned_key(), current_key_)) return false;
      if (version_of(versioned_key()) <= ts_) return true;
    }
    target_.assign(current_key_, ts_);
    position_.Seek(slice_of(target_.view()));
    return position_.Valid() && is_version_of(versioned_key(), current_key_);
  }

  /// To the first entry behind all versions of `key`, one of which the position is at.
  void skip_versions(std::string_view key) {
    for (int step = 0; step < kStepsBeforeSeek; ++step) {
      position_.Next();
      count_step();
      if (!position_.Valid() || !is_version_of(versioned_key(), key)) return;
    }
    target_.assign(key, 0);
    position_.Seek(slice_of(target_.view()));
    if (position_.Valid() && is_version_of(versioned_key(), key)) position_.Next();
  }
};

/// Between rows the position is at the oldest version of a key.
class BackwardCursor final : public MvccCursor {
 public:
  using MvccCursor::MvccCursor;

 private:
  void start() override {
    position_.Seek(slice_of(range_.end));
    if (position_.Valid() && user_key_of(versioned_key()) < range_.end) {
      // A key that is a proper prefix of `end` sorts below it, yet its versions may sort above.
      current_key_.assign(user_key_of(versioned_key()));
      target_.assign(current_key_, 0);
      position_.SeekForPrev(slice_of(target_.view()));
    } else {
      throw_if_failed(position_.status(), "scan");
      position_.SeekForPrev(slice_of(range_.end));
    }
  }

  void fill() override {
    if (std::exchange(row_pending_, false)) batch_.append(current_key_, value_);
    while (!batch_.full() && check_valid()) {
      current_key_.assign(user_key_of(versioned_key()));
      if (current_key_ < range_.begin) {
        ended_ = true;
        return;
      }
      const bool found = read_visible_version();
      if (found && !batch_.append(current_key_, value_)) {
        row_pending_ = true;
        return;
      }
    }
  }

  /// Reads the visible version of current_key_ into value_ and moves before all its versions. False if there is none or it is a deletion.
  bool read_visible_version() {
    bool visible_put = false;
    for (int step = 0;; ++step) {
      if (version_of(versioned_key()) > ts_) break;
      if (step == kStepsBeforeSeek) {
        target_.assign(current_key_, ts_);
        position_.Seek(slice_of(target_.view()));
        if (!check_valid()) return false;
        visible_put = take_value();
        break;
      }
      visible_put = take_value();
      position_.Prev();
      count_step();
      if (!position_.Valid() || !is_version_of(versioned_key(), current_key_)) return visible_put;
    }
    leave_key();
    return visible_put;
  }

  bool take_value() {
    if (!is_put()) return false;
    value_.assign(user_value());
    return true;
  }

  void leave_key() {
    for (int step = 0; step < kStepsBeforeSeek; ++step) {
      position_.Prev();
      count_step();
      if (!position_.Valid() || !is_version_of(versioned_key(), current_key_)) return;
    }
    // No version is as new as kMaxTimestamp, so this lands on the key before.
    target_.assign(current_key_, kMaxTimestamp);
    position_.SeekForPrev(slice_of(target_.view()));
  }

  std::string value_;
  bool row_pending_ = false;  // current_key_ and value_ did not fit into the last batch
};

}  // namespace

std::unique_ptr<Cursor> open_mvcc_cursor(rocksdb::DB& db, ReadPositionPool& pool, Timestamp ts, KeyRange range,
                                         const CursorOptions& options) {
  std::optional<ReadPositionPool::Loan> loan;
  std::unique_ptr<rocksdb::Iterator> own;
  if (options.fill_cache && !options.low_priority) {
    loan.emplace(pool.acquire(PositionKind::kScan, ts));
  } else {
    rocksdb::ReadOptions read_options;
    read_options.total_order_seek = true;
    read_options.fill_cache = options.fill_cache;
    read_options.readahead_size = kReadAheadBytes;
    own.reset(db.NewIterator(read_options));
    throw_if_failed(own->status(), "open a scan");
  }
  if (options.direction == Direction::kForward) {
    return std::make_unique<ForwardCursor>(std::move(loan), std::move(own), ts, std::move(range), options);
  }
  return std::make_unique<BackwardCursor>(std::move(loan), std::move(own), ts, std::move(range), options);
}

}  // namespace sluice::kv
