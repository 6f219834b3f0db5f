#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kv/key_range.h"

namespace sluice::ddl {

/// How far an index build is, durably: stored in mysql.tidb_ddl_reorg as JSON, keys in base64. A plain value.
struct BuildCheckpoint {
  /// A piece of the merged key space. Entries up to and including `until` are in the store.
  struct Part {
    std::string begin;
    std::string end;    // empty: to the last key
    std::string until;  // empty: nothing yet
    bool is_done = false;
  };

  std::uint64_t version = 0;           // at which rows are read and entries written
  std::vector<std::string> run_files;  // names in the job's directory
  std::vector<kv::KeyRange> scanned;   // record keys whose entries are in run files
  std::int64_t rows_scanned = 0;       // in these ranges
  std::vector<Part> parts;             // empty until the merge begins

  std::string to_stored() const;
  /// Throws InternalError if `document` is no checkpoint.
  static BuildCheckpoint parse(std::string_view document);
};

/// What of `whole` is in none of `covered`; ascending.
std::vector<kv::KeyRange> subtract(const kv::KeyRange& whole, std::vector<kv::KeyRange> covered);

}  // namespace sluice::ddl
