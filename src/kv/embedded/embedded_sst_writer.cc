#include "kv/embedded/embedded_sst_writer.h"

#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>

#include "base/census.h"
#include "base/check.h"
#include "base/failpoint.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/rocksdb_status.h"
#include "kv/embedded/write_pacer.h"

namespace sluice::kv {
namespace {

constexpr std::uint64_t kEntriesPerPoll = 128;
constexpr std::uint64_t kBytesPerPace = 64 << 10;
constexpr std::uint64_t kBytesPerWriteBack = 1 << 20;

rocksdb::Options writer_options(const rocksdb::Options& store) {
  rocksdb::Options options = store;
  // The pacer bounds these writes: RocksDB's limiter would sleep where no stop can wake it.
  options.rate_limiter = nullptr;
  // Writing back goes along with writing, so that finishing a file, which no stop interrupts, has little left to sync.
  options.bytes_per_sync = kBytesPerWriteBack;
  options.strict_bytes_per_sync = true;
  options.compression = rocksdb::kLZ4Compression;
  options.compression_per_level.clear();
  return options;
}

class EmbeddedSstWriter final : public VersionWriter {
 public:
  EmbeddedSstWriter(const rocksdb::Options& options, WritePacer& pacer, const std::string& path, Timestamp version)
      : env_(*options.env),
        pacer_(pacer),
        version_(version),
        writer_(rocksdb::EnvOptions(options), writer_options(options)) {
    file_.path = path;
    throw_if_failed(writer_.Open(path), "create SST file " + path);
  }

  ~EmbeddedSstWriter() override {
    if (!finished_) env_.DeleteFile(file_.path).PermitUncheckedError();  // already gone is as good
  }

  void add(std::string_view key, std::string_view value, StopToken stop) override {
    append(key, kPutKind, value, stop);
  }

  void add_deletion(std::string_view key, StopToken stop) override { append(key, kDeleteKind, {}, stop); }

  std::uint64_t entry_count() const noexcept override { return file_.entry_count; }
  std::uint64_t file_bytes() const noexcept override { return finished_ ? file_.file_bytes : writer_file_size(); }

  SstFile finish(StopToken stop) override {
    SLUICE_CHECK(!finished_ && file_.entry_count > 0, "an SST file needs entries");
    stop.poll();
    SLUICE_STORAGE_CALL("kv.sst.finish", stop);
    SLUICE_DURABLE_WRITE("kv.sst.finish");
    rocksdb::ExternalSstFileInfo info;
    throw_if_failed(writer_.Finish(&info), "finish SST file");
    file_.file_bytes = info.file_size;
    finished_ = true;
    return file_;
  }

 private:
  void append(std::string_view key, char kind, std::string_view value, StopToken stop) {
    if (file_.entry_count % kEntriesPerPoll == 0) {
      stop.poll();
      SLUICE_STORAGE_CALL("kv.sst.add", stop);
    }
    SLUICE_CHECK(!finished_ && key > std::string_view(file_.last_key), "SST keys must ascend");
    versioned_key_.assign(key, version_);
    value_.assign(1, kind);
    value_.append(value);
    const std::string_view stored_key = versioned_key_.view();
    throw_if_failed(writer_.Put(rocksdb::Slice(stored_key.data(), stored_key.size()), value_), "write SST file");
    if (file_.entry_count++ == 0) file_.first_key.assign(key);
    file_.last_key.assign(key);
    unpaced_bytes_ += stored_key.size() + value_.size();
    if (unpaced_bytes_ >= kBytesPerPace) {
      pacer_.consume(unpaced_bytes_, stop);
      unpaced_bytes_ = 0;
    }
  }

  // RocksDB only lacks the const.
  std::uint64_t writer_file_size() const noexcept { return const_cast<rocksdb::SstFileWriter&>(writer_).FileSize(); }

  rocksdb::Env& env_;
  WritePacer& pacer_;
  const Timestamp version_;
  rocksdb::SstFileWriter writer_;
  SstFile file_;
  bool finished_ = false;
  VersionedKey versioned_key_;
  std::string value_;
  std::uint64_t unpaced_bytes_ = 0;
  CensusEntry census_entry_{CensusKind::kSstWriter};
};

}  // namespace

std::unique_ptr<VersionWriter> open_embedded_sst_writer(const rocksdb::Options& options, WritePacer& pacer,
                                                        const std::string& path, Timestamp version) {
  return std::make_unique<EmbeddedSstWriter>(options, pacer, path, version);
}

}  // namespace sluice::kv
