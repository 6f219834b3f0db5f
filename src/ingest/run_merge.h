#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ingest/entry_buffer.h"
#include "ingest/run_file.h"

namespace sluice::ingest {

/// Merges sorted runs, in memory and in files, into one ascending sequence within [begin, end).
///
/// Borrows the runs, which must outlive it. One thread; several merges may read the same runs side by side.
/// Entries with equal keys come one after the other, in the order of the runs.
/// Algorithm: loser tree (Knuth, The Art of Computer Programming, vol. 3, section 5.4.1).
class RunMerge {
 public:
  /// `end` empty: to the last key.
  RunMerge(const std::vector<EntryBuffer>& buffers, const std::vector<RunFile>& files, std::string_view begin,
           std::string_view end);

  /// The next entry; false at the end. The views live until the next call.
  bool next(EntryBuffer::Entry& entry);

 private:
  // One run being read. No virtual call per entry: the kind is a member.
  struct Source {
    const EntryBuffer* buffer = nullptr;
    std::size_t index = 0;
    std::size_t reader = 0;
    bool is_file = false;
    bool at_end = false;
    EntryBuffer::Entry current;
  };

  void advance(Source& source);
  bool is_before(std::size_t a, std::size_t b) const noexcept;
  void build_tree();
  void replay(std::size_t source);

  std::string end_;
  std::vector<RunFileReader> readers_;
  std::vector<Source> sources_;
  std::vector<std::size_t> losers_;  // losers_[0] is the winner
  bool started_ = false;
};

/// At most `parts` - 1 keys that cut the runs' entries into pieces of about equal size, ascending.
std::vector<std::string> choose_splitters(const std::vector<EntryBuffer>& buffers, const std::vector<RunFile>& files,
                                          std::size_t parts);

}  // namespace sluice::ingest
