#pragma once
// Optimizer hints `/*+ ... */` as structures.

#include "sql/ast_node.h"

namespace sluice::sql {

/// `[schema.]table[@query_block] [PARTITION(p, ..)]` of a hint.
struct HintTable {
  Name schema;
  Name table;
  Name query_block;  // without the @
  List<Name> partitions;
};

/// One hint, e.g. HASH_JOIN(@sel_1 t1, t2), USE_INDEX(t, i, j), MAX_EXECUTION_TIME(1000), SET_VAR(a=b).
struct Hint {
  std::string_view name;   // lower case, as written otherwise
  Name query_block;        // @qb before the arguments or alone: hash_join@sel_1(..)
  List<HintTable> tables;  // join hints, and the single table of index hints
  List<Name>
      indexes;  // USE_INDEX, IGNORE_INDEX, FORCE_INDEX, USE_INDEX_MERGE, ORDER_INDEX, NO_ORDER_INDEX, INDEX_LOOKUP_PUSHDOWN
  bool has_number = false;
  std::uint64_t number = 0;  // MAX_EXECUTION_TIME, MEMORY_QUOTA (bytes), TIDB_KV_READ_TIMEOUT, NTH_PLAN
  std::string_view
      argument;  // QUERY_TYPE(OLAP), TIME_RANGE's begin, SET_VAR's name, RESOURCE_GROUP's name, QB_NAME's name,
                 // READ_FROM_STORAGE's first store ("tikv", "tiflash"), USE_TOJA(TRUE|FALSE)
  std::string_view second_argument;  // TIME_RANGE's end, SET_VAR's value
};

/// A hint that was not understood, to be raised as a warning by the statement's owner (never an error).
struct HintWarning {
  std::uint16_t code = 0;  // 8061 (unsupported), 8064 (syntax)
  std::string_view text;   // the whole message
};

}  // namespace sluice::sql
