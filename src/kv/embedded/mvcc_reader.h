#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kv/timestamp.h"

namespace rocksdb {
class Iterator;
}

namespace sluice::kv {

/// Reads the newest version of `key` at or below `ts` through a point position (read_position.h).
/// Returns false if there is none or it is a deletion; `value` is then unspecified. Throws: SqlError on I/O errors and corruption.
bool read_visible(rocksdb::Iterator& position, std::string_view key, Timestamp ts, std::string& value);

struct NewestVersion {
  Timestamp commit_ts = 0;  // 0: the key has no version at all
  bool is_put = false;
};

/// The newest version of `key`, deletions included; its value goes to `value` if that is not null and the version is a put.
NewestVersion read_newest(rocksdb::Iterator& position, std::string_view key, std::string* value);

/// Throws the SqlError for a stored value that no version of this program writes.
[[noreturn]] void throw_corrupt_version(std::string_view versioned_key);

}  // namespace sluice::kv
