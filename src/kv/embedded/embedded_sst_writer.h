#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kv/ingest.h"
#include "kv/timestamp.h"

namespace rocksdb {
struct Options;
}

namespace sluice::kv {

class WritePacer;

/// An SstWriter whose files hold deletions too.
class VersionWriter : public SstWriter {
 public:
  /// As add(), of a key that is gone at the writer's version.
  virtual void add_deletion(std::string_view key, StopToken stop) = 0;
};

/// Opens a writer of `path` whose entries carry `version`. `options` are the store's; `pacer` must outlive the writer.
/// Throws: SqlError if the file cannot be created.
std::unique_ptr<VersionWriter> open_embedded_sst_writer(const rocksdb::Options& options, WritePacer& pacer,
                                                        const std::string& path, Timestamp version);

}  // namespace sluice::kv
