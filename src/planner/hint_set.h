/// Optimizer hints as the planner uses them (TIDB-FACTS section 5.4).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "planner/logical_plan.h"
#include "planner/plan_context.h"
#include "sql/ast_hint.h"

namespace sluice {
class WarningList;
}

namespace sluice::planner {

/// The hints of one query block. Table names are lower-case aliases.
struct HintSet {
  struct JoinHint {
    std::string name;  // "hash_join" ...
    std::vector<std::string> tables;
    bool used = false;
  };
  struct IndexHint {
    std::string name;  // "use_index" ...
    std::string database;
    std::string table;
    std::vector<std::string> indexes;  // lower case
    bool used = false;
  };
  std::vector<JoinHint> joins;
  std::vector<IndexHint> indexes;
  std::vector<std::string> leading;
  bool straight_join = false;
  bool hash_aggregate = false;
  bool stream_aggregate = false;
  bool no_decorrelate = false;
  bool semi_join_rewrite = false;
  bool merge_cte = false;
};

/// Sorts the hints of a statement by query block and raises the warnings for what is not understood.
class HintRegistry {
 public:
  /// Takes the hints written in block `own_name` ("sel_1"); hints with another block's name are kept for that one.
  void add(sql::List<sql::Hint> hints, std::string_view own_name, StatementHints& statement, WarningList* warnings);
  /// The hints of a block.
  HintSet block(std::string_view name) const;
  /// The alias under which QB_NAME made a block known; `name` itself otherwise.
  std::string resolve(std::string_view name) const;

 private:
  std::map<std::string, HintSet, std::less<>> blocks_;
  std::map<std::string, std::string, std::less<>> names_;
};

/// Collects the hints of the statement's blocks for join planning; `aliases` are those of the tables a join has on its two sides.
JoinHints join_hints(const HintSet& hints, const std::vector<std::string>& left_aliases,
                     const std::vector<std::string>& right_aliases);

}  // namespace sluice::planner
