/// Whether a directory may become, or is, a data directory.
#pragma once

#include <string>

namespace rocksdb {
class Env;
}

namespace sluice::kv {

/// Refuses a directory in which a database would be made though it holds something already: files of another kind, or data files whose
/// list (RocksDB's file CURRENT) is lost. A directory that is absent, empty, left by a first start that did not get far, or that holds a
/// database passes. Reads names only.
///
/// Throws: SqlError naming the directory and what was found there.
void check_data_directory(rocksdb::Env& env, const std::string& path);

}  // namespace sluice::kv
