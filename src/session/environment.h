/// What sessions work with; made by cmd/ and alive as long as any session.
#pragma once

#include <functional>

#include "base/stop_token.h"

namespace sluice {
class MemoryTracker;
class TempDir;
}  // namespace sluice
namespace sluice::kv {
class Store;
}
namespace sluice::catalog {
class AutoIdAllocator;
class SchemaCache;
class StatisticsCache;
}  // namespace sluice::catalog
namespace sluice::coordination {
class MetadataLocks;
}
namespace sluice::ddl {
class DdlService;
}

namespace sluice::session {

class AccountRegistry;
class GlobalVariables;
class ProcessList;
class UserLocks;

/// All thread-safe.
struct SessionEnvironment {
  kv::Store& store;
  catalog::SchemaCache& schemas;
  catalog::AutoIdAllocator& ids;
  catalog::StatisticsCache& statistics;
  coordination::MetadataLocks& metadata_locks;
  ddl::DdlService& ddl;
  GlobalVariables& variables;
  AccountRegistry& accounts;
  ProcessList& processes;
  UserLocks& user_locks;
  MemoryTracker& memory;
  TempDir& spill_directory;  // of statements that are short of memory
  /// Asks the process to end, as SIGTERM does; returns at once. Empty where a statement cannot end the process.
  std::function<void()> request_shutdown = {};
};

}  // namespace sluice::session
