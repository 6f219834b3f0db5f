#include "kv/embedded/gc_filter.h"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <string>

#include "kv/embedded/gc_state.h"
#include "kv/embedded/mvcc_key.h"

namespace sluice::kv {
namespace {

std::string_view view_of(const rocksdb::Slice& slice) noexcept { return {slice.data(), slice.size()}; }

bool is_versioned(std::string_view key) noexcept { return key.size() > kVersionBytes && key[0] != kEngineKeyByte; }

/// One compaction's run over its keys, in order, on one thread.
class GcFilter final : public rocksdb::CompactionFilter {
 public:
  explicit GcFilter(std::shared_ptr<GcState> state) : state_(std::move(state)), safepoint_(state_->safepoint()) {}
  ~GcFilter() override {
    if (removed_versions_ != 0) state_->count_removed(removed_versions_);
  }

  const char* Name() const override { return "sluice.gc"; }

  Decision FilterV2(int, const rocksdb::Slice& key_slice, ValueType, const rocksdb::Slice& value, std::string*,
                    std::string*) const override {
    const std::string_view key = view_of(key_slice);
    if (!is_versioned(key) || version_of(key) > safepoint_) return Decision::kKeep;
    if (is_version_of(key, kept_key_)) {
      ++removed_versions_;
      return Decision::kRemove;
    }
    // The newest version at or below the safepoint that this compaction sees.
    kept_key_.assign(user_key_of(key));
    if (value.size() == 1 && value[0] == kDeleteKind) state_->note_deleted(kept_key_);
    return Decision::kKeep;
  }

 private:
  const std::shared_ptr<GcState> state_;
  const Timestamp safepoint_;
  // RocksDB calls one filter from one thread, through a const interface.
  mutable std::string kept_key_;  // its newest version at or below the safepoint has been seen
  mutable std::uint64_t removed_versions_ = 0;
};

class GcFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit GcFilterFactory(std::shared_ptr<GcState> state) : state_(std::move(state)) {}
  const char* Name() const override { return "sluice.gc"; }
  bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override {
    return reason == rocksdb::TableFileCreationReason::kCompaction ||
           reason == rocksdb::TableFileCreationReason::kFlush;
  }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<GcFilter>(state_);
  }

 private:
  const std::shared_ptr<GcState> state_;
};

/// Counts a file's versions while it is written.
class VersionProperties final : public rocksdb::TablePropertiesCollector {
 public:
  const char* Name() const override { return "sluice.versions"; }

  rocksdb::Status AddUserKey(const rocksdb::Slice& key_slice, const rocksdb::Slice& value, rocksdb::EntryType type,
                             rocksdb::SequenceNumber, std::uint64_t) override {
    const std::string_view key = view_of(key_slice);
    if (type != rocksdb::kEntryPut || !is_versioned(key)) return rocksdb::Status::OK();
    ++versions_;
    const Timestamp ts = version_of(key);
    if (is_version_of(key, last_key_)) {
      ++superseded_;
      superseded_at_ = std::max(superseded_at_, newer_ts_);
    } else {
      last_key_.assign(user_key_of(key));
      if (value.size() == 1 && value[0] == kDeleteKind) {
        ++superseded_;
        superseded_at_ = std::max(superseded_at_, ts);
      }
    }
    newer_ts_ = ts;
    return rocksdb::Status::OK();
  }

  rocksdb::Status Finish(rocksdb::UserCollectedProperties* properties) override {
    *properties = GetReadableProperties();
    return rocksdb::Status::OK();
  }

  rocksdb::UserCollectedProperties GetReadableProperties() const override {
    return {{kPropertyVersions, std::to_string(versions_)},
            {kPropertySuperseded, std::to_string(superseded_)},
            {kPropertySupersededAt, std::to_string(superseded_at_)}};
  }

 private:
  std::uint64_t versions_ = 0;
  std::uint64_t superseded_ = 0;
  Timestamp superseded_at_ = 0;
  Timestamp newer_ts_ = 0;
  std::string last_key_;
};

class VersionPropertiesFactory final : public rocksdb::TablePropertiesCollectorFactory {
 public:
  const char* Name() const override { return "sluice.versions"; }
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(
      rocksdb::TablePropertiesCollectorFactory::Context) override {
    return std::make_unique<VersionProperties>().release();  // RocksDB owns it
  }
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> make_gc_filter_factory(std::shared_ptr<GcState> state) {
  return std::make_shared<GcFilterFactory>(std::move(state));
}

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> make_version_properties_factory() {
  return std::make_shared<VersionPropertiesFactory>();
}

}  // namespace sluice::kv
