/// Finds the slots of outer columns in a plan.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "planner/physical_plan.h"
#include "types/value.h"

namespace sluice::executor {

/// The slots of the Correlated expressions below `plan` (common table expressions included), by column id; each once.
std::map<std::int64_t, std::vector<std::shared_ptr<types::Value>>> find_correlated_slots(
    const planner::PhysicalPlan& plan);

}  // namespace sluice::executor
