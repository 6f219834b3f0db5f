#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kv/key_range.h"
#include "kv/store.h"

namespace rocksdb {
class DB;
}

namespace sluice::kv {

/// Estimates from file indexes, file properties and memtables; reads no data blocks.
RangeStatistics estimate_range(rocksdb::DB& db, const KeyRange& range);

/// Finds keys that cut `range` into `parts` pieces of about equal bytes; see Store::split_points.
///
/// Looks for each cut by bisection: the bytes behind the common prefix of the range's first and last key are taken as a number, and the
/// position of a number is the estimated size of what lies before it.
std::vector<std::string> find_split_points(rocksdb::DB& db, const KeyRange& range, std::size_t parts);

}  // namespace sluice::kv
