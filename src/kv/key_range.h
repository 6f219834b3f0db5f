#pragma once

#include <string>
#include <string_view>

namespace sluice::kv {

/// The keys k with begin <= k < end, in bytewise order. An empty `end` means "to the end of the user's keys".
///
/// Keys of a store are non-empty, do not start with byte 0xFF (reserved for the engine) and are prefix-free: no stored key is a proper
/// prefix of another. TiDB's record, index and meta keys are (TIDB encodings are self-delimiting). Range bounds need not be.
struct KeyRange {
  std::string begin;
  std::string end;

  bool contains(std::string_view key) const noexcept { return key >= begin && (end.empty() || key < end); }
};

/// A borrowed entry of a cursor's batch.
struct KeyValue {
  std::string_view key;
  std::string_view value;
};

/// The least byte string above every string that starts with `prefix`; empty ("no bound") if `prefix` is all 0xFF.
std::string prefix_end(std::string_view prefix);

/// The range of all keys that start with `prefix`.
KeyRange prefix_range(std::string_view prefix);

}  // namespace sluice::kv
