/// The file of a LOAD DATA LOCAL, received ahead of the statement that reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "base/memory_tracker.h"
#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/task_scope.h"
#include "base/temp_dir.h"
#include "session/result_writer.h"

namespace sluice::session {

/// Takes a client's file off the connection as fast as it comes, so that a client that goes away is seen at once, and that one whose statement
/// is stopped has as a rule sent everything already and reads its error.
///
/// A few megabytes wait in memory, the rest in temporary files, each of which goes when it has been read. Where none can be written (a full disk) the client waits
/// for the statement instead. A task of its own reads `file`; it ends before the destructor returns.
/// Thread-safety: one thread.
class ReadAheadFile final : public LocalFile {
 public:
  /// `directory` and `memory` outlive it; what waits in memory is counted in `memory`. The task stops with `stop`.
  /// Throws: SqlError 1135 (no thread).
  ReadAheadFile(std::unique_ptr<LocalFile> file, TempDir& directory, MemoryTracker& memory, StopToken stop);
  ~ReadAheadFile() override;

  /// As LocalFile. An error of the file comes as soon as it is known, in front of bytes that were received before it.
  /// Throws also: SqlError 1024 (a temporary file cannot be read).
  std::string_view read(StopToken stop) override;

 private:
  /// Bytes that were received and not read yet: in memory, or `size` of them in a temporary file.
  struct Block {
    std::string bytes;
    std::shared_ptr<TempFile> file;
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };
  enum class State : std::uint8_t { kReceiving, kEnded, kFailed };

  void receive(StopToken stop);
  void receive_all(StopToken stop);
  void end(State state, std::exception_ptr failure);
  /// Queues `bytes` and empties them if there is room in memory.
  bool queue_in_memory(std::string& bytes);
  bool has_room(std::size_t bytes) const SLUICE_REQUIRES(mutex_);
  /// Queues `bytes` in a temporary file and empties them. False if it cannot be written.
  bool queue_in_file(std::string& bytes);
  /// Queues all of `bytes`, after a wait for room if need be.
  void queue(std::string& bytes, StopToken stop);

  const std::unique_ptr<LocalFile> file_;  // the task's
  TempDir& directory_;
  std::shared_ptr<TempFile> segment_;  // the task's: the temporary file that is being written
  std::string current_;                // what read() returned

  mutable Mutex mutex_;
  Condition has_blocks_;
  Condition room_;
  std::deque<Block> blocks_ SLUICE_GUARDED_BY(mutex_);
  MemoryReservation memory_ SLUICE_GUARDED_BY(mutex_);  // of the blocks in memory
  State state_ SLUICE_GUARDED_BY(mutex_) = State::kReceiving;
  std::exception_ptr failure_ SLUICE_GUARDED_BY(mutex_);
  TaskScope scope_;  // ends before all that its task uses
};

}  // namespace sluice::session
