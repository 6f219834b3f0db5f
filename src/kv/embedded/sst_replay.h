#pragma once

#include <span>
#include <string>

#include "base/stop_token.h"

namespace rocksdb {
class DB;
struct Options;
}  // namespace rocksdb

namespace sluice::kv {

class ErrorState;

/// Does with ordinary writes what an ingest does: puts the entries of SST files made by EmbeddedSstWriter into `db`, durable on return, and removes the
/// files. Slower than an ingest by the log and a memtable, and not atomic: after a throw some entries are there and all files.
///
/// `options`: those that the files were made with.
/// Throws: Stopped (polled per batch of writes); SqlError 1021 if the disk is full; storage errors.
void replay_sst_files(rocksdb::DB& db, const ErrorState& errors, const rocksdb::Options& options,
                      std::span<const std::string> paths, StopToken stop);

}  // namespace sluice::kv
