/// EXPLAIN's output in TiDB's formats (TIDB-FACTS section 5.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::planner {

struct PhysicalPlan;

enum class ExplainFormat : std::uint8_t { kRow, kBrief, kVerbose, kDot };

/// What the executor measured for one operator. Texts are finished: "time:1.2ms, loops:2", "1.5 KB", "N/A".
struct OperatorRuntime {
  std::uint64_t actual_rows = 0;
  std::string execution_info;
  std::string memory = "N/A";
  std::string disk = "N/A";
};

/// The executor's side of EXPLAIN ANALYZE.
class RuntimeStats {
 public:
  virtual ~RuntimeStats() = default;
  /// Figures of the node with this PhysicalPlan::id; zeros and empty texts for a node that did not run.
  virtual OperatorRuntime operator_runtime(int plan_id) const = 0;
};

/// The format named in EXPLAIN FORMAT = '...' (any case; empty: row). Throws 1791 for an unknown one.
ExplainFormat explain_format(std::string_view name);

/// Column names of the result. `analyzed`: of EXPLAIN ANALYZE.
std::vector<std::string> explain_columns(ExplainFormat format, bool analyzed);

/// One line per operator. `runtime` is null for plain EXPLAIN.
std::vector<std::vector<std::string>> explain_rows(const PhysicalPlan& plan, ExplainFormat format,
                                                   const RuntimeStats* runtime);

}  // namespace sluice::planner
