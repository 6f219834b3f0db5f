#include "planner/hint_set.h"

#include <algorithm>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "catalog/name.h"

namespace sluice::planner {

using catalog::to_lower;

namespace {

/// Other names of hints.
constexpr std::pair<std::string_view, std::string_view> kSynonyms[] = {
    {"tidb_smj", "merge_join"},
    {"tidb_inlj", "inl_join"},
    {"index_join", "inl_join"},
    {"index_hash_join", "inl_hash_join"},
    {"index_merge_join", "inl_merge_join"},
    {"tidb_hj", "hash_join"},
    {"no_inl_join", "no_index_join"},
    {"no_inl_hash_join", "no_index_hash_join"},
};

constexpr std::string_view kJoinHints[] = {
    "merge_join",     "no_merge_join",       "inl_join",  "no_index_join", "inl_hash_join",   "no_index_hash_join",
    "inl_merge_join", "no_index_merge_join", "hash_join", "no_hash_join",  "hash_join_build", "hash_join_probe",
};

constexpr std::string_view kIndexHints[] = {"use_index", "force_index", "ignore_index", "order_index",
                                            "no_order_index"};

/// Understood and without effect on an embedded store.
constexpr std::string_view kAccepted[] = {
    "use_index_merge",
    "no_index_merge",
    "read_from_storage",
    "agg_to_cop",
    "limit_to_cop",
    "mpp_1phase_agg",
    "mpp_2phase_agg",
    "use_toja",
    "read_consistent_replica",
    "resource_group",
    "nth_plan",
    "ignore_plan_cache",
    "use_cascades",
    "time_range",
    "shuffle_join",
    "broadcast_join",
    "tidb_bcj",
    "use_plan_cache",
    "hypo_index",
    "tidb_kv_read_timeout",
    "index_lookup_pushdown",
    "query_type",
    "force_range_scan",
    "write_slow_log",
    "swap_join_inputs",
};

template <std::size_t N>
bool contains(const std::string_view (&list)[N], std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

}  // namespace

std::string HintRegistry::resolve(std::string_view name) const {
  const auto found = names_.find(to_lower(name));
  return found == names_.end() ? to_lower(name) : found->second;
}

void HintRegistry::add(sql::List<sql::Hint> hints, std::string_view own_name, StatementHints& statement,
                       WarningList* warnings) {
  for (const sql::Hint& hint : hints) {
    if (hint.name == "qb_name") names_[to_lower(hint.argument)] = std::string(own_name);
  }
  for (const sql::Hint& hint : hints) {
    std::string name = to_lower(hint.name);
    for (const auto& [synonym, canonical] : kSynonyms) {
      if (name == synonym) name = canonical;
    }
    std::string block_name = hint.query_block.empty() ? std::string(own_name) : resolve(hint.query_block);
    if (hint.query_block.empty() && !hint.tables.empty() && !hint.tables[0].query_block.empty()) {
      block_name = resolve(hint.tables[0].query_block);
    }
    HintSet& set = blocks_[block_name];
    if (contains(kJoinHints, name)) {
      HintSet::JoinHint join{name, {}, false};
      for (const sql::HintTable& table : hint.tables) join.tables.push_back(to_lower(table.table));
      set.joins.push_back(std::move(join));
    } else if (contains(kIndexHints, name)) {
      if (hint.tables.empty()) continue;
      HintSet::IndexHint index{name, to_lower(hint.tables[0].schema), to_lower(hint.tables[0].table), {}, false};
      for (sql::Name index_name : hint.indexes) index.indexes.push_back(to_lower(index_name));
      set.indexes.push_back(std::move(index));
    } else if (name == "leading") {
      if (set.leading.empty()) {
        for (const sql::HintTable& table : hint.tables) set.leading.push_back(to_lower(table.table));
      }
    } else if (name == "straight_join") {
      set.straight_join = true;
    } else if (name == "hash_agg") {
      set.hash_aggregate = true;
    } else if (name == "stream_agg") {
      set.stream_aggregate = true;
    } else if (name == "no_decorrelate") {
      set.no_decorrelate = true;
    } else if (name == "semi_join_rewrite") {
      set.semi_join_rewrite = true;
    } else if (name == "merge") {
      set.merge_cte = true;
    } else if (name == "max_execution_time") {
      statement.max_execution_time_ms = hint.number;
    } else if (name == "memory_quota") {
      statement.memory_quota_bytes = static_cast<std::int64_t>(hint.number);
    } else if (name == "set_var") {
      statement.set_var.emplace_back(std::string(hint.argument), std::string(hint.second_argument));
    } else if (name != "qb_name" && !contains(kAccepted, name) && warnings != nullptr) {
      warnings->append(SqlError(ErrorCode::kHintNotSupported, hint.name));
    }
  }
}

HintSet HintRegistry::block(std::string_view name) const {
  const auto found = blocks_.find(name);
  return found == blocks_.end() ? HintSet{} : found->second;
}

namespace {

bool names_any(const std::vector<std::string>& tables, const std::vector<std::string>& aliases) {
  for (const std::string& alias : aliases) {
    if (std::find(tables.begin(), tables.end(), alias) != tables.end()) return true;
  }
  return false;
}

}  // namespace

JoinHints join_hints(const HintSet& hints, const std::vector<std::string>& left_aliases,
                     const std::vector<std::string>& right_aliases) {
  JoinHints result;
  for (const HintSet::JoinHint& hint : hints.joins) {
    const bool negative = hint.name.starts_with("no_");
    const bool everything = hint.tables.empty();
    if (!everything && !names_any(hint.tables, left_aliases) && !names_any(hint.tables, right_aliases)) continue;
    std::uint16_t method = 0;
    if (hint.name.ends_with("index_hash_join") || hint.name == "inl_hash_join")
      method = JoinHints::kIndexHash;
    else if (hint.name.ends_with("index_merge_join") || hint.name == "inl_merge_join")
      method = JoinHints::kIndexMerge;
    else if (hint.name.ends_with("index_join") || hint.name == "inl_join")
      method = JoinHints::kIndexLookUp;
    else if (hint.name.ends_with("merge_join"))
      method = JoinHints::kMerge;
    else if (hint.name.find("hash_join") != std::string::npos)
      method = JoinHints::kHash;
    if (negative) {
      result.forbid |= method;
      continue;
    }
    result.prefer |= method;
    if (hint.name == "hash_join_build")
      result.build_tables.insert(result.build_tables.end(), hint.tables.begin(), hint.tables.end());
    if (hint.name == "hash_join_probe")
      result.probe_tables.insert(result.probe_tables.end(), hint.tables.begin(), hint.tables.end());
    if (method == JoinHints::kIndexLookUp || method == JoinHints::kIndexHash || method == JoinHints::kIndexMerge) {
      result.inner_tables.insert(result.inner_tables.end(), hint.tables.begin(), hint.tables.end());
    }
  }
  return result;
}

}  // namespace sluice::planner
