#pragma once

#include <memory>

namespace rocksdb {
class Env;
class RateLimiter;
struct Options;
}  // namespace rocksdb

namespace sluice::kv {

struct EmbeddedOptions;
class GcState;
class VersionMemTables;

/// RocksDB's options for a store; README.md says why each is as it is. `env` outlives the
/// database; `limiter` bounds compaction.
rocksdb::Options make_rocksdb_options(const EmbeddedOptions& options, rocksdb::Env& env,
                                      std::shared_ptr<GcState> gc_state, std::shared_ptr<VersionMemTables> memtables,
                                      std::shared_ptr<rocksdb::RateLimiter> limiter);

/// What a rate limiter that does not limit is set to, in bytes per second.
inline constexpr long long kUnlimitedRate = 1LL << 40;

}  // namespace sluice::kv
