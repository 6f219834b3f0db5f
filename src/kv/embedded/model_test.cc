#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/random.h"
#include "kv/embedded/store_fixture_test.h"

#include <rocksdb/db.h>

namespace sluice::kv {
namespace {

/// The store as a map of maps: key -> commit timestamp -> value, nullopt for a deletion.
class Model {
 public:
  using State = std::map<std::string, std::string>;

  void apply(const std::map<std::string, std::optional<std::string>>& writes, Timestamp commit_ts) {
    for (const auto& [key, value] : writes) versions_[key][commit_ts] = value;
  }
  void drop_range(const KeyRange& range) {
    std::erase_if(versions_, [&](const auto& entry) { return range.contains(entry.first); });
  }
  State at(Timestamp ts) const {
    State state;
    for (const auto& [key, versions] : versions_) {
      auto after = versions.upper_bound(ts);
      if (after == versions.begin()) continue;
      --after;
      if (after->second.has_value()) state.emplace(key, *after->second);
    }
    return state;
  }

 private:
  std::map<std::string, std::map<Timestamp, std::optional<std::string>>> versions_;
};

/// Random transactions, scans, ingests, flushes, collections and reopenings, each compared with the model.
class ModelTest : public StoreTest {
 protected:
  std::string random_key() {
    // Fixed length: keys of a store are prefix-free.
    std::string key(3, 'a');
    for (char& byte : key) byte = static_cast<char>('a' + random_.below(4));
    return key;
  }
  KeyRange random_range() {
    std::string low = random_key();
    std::string high = random_key();
    if (high < low) std::swap(low, high);
    if (random_.one_in(4)) low.resize(random_.below(3));
    if (random_.one_in(4)) high.clear();
    return {low, high};
  }
  std::string random_value() {
    return std::string(random_.one_in(20) ? 5'000 : random_.below(30), static_cast<char>('A' + random_.below(26)));
  }

  static Rows rows_of(const Model::State& state, const KeyRange& range, Direction direction) {
    Rows rows;
    for (const auto& [key, value] : state) {
      if (range.contains(key)) rows.emplace_back(key, value);
    }
    if (direction == Direction::kBackward) std::reverse(rows.begin(), rows.end());
    return rows;
  }
  CursorOptions random_cursor_options() {
    CursorOptions options;
    options.direction = random_.one_in(2) ? Direction::kForward : Direction::kBackward;
    options.batch_rows = 1 + random_.below(40);
    options.fill_cache = !random_.one_in(4);
    return options;
  }

  void run_transaction() {
    const auto transaction = begin(random_.one_in(2) ? TransactionMode::kPessimistic : TransactionMode::kOptimistic);
    Model::State state = model_.at(transaction->start_ts());
    std::map<std::string, std::optional<std::string>> writes;
    struct Mark {
      Savepoint savepoint;
      Model::State state;
      std::map<std::string, std::optional<std::string>> writes;
    };
    std::vector<Mark> marks;
    for (std::uint64_t step = random_.below(30); step > 0; --step) {
      const std::string key = random_key();
      switch (random_.below(8)) {
        case 0:
        case 1:
        case 2: {
          const std::string value = random_value();
          transaction->put(key, value);
          state[key] = value;
          writes[key] = value;
          break;
        }
        case 3:
          transaction->erase(key);
          state.erase(key);
          writes[key] = std::nullopt;
          break;
        case 4: {
          const auto expected = state.find(key);
          const auto value = transaction->get(key, StopToken());
          ASSERT_EQ(value.has_value(), expected != state.end());
          if (value.has_value()) {
            ASSERT_EQ(*value, expected->second);
          }
          break;
        }
        case 5:
          marks.push_back(Mark{transaction->savepoint(), state, writes});
          break;
        case 6:
          if (!marks.empty()) {
            const std::size_t index = random_.below(marks.size());
            transaction->rollback_to(marks[index].savepoint);
            state = marks[index].state;
            writes = marks[index].writes;
            marks.resize(index + 1);
          }
          break;
        default: {
          const KeyRange range = random_range();
          const CursorOptions options = random_cursor_options();
          const auto cursor = transaction->cursor(range, options);
          const Rows expected = rows_of(state, range, options.direction);
          // Writes made while the cursor is open are not seen by it.
          transaction->put(key, "later");
          state[key] = "later";
          writes[key] = "later";
          ASSERT_EQ(read_all(*cursor), expected);
        }
      }
      ASSERT_EQ(transaction->write_count(), writes.size());
    }
    if (random_.one_in(4)) return;  // rolled back by the destructor
    const Timestamp commit_ts = transaction->commit(StopToken());
    if (!writes.empty()) {
      ASSERT_GT(commit_ts, transaction->start_ts());
    }
    model_.apply(writes, commit_ts);
  }

  void check_snapshot(Timestamp ts) {
    const Model::State state = model_.at(ts);
    const auto snapshot = store().snapshot(ts);
    const KeyRange range = random_range();
    const CursorOptions options = random_cursor_options();
    ASSERT_EQ(read_all(*snapshot->cursor(range, options)), rows_of(state, range, options.direction));
    for (int probe = 0; probe < 3; ++probe) {
      const std::string key = random_key();
      const auto found = state.find(key);
      const auto value = snapshot->get(key, StopToken());
      ASSERT_EQ(value.has_value(), found != state.end()) << key;
      if (value.has_value()) {
        ASSERT_EQ(*value, found->second);
      }
    }
  }

  void ingest_past_version() {
    const Timestamp version = store().current_timestamp();
    const SafepointLease lease = store().hold_safepoint(version, "test");
    for (int later = 0; later < 3; ++later) run_transaction();
    std::map<std::string, std::optional<std::string>> entries;
    for (std::uint64_t count = 1 + random_.below(20); count > 0; --count) entries[random_key()] = random_value();
    const std::string path = dir_.new_path("ingest");
    const auto writer = store().new_sst_writer(path, version);
    for (const auto& [key, value] : entries) writer->add(key, *value, StopToken());
    const std::vector<std::string> paths{writer->finish(StopToken()).path};
    store().ingest(paths, StopToken());
    model_.apply(entries, version);
  }

  /// Random statements on the store and the model, each followed by reads of the present and of the past.
  void run_rounds();

  std::uint64_t seed_ = 0;
  Random random_{0};
  Model model_;
};

TEST_F(ModelTest, EveryReadAgreesWithAMapOfVersions) { run_rounds(); }

TEST_F(ModelTest, EveryReadAgreesWhenEachSecondCommitIsLarge) {
  options_.bulk_commit_bytes = 60;
  run_rounds();
}

TEST_F(ModelTest, EveryReadAgreesWhenAllCommitsAreLargeAndTheSafepointFollowsThem) {
  options_.bulk_commit_bytes = 0;
  options_.safepoint_pace = {.grace_ms = 0, .lag_ms = 0, .interval_ms = 0};
  run_rounds();
}

TEST_F(ModelTest, EveryReadAgreesWhileTheSafepointFollowsEachCommit) {
  options_.safepoint_pace = {.grace_ms = 0, .lag_ms = 0, .interval_ms = 0};
  run_rounds();
}

void ModelTest::run_rounds() {
  const char* given = std::getenv("SLUICE_SEED");
  seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : new_seed();
  random_ = Random(seed_);
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed_));
  options_.gc.life_time_ms = 0;
  std::vector<Timestamp> readable;  // timestamps whose history is complete
  for (int round = 0; round < 600; ++round) {
    run_transaction();
    if (HasFatalFailure()) return;
    readable.push_back(store().current_timestamp());
    switch (random_.below(40)) {
      case 0:
        ASSERT_TRUE(store().engine().db.Flush(rocksdb::FlushOptions()).ok());
        break;
      case 1:
        store().run_gc(StopToken());
        break;
      case 2: {
        ASSERT_TRUE(store().engine().db.CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr).ok());
        break;
      }
      case 3:
        close();
        break;
      case 4:
        ingest_past_version();
        // Snapshots between the version and the ingest have changed, as the contract of ingest says.
        readable.clear();
        break;
      case 5: {
        const KeyRange range = random_range();
        store().delete_range(range, StopToken());
        model_.drop_range(range);
        break;
      }
      default:
        break;
    }
    check_snapshot(store().current_timestamp());
    std::erase_if(readable, [&](Timestamp ts) { return ts < store().gc_status().safepoint; });
    if (!readable.empty()) check_snapshot(readable[random_.below(readable.size())]);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::kv
