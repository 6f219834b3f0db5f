#pragma once

#include "catalog/table_info.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::catalog {

/// Database ids and table ids of the system tables; fixed, so that code can reach them without a look-up.
/// The DDL tables' ids are TiDB's (TIDB-FACTS section 3.1).
namespace system_id {
inline constexpr std::int64_t kMaxTableId = (std::int64_t{1} << 48) - 1;
inline constexpr std::int64_t kMysqlDatabase = 1;
inline constexpr std::int64_t kTestDatabase = 2;
inline constexpr std::int64_t kDdlJob = kMaxTableId - 1;
inline constexpr std::int64_t kDdlReorg = kMaxTableId - 2;
inline constexpr std::int64_t kDdlHistory = kMaxTableId - 3;
inline constexpr std::int64_t kMdlInfo = kMaxTableId - 4;
inline constexpr std::int64_t kUser = kMaxTableId - 20;
inline constexpr std::int64_t kDb = kMaxTableId - 21;
inline constexpr std::int64_t kTablesPriv = kMaxTableId - 22;
inline constexpr std::int64_t kColumnsPriv = kMaxTableId - 23;
inline constexpr std::int64_t kGlobalVariables = kMaxTableId - 24;
inline constexpr std::int64_t kTidb = kMaxTableId - 25;
inline constexpr std::int64_t kStatsMeta = kMaxTableId - 26;
inline constexpr std::int64_t kStatsHistograms = kMaxTableId - 27;
inline constexpr std::int64_t kStatsBuckets = kMaxTableId - 28;
inline constexpr std::int64_t kStatsTopN = kMaxTableId - 29;
inline constexpr std::int64_t kGcDeleteRange = kMaxTableId - 30;
inline constexpr std::int64_t kGcDeleteRangeDone = kMaxTableId - 31;
inline constexpr std::int64_t kGlobalPriv = kMaxTableId - 32;
inline constexpr std::int64_t kGlobalGrants = kMaxTableId - 33;
inline constexpr std::int64_t kRoleEdges = kMaxTableId - 34;
inline constexpr std::int64_t kDefaultRoles = kMaxTableId - 35;
inline constexpr std::int64_t kBindInfo = kMaxTableId - 36;
inline constexpr std::int64_t kHelpTopic = kMaxTableId - 37;
inline constexpr std::int64_t kAnalyzeJobs = kMaxTableId - 38;
inline constexpr std::int64_t kGeneralLog = kMaxTableId - 39;
inline constexpr std::int64_t kSlowLog = kMaxTableId - 40;
}  // namespace system_id

/// The definitions of all tables of the database `mysql`, built once. Thread-safe.
std::span<const TableInfo> system_tables();

/// The definition of one of them. Throws InternalError for an id that is not among system_id.
const TableInfo& system_table(std::int64_t table_id);

/// Whether `lower_name` is a database that users cannot drop or create objects in by mistake: mysql, information_schema,
/// performance_schema, metrics_schema.
bool is_system_database(std::string_view lower_name) noexcept;

}  // namespace sluice::catalog
