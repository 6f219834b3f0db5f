/// Limits that a session sets itself against mistakes (mysql --safe-updates). Source: MySQL 8.0 manual, 5.1.8 "Server System Variables".
#pragma once

#include <cstdint>

namespace sluice::planner {

struct PhysicalPlan;

/// sql_safe_updates: throws SqlError 1175 if `plan` is an UPDATE or DELETE that reads the whole of a table that it writes, and has no LIMIT.
void check_safe_update(const PhysicalPlan& plan);

/// max_join_size: throws SqlError 1104 if an operator of `plan` is expected to read or make more rows than that. An UPDATE or DELETE of one
/// table is not limited, as in MySQL.
void check_join_size(const PhysicalPlan& plan, std::uint64_t most_rows);

}  // namespace sluice::planner
