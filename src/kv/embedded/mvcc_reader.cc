#include "kv/embedded/mvcc_reader.h"

#include <rocksdb/iterator.h>

#include "base/sql_error.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/rocksdb_status.h"

namespace sluice::kv {
namespace {

std::string_view view_of(const rocksdb::Slice& slice) noexcept { return {slice.data(), slice.size()}; }

/// Positions at the newest version of `key` at or below `ts`; false if there is none.
bool seek_version(rocksdb::Iterator& position, std::string_view key, Timestamp ts) {
  const VersionedKey target(key, ts);
  position.Seek(rocksdb::Slice(target.view().data(), target.view().size()));
  if (!position.Valid()) {
    throw_if_failed(position.status(), "read");
    return false;
  }
  return is_version_of(view_of(position.key()), key);
}

bool is_put(const rocksdb::Iterator& position) {
  const rocksdb::Slice value = position.value();
  if (value.size() > 0 && value[0] == kPutKind) return true;
  if (value.size() != 1 || value[0] != kDeleteKind) throw_corrupt_version(view_of(position.key()));
  return false;
}

}  // namespace

void throw_corrupt_version(std::string_view versioned_key) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char byte : versioned_key.substr(0, 64)) {
    hex.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  throw SqlError(ErrorCode::kGetErrno, 126, "the stored version at key " + hex + " is damaged");
}

bool read_visible(rocksdb::Iterator& position, std::string_view key, Timestamp ts, std::string& value) {
  if (!seek_version(position, key, ts) || !is_put(position)) return false;
  const rocksdb::Slice stored = position.value();
  value.assign(stored.data() + 1, stored.size() - 1);
  return true;
}

NewestVersion read_newest(rocksdb::Iterator& position, std::string_view key, std::string* value) {
  if (!seek_version(position, key, kMaxTimestamp)) return {};
  NewestVersion version{version_of(view_of(position.key())), is_put(position)};
  if (version.is_put && value != nullptr) {
    const rocksdb::Slice stored = position.value();
    value->assign(stored.data() + 1, stored.size() - 1);
  }
  return version;
}

}  // namespace sluice::kv
