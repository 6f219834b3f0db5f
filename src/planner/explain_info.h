/// The texts of EXPLAIN's columns for one operator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::planner {

struct PhysicalPlan;

/// TiDB's name of the operator: "TableReader", "IndexRangeScan", "HashAgg".
std::string_view operator_name(const PhysicalPlan& node);

/// "table:t, index:idx(a, b)", or empty.
std::string access_object(const PhysicalPlan& node);

/// Names of other operators within a text: with their numbers or without.
enum class NameStyle : std::uint8_t { kNumbered, kBrief };

/// "range:[1,1], keep order:false, stats:pseudo", "inner join, equal:[...]".
std::string operator_info(const PhysicalPlan& node, NameStyle style);

}  // namespace sluice::planner
