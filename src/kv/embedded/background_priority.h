#pragma once

#include <memory>

namespace rocksdb {
class EventListener;
}

namespace sluice::kv {

/// Has compaction threads give way to statements: nice 5, a third of a statement's share of a busy processor.
///
/// RocksDB's own setting (LowerThreadPoolCPUPriority) is nice 19, one seventieth: on two processors that 32 clients keep busy compaction then stands
/// still, files pile up on level 0, and in the end reads, flushes and writes all wait for it.
std::shared_ptr<rocksdb::EventListener> make_compaction_priority_listener();

}  // namespace sluice::kv
