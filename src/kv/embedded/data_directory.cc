#include "kv/embedded/data_directory.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/sql_error.h"

namespace sluice::kv {
namespace {

/// What exists before a first start has written CURRENT, keys that were put there for it, and the root of a fresh file system. "commits"
/// (bulk_commit.h) comes later, and says nothing by itself.
bool is_made_before_current(std::string_view name) {
  constexpr std::string_view kWhole[] = {".", "..", "LOCK", "IDENTITY", "temp", "commits", "lost+found"};
  constexpr std::string_view kBegins[] = {"LOG", "MANIFEST-", "OPTIONS-"};
  return std::find(std::begin(kWhole), std::end(kWhole), name) != std::end(kWhole) || name.ends_with(".dbtmp") ||
         name.ends_with(".pem") || std::any_of(std::begin(kBegins), std::end(kBegins), [&](std::string_view begin) {
           return name.starts_with(begin);
         });
}

/// Names of RocksDB's logs and tables: digits and an ending.
bool is_data_file(std::string_view name) {
  const std::size_t digits = name.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos &&
         (name.substr(digits) == ".log" || name.substr(digits) == ".sst");
}

}  // namespace

void check_data_directory(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> names;
  if (!env.GetChildren(path, &names).ok()) return;  // absent, or what opening it will complain about
  if (std::find(names.begin(), names.end(), "CURRENT") != names.end()) return;
  for (const std::string& name : names) {
    if (is_data_file(name)) {
      throw SqlError::with_message(ErrorCode::kUnknownError,
                                   "data directory '" + path + "' is damaged: its file CURRENT is missing");
    }
    if (!is_made_before_current(name)) {
      throw SqlError::with_message(ErrorCode::kUnknownError, "directory '" + path + "' holds other files ('" + name +
                                                                 "') and no database; name an empty or new one");
    }
  }
}

}  // namespace sluice::kv
