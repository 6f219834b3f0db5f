// Entries of a temporary index: what concurrent statements write while an index is being built by TiDB's backfill-merge protocol.
//
// The key is the index entry's, with the index id marked (temp_index_id). The value is one element, or for distinct entries a list of
// elements in the order of time, of which the last is current:
//
//   00 | u16 big endian length | index value | version          distinct put
//   01 | index value to the end | version                       other put
//   02 | u16 big endian length | handle | version               distinct delete: int handle as 8 bytes, or the common handle
//   03 | version                                                other delete
//
// Sluice's own index builds need no temporary index; this reads and writes those of other nodes on a shared store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/table_key.h"

namespace sluice::codec {

inline constexpr std::int64_t kTempIndexMark = 0x7fff000000000000;
constexpr std::int64_t temp_index_id(std::int64_t index_id) noexcept { return index_id | kTempIndexMark; }
constexpr bool is_temp_index_id(std::int64_t index_id) noexcept {
  return (index_id & kTempIndexMark) == kTempIndexMark;
}
constexpr std::int64_t original_index_id(std::int64_t index_id) noexcept { return index_id & ~kTempIndexMark; }

/// The state of the index when the element was written.
enum class TempIndexVersion : char { kDeleteOnly = 'd', kBackfill = 'b', kMerge = 'm' };

struct TempIndexElement {
  bool is_delete = false;
  bool is_distinct = false;
  std::string_view index_value;  // of a put; borrowed
  Handle handle;                 // of a distinct delete
  TempIndexVersion version = TempIndexVersion::kBackfill;
};

/// Appends one element to the list.
void append_temp_index_element(const TempIndexElement& element, std::string& out);

/// All elements, oldest first; nothing if the value is malformed. Views borrow `value`.
std::optional<std::vector<TempIndexElement>> decode_temp_index_value(std::string_view value);

}  // namespace sluice::codec
