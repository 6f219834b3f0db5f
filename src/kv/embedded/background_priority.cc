#include "kv/embedded/background_priority.h"

#include <rocksdb/listener.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sluice::kv {
namespace {

constexpr int kCompactionNice = 5;

class CompactionPriorityListener final : public rocksdb::EventListener {
 public:
  // Runs on the compaction's thread.
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    thread_local bool is_lowered = false;
    if (is_lowered) return;
    // On Linux the nice value is a thread's own. If it cannot be set, compaction runs as all else does.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kCompactionNice);
    is_lowered = true;
  }
};

}  // namespace

std::shared_ptr<rocksdb::EventListener> make_compaction_priority_listener() {
  return std::make_shared<CompactionPriorityListener>();
}

}  // namespace sluice::kv
