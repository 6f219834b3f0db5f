#pragma once

#include "catalog/name.h"
#include "catalog/schema_state.h"

#include <cstdint>
#include <string>

namespace sluice::catalog {

/// A database; stored under DBs/DB:<id> (TIDB-FACTS sections 3.1, 3.3). A plain value.
struct DatabaseInfo {
  std::int64_t id = 0;
  Name name;
  std::string charset = "utf8mb4";
  std::string collation = "utf8mb4_bin";
  SchemaState state = SchemaState::kPublic;
};

}  // namespace sluice::catalog
