#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stop_token.h"

namespace sluice::kv {

/// A finished, durable file of sorted entries, ready for Store::ingest.
struct SstFile {
  std::string path;
  std::string first_key;  // user keys, both inclusive
  std::string last_key;
  std::uint64_t entry_count = 0;
  std::uint64_t file_bytes = 0;
};

/// Writes one file of entries that all carry the version given to Store::new_sst_writer.
///
/// Ownership: borrows its Store. Owns its file until finish; an unfinished writer removes it when destroyed.
/// Thread-safety: one thread at a time; any number of writers side by side.
class SstWriter {
 public:
  virtual ~SstWriter() = default;

  /// Appends an entry; keys strictly ascend. May pause to keep the store's write-rate limit (a stop ends the pause).
  /// Throws: Stopped; SqlError 1021 if the disk is full; InternalError if the key does not ascend.
  virtual void add(std::string_view key, std::string_view value, StopToken stop) = 0;

  virtual std::uint64_t entry_count() const noexcept = 0;
  virtual std::uint64_t file_bytes() const noexcept = 0;  // so far, a little behind what was added

  /// Completes the file, durable on return. At least one entry must have been added; the writer is spent.
  virtual SstFile finish(StopToken stop) = 0;
};

}  // namespace sluice::kv
