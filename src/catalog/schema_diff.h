#pragma once

#include <cstdint>
#include <vector>

namespace sluice::catalog {

/// What one schema version changed, so that a node reloads no more than that; stored under Diff:<version>
/// (TIDB-FACTS section 3.1).
struct SchemaDiff {
  struct Affected {
    std::int64_t schema_id = 0;
    std::int64_t table_id = 0;      // 0: the database itself
    std::int64_t old_table_id = 0;  // TRUNCATE: the id that vanished
    std::int64_t old_schema_id = 0;
  };

  std::int64_t version = 0;
  int type = 0;  // ddl::JobType as its number
  Affected object;
  std::vector<Affected> others;  // further objects of the same step
};

}  // namespace sluice::catalog
