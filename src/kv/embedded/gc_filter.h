#pragma once

#include <memory>

namespace rocksdb {
class CompactionFilterFactory;
class TablePropertiesCollectorFactory;
}  // namespace rocksdb

namespace sluice::kv {

class GcState;

/// Drops, in compactions, the versions that no snapshot at or above the safepoint can see: of each key all but the newest at or below it.
///
/// A deletion is kept even when it is the newest: an older version may lie in a file outside the compaction, also in a *higher* level, because
/// ingest puts versions of the past anywhere. The filter only notes the key; GarbageCollector looks at all levels and removes it.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_gc_filter_factory(std::shared_ptr<GcState> state);

/// What the properties of each file say about its versions, decimal numbers under these names.
inline constexpr char kPropertyVersions[] = "sluice.versions";  // entries that are versions
inline constexpr char kPropertySuperseded[] =
    "sluice.superseded";  // with a newer version of the key in the same file, and deletions
inline constexpr char kPropertySupersededAt[] =
    "sluice.superseded_at";  // a safepoint at or above it makes all those collectable

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> make_version_properties_factory();

}  // namespace sluice::kv
