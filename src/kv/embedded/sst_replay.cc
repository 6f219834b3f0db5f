#include "kv/embedded/sst_replay.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>

#include <memory>

#include "kv/embedded/error_state.h"
#include "kv/embedded/rocksdb_status.h"

namespace sluice::kv {
namespace {

constexpr std::size_t kBatchBytes = 64 << 10;

void replay(rocksdb::DB& db, const ErrorState& errors, const rocksdb::Options& options, const std::string& path,
            StopToken stop) {
  rocksdb::SstFileReader reader(options);
  throw_if_failed(reader.Open(path), "read SST file");
  rocksdb::ReadOptions read_options;
  read_options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> entries(reader.NewIterator(read_options));
  rocksdb::WriteBatch batch;
  const auto write = [&] {
    stop.poll();
    errors.throw_if_stopped("ingest by writes");
    throw_if_failed(db.Write(rocksdb::WriteOptions(), &batch), "ingest by writes");
    batch.Clear();
  };
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    throw_if_failed(batch.Put(entries->key(), entries->value()), "ingest by writes");
    if (batch.GetDataSize() >= kBatchBytes) write();
  }
  throw_if_failed(entries->status(), "read SST file");
  if (batch.Count() > 0) write();
}

}  // namespace

void replay_sst_files(rocksdb::DB& db, const ErrorState& errors, const rocksdb::Options& options,
                      std::span<const std::string> paths, StopToken stop) {
  for (const std::string& path : paths) replay(db, errors, options, path, stop);
  errors.throw_if_stopped("sync the log");
  throw_if_failed(db.SyncWAL(), "sync the log");
  for (const std::string& path : paths)
    options.env->DeleteFile(path).PermitUncheckedError();  // removed with its directory otherwise
}

}  // namespace sluice::kv
