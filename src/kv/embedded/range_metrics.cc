#include "kv/embedded/range_metrics.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <memory>

#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/rocksdb_status.h"

namespace sluice::kv {
namespace {

constexpr std::uint64_t kPieceBytesMin = 256 << 10;  // smaller pieces are not worth a task
constexpr int kBisectionSteps = 40;
constexpr std::size_t kNumberBytes = 8;

std::string_view view_of(const rocksdb::Slice& slice) noexcept { return {slice.data(), slice.size()}; }

std::string end_of(const KeyRange& range) { return range.end.empty() ? std::string(1, kEngineKeyByte) : range.end; }

std::uint64_t approximate_bytes(rocksdb::DB& db, std::string_view begin, std::string_view end) {
  if (begin >= end) return 0;
  const rocksdb::Range range(rocksdb::Slice(begin.data(), begin.size()), rocksdb::Slice(end.data(), end.size()));
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  options.include_files = true;
  std::uint64_t bytes = 0;
  throw_if_failed(db.GetApproximateSizes(options, db.DefaultColumnFamily(), &range, 1, &bytes), "estimate a range");
  return bytes;
}

std::uint64_t number_at(std::string_view key, std::size_t offset) {
  std::uint64_t number = 0;
  for (std::size_t index = 0; index < kNumberBytes; ++index) {
    number = number << 8 | (offset + index < key.size() ? static_cast<unsigned char>(key[offset + index]) : 0);
  }
  return number;
}

std::string key_at(std::string_view prefix, std::uint64_t number) {
  std::string key(prefix);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift));
  return key;
}

/// The user key at or behind `key` (or at or before it); empty if there is none in the range.
class KeyFinder {
 public:
  explicit KeyFinder(rocksdb::DB& db) {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    position_.reset(db.NewIterator(options));
  }
  std::string at_or_after(std::string_view key) {
    position_->Seek(rocksdb::Slice(key.data(), key.size()));
    return found();
  }
  std::string before(std::string_view key) {
    position_->SeekForPrev(rocksdb::Slice(key.data(), key.size()));
    return found();
  }

 private:
  std::string found() const {
    if (!position_->Valid()) {
      throw_if_failed(position_->status(), "find a split point");
      return {};
    }
    return std::string(user_key_of(view_of(position_->key())));
  }
  std::unique_ptr<rocksdb::Iterator> position_;
};

}  // namespace

RangeStatistics estimate_range(rocksdb::DB& db, const KeyRange& range) {
  const std::string end = end_of(range);
  RangeStatistics statistics;
  if (range.begin >= end) return statistics;
  const rocksdb::Range raw_range(range.begin, end);

  std::uint64_t memtable_rows = 0;
  std::uint64_t memtable_bytes = 0;
  db.GetApproximateMemTableStats(raw_range, &memtable_rows, &memtable_bytes);
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = false;
  options.include_files = true;
  std::uint64_t file_bytes = 0;
  throw_if_failed(db.GetApproximateSizes(options, db.DefaultColumnFamily(), &raw_range, 1, &file_bytes),
                  "estimate a range");

  // The rows of the range: its share of the bytes of the files that overlap it, times their rows.
  rocksdb::TablePropertiesCollection files;
  throw_if_failed(db.GetPropertiesOfTablesInRange(db.DefaultColumnFamily(), &raw_range, 1, &files), "estimate a range");
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  for (const auto& [name, properties] : files) {
    entries += properties->num_entries - properties->num_deletions;
    bytes += properties->data_size + properties->index_size + properties->filter_size;
  }
  const double share = bytes == 0 ? 0 : std::min(1.0, static_cast<double>(file_bytes) / static_cast<double>(bytes));
  statistics.approximate_rows = memtable_rows + static_cast<std::uint64_t>(static_cast<double>(entries) * share);
  statistics.approximate_bytes = memtable_bytes + file_bytes;
  return statistics;
}

std::vector<std::string> find_split_points(rocksdb::DB& db, const KeyRange& range, std::size_t parts) {
  std::vector<std::string> points;
  const std::string end = end_of(range);
  const std::uint64_t total = approximate_bytes(db, range.begin, end);
  parts = std::min<std::uint64_t>(parts, total / kPieceBytesMin);
  if (parts < 2) return points;

  KeyFinder finder(db);
  const std::string first = finder.at_or_after(range.begin);
  const std::string last = finder.before(end);
  if (first.empty() || last.empty() || first >= last || first >= end) return points;
  const auto common = static_cast<std::size_t>(
      std::mismatch(first.begin(), first.end(), last.begin(), last.end()).first - first.begin());
  const std::string prefix = first.substr(0, common);
  const std::uint64_t low_limit = number_at(first, common);
  const std::uint64_t high_limit = number_at(last, common);

  for (std::size_t part = 1; part < parts; ++part) {
    const std::uint64_t goal = total / parts * part;
    std::uint64_t low = low_limit;
    std::uint64_t high = high_limit;
    for (int step = 0; step < kBisectionSteps && low + 1 < high; ++step) {
      const std::uint64_t middle = low + (high - low) / 2;
      (approximate_bytes(db, range.begin, key_at(prefix, middle)) < goal ? low : high) = middle;
    }
    std::string point = finder.at_or_after(key_at(prefix, high));
    if (point.empty() || point >= end || point <= first) continue;
    if (points.empty() || point > points.back()) points.push_back(std::move(point));
  }
  return points;
}

}  // namespace sluice::kv
