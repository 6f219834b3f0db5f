#include "kv/embedded/rocksdb_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <algorithm>

#include "kv/embedded/embedded_store.h"
#include "kv/embedded/engine_logger.h"
#include "kv/embedded/gc_filter.h"
#include "kv/embedded/gc_state.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/version_memtable.h"

namespace sluice::kv {
namespace {

constexpr int kBloomBitsPerKey = 10;
// With its header and trailer a block must not pass 14 KiB, a size class of jemalloc's: from 16 KiB on each allocation takes a page more than it
// needs, and a cache of such blocks a quarter more memory than it counts.
constexpr std::size_t kBlockBytes = (14 << 10) - 64;
constexpr int kCacheShardBits = 4;

/// The user key of a versioned key: blooms answer for user keys, whatever the version.
class UserKeyTransform final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "sluice.user_key"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), key.size() - kVersionBytes};
  }
  bool InDomain(const rocksdb::Slice& key) const override { return key.size() > kVersionBytes; }
};

std::uint64_t default_cache_bytes() {
  const auto memory =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::min<std::uint64_t>(memory / 4, std::uint64_t{8} << 30);
}

rocksdb::BlockBasedTableOptions table_options(const EmbeddedOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  const std::uint64_t cache_bytes = options.block_cache_bytes != 0 ? options.block_cache_bytes : default_cache_bytes();
  table.block_cache = rocksdb::NewLRUCache(cache_bytes, kCacheShardBits);
  table.block_size = kBlockBytes;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.whole_key_filtering = false;  // nobody looks up an exact version
  table.optimize_filters_for_memory = true;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  // Index and filters live in the cache, so that they count against its size, but are never evicted while their file is open.
  table.cache_index_and_filter_blocks = true;
  table.metadata_cache_options.top_level_index_pinning = rocksdb::PinningTier::kAll;
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  return table;
}

}  // namespace

rocksdb::Options make_rocksdb_options(const EmbeddedOptions& options, rocksdb::Env& env,
                                      std::shared_ptr<GcState> gc_state, std::shared_ptr<VersionMemTables> memtables,
                                      std::shared_ptr<rocksdb::RateLimiter> limiter) {
  rocksdb::Options db;
  db.env = &env;
  db.create_if_missing = true;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(options)));
  db.prefix_extractor = std::make_shared<UserKeyTransform>();
  db.memtable_factory = make_version_memtable_factory(std::move(memtables));
  db.flush_verify_memtable_count = false;  // memtables drop versions
  db.compaction_filter_factory = make_gc_filter_factory(std::move(gc_state));
  db.table_properties_collector_factories.push_back(make_version_properties_factory());

  db.write_buffer_size = options.write_buffer_bytes;
  db.max_write_buffer_number = 3;
  db.memtable_prefix_bloom_size_ratio = 0.02;
  db.allow_concurrent_memtable_write = false;  // the commit queue has one writer at a time

  db.compaction_style = rocksdb::kCompactionStyleLevel;
  db.level_compaction_dynamic_level_bytes = true;
  db.max_bytes_for_level_base = 4 * options.write_buffer_bytes;
  db.target_file_size_base = 64 << 20;
  db.compression_per_level = {rocksdb::kNoCompression,  rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                              rocksdb::kLZ4Compression, rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                              rocksdb::kLZ4Compression};
  db.max_background_jobs = options.background_jobs;
  db.rate_limiter = std::move(limiter);
  db.bytes_per_sync = 1 << 20;
  db.avoid_unnecessary_blocking_io = true;  // readers that give up a view leave the deletion of files to the background

  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.avoid_flush_during_recovery = true;
  db.max_open_files = -1;
  db.skip_stats_update_on_db_open = true;
  db.skip_checking_sst_file_sizes_on_db_open = true;

  db.info_log_level =
      rocksdb::InfoLogLevel::ERROR_LEVEL;  // warnings too once it is open: why it is not is told by the status
  db.info_log = make_engine_logger();
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

}  // namespace sluice::kv
