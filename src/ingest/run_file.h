#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/census.h"
#include "base/stop_token.h"
#include "ingest/entry_buffer.h"

namespace sluice::ingest {

class WritePacer;

/// A file of sorted entries.
///
///   file:    block... | index | u64 index offset | u64 entry count | u64 magic            numbers little endian
///   block:   entry...                                  a block ends at the first entry that makes it 256 KiB or more
///   entry:   u32 key size | u32 value size | key | value
///   index:   u32 block count | per block: u64 offset | u32 size of first key | first key
///
/// Does not own the file on disk: a run survives the process, and belongs to its job's directory.
struct RunFile {
  struct Block {
    std::uint64_t offset = 0;
    std::string first_key;
  };

  std::string path;
  std::uint64_t entry_count = 0;
  std::uint64_t data_bytes = 0;  // where the index begins
  std::vector<Block> blocks;

  /// Writes the entries of a sorted buffer to a new file at `path`, durable on return. `pacer` may be null.
  /// Throws Stopped, 1021, 1026; then there is no file.
  static RunFile write(const std::string& path, const EntryBuffer& entries, WritePacer* pacer, StopToken stop);

  /// Reads the index of a file that write() completed. Throws 1017 if it is missing, InternalError if it is not such a file.
  static RunFile open(const std::string& path);
};

/// Reads a run front to back from a given key on. Owns its descriptor and one block of memory. One thread; movable.
class RunFileReader {
 public:
  /// `run` must outlive the reader.
  RunFileReader(const RunFile& run, std::string_view from);
  RunFileReader(RunFileReader&& other) noexcept;
  ~RunFileReader();

  /// The next entry; false at the end. The views live until the next call. Throws 1024.
  bool next(EntryBuffer::Entry& entry);

 private:
  bool load_block();

  const RunFile* run_;
  int descriptor_ = -1;
  std::size_t next_block_ = 0;
  std::vector<char> block_;
  std::size_t position_ = 0;
  std::string from_;
  CensusEntry census_entry_{CensusKind::kFile};
};

}  // namespace sluice::ingest
