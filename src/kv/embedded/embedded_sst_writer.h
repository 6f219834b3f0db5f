#pragma once

#include <memory>
#include <string>

#include "kv/ingest.h"
#include "kv/timestamp.h"

namespace rocksdb {
struct Options;
}

namespace sluice::kv {

class WritePacer;

/// Opens a writer of `path` whose entries carry `version`. `options` are the store's; `pacer` must outlive the writer.
/// Throws: SqlError if the file cannot be created.
std::unique_ptr<SstWriter> open_embedded_sst_writer(const rocksdb::Options& options, WritePacer& pacer,
                                                    const std::string& path, Timestamp version);

}  // namespace sluice::kv
