#include "planner/optimize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/sql_error.h"
#include "kv/key_range.h"
#include "planner/ranges.h"
#include "planner/test_catalog.h"

namespace sluice::planner {
namespace {

struct PlanCase {
  const char* name;
  const char* sql;
  const char* expected;  // between line breaks
};

class Optimize : public testing::TestWithParam<PlanCase> {};

TEST_P(Optimize, ChoosesThePlan) {
  TestCatalog catalog;
  EXPECT_EQ("\n" + catalog.explain(GetParam().sql), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Optimize,
    testing::Values(
        PlanCase{"point_by_handle", "select * from t where a = 1", R"plan(
Point_Get 1.00 | table:t | handle:1
)plan"},
        PlanCase{"points_by_handle", "select a, b from t where a in (1, 2, 3)", R"plan(
Batch_Point_Get 3.00 | table:t | handle:[1 2 3], keep order:false, desc:false
)plan"},
        PlanCase{"index_look_up", "select * from t where b = 5", R"plan(
IndexLookUp 10.00
├─IndexRangeScan(Build) 10.00 | table:t, index:idx_b(b) | range:[5,5], keep order:false, stats:pseudo
└─TableRowIDScan(Probe) 10.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"covering_index_range", "select b, c from t where b = 5 and c > 3", R"plan(
IndexReader 3.33 | index:IndexRangeScan
└─IndexRangeScan 3.33 | table:t, index:idx_bc(b, c) | range:(5 3,5 +inf], keep order:false, stats:pseudo
)plan"},
        PlanCase{"point_by_unique_index", "select a from t where d = 'x'", R"plan(
Projection 1.00 | test.t.a
└─Point_Get 1.00 | table:t, index:uk_d(d)
)plan"},
        PlanCase{"descending_handle_range_with_limit", "select * from t where a > 5 and a < 10 order by a desc limit 3",
                 R"plan(
Limit 3.00 | offset:0, count:3
└─TableReader 3.00 | data:Limit
  └─Limit 3.00 | offset:0, count:3
    └─TableRangeScan 6.00 | table:t | range:(5,10), keep order:true, desc, stats:pseudo
)plan"},
        PlanCase{"index_order_serves_limit", "select * from t order by b limit 10", R"plan(
Limit 10.00 | offset:0, count:10
└─IndexLookUp 10.00
  ├─Limit(Build) 10.00 | offset:0, count:10
  │ └─IndexFullScan 10000.00 | table:t, index:idx_b(b) | keep order:true, stats:pseudo
  └─TableRowIDScan(Probe) 10000.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"having_above_stream_aggregate", "select b, count(*) from t group by b having count(*) > 1 order by b",
                 R"plan(
Projection 6400.00 | test.t.b, Column#5
└─Selection 6400.00 | gt(Column#5, 1)
  └─StreamAgg 8000.00 | group by:test.t.b, funcs:count(1)->Column#5, funcs:firstrow(test.t.b)->test.t.b
    └─IndexReader 10000.00 | index:IndexFullScan
      └─IndexFullScan 10000.00 | table:t, index:idx_b(b) | keep order:true, stats:pseudo
)plan"},
        PlanCase{"outer_join_becomes_inner", "select * from t left join s on t.b = s.b where s.c = 3", R"plan(
IndexJoin 12.50 | inner join, inner:IndexLookUp, outer key:test.s.b, inner key:test.t.b, equal cond:eq(test.s.b, test.t.b)
├─TableReader(Build) 10.00 | data:Selection
│ └─Selection 10.00 | eq(test.s.c, 3)
│   └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
└─IndexLookUp(Probe) 100.00
  ├─IndexRangeScan(Build) 100.00 | table:t, index:idx_b(b) | range: decided by [eq(test.t.b, test.s.b)], keep order:false, stats:pseudo
  └─TableRowIDScan(Probe) 100.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"in_subquery_is_semi_join", "select * from t where b in (select a from s)", R"plan(
HashJoin 8000.00 | semi join, equal:[eq(test.t.b, test.s.a)]
├─IndexReader(Build) 10000.00 | index:IndexFullScan
│ └─IndexFullScan 10000.00 | table:s, index:idx_a(a) | keep order:false, stats:pseudo
└─TableReader(Probe) 10000.00 | data:TableFullScan
  └─TableFullScan 10000.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"not_in_is_null_aware", "select * from t where b not in (select a from s)", R"plan(
HashJoin 8000.00 | Null-aware anti semi join, equal:[eq(test.t.b, test.s.a)]
├─IndexReader(Build) 10000.00 | index:IndexFullScan
│ └─IndexFullScan 10000.00 | table:s, index:idx_a(a) | keep order:false, stats:pseudo
└─TableReader(Probe) 10000.00 | data:TableFullScan
  └─TableFullScan 10000.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"correlated_exists_is_unnested",
                 "select count(*) from t where exists (select 1 from s where s.a = t.a and s.b > t.b)", R"plan(
StreamAgg 1.00 | funcs:count(1)->Column#10
└─HashJoin 8000.00 | semi join, equal:[eq(test.t.a, test.s.a)], other cond:gt(test.s.b, test.t.b)
  ├─TableReader(Build) 10000.00 | data:TableFullScan
  │ └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
  └─IndexReader(Probe) 10000.00 | index:IndexFullScan
    └─IndexFullScan 10000.00 | table:t, index:idx_b(b) | keep order:false, stats:pseudo
)plan"},
        PlanCase{"correlated_count_is_unnested", "select a from t where b = (select count(*) from s where s.a = t.a)",
                 R"plan(
Projection 8000.00 | test.t.a
└─Selection 8000.00 | eq(test.t.b, ifnull(Column#10, 0))
  └─MergeJoin 10000.00 | left outer join, left key:test.t.a, right key:test.s.a
    ├─StreamAgg(Build) 8000.00 | group by:test.s.a, funcs:count(1)->Column#10, funcs:firstrow(test.s.a)->test.s.a
    │ └─IndexReader 10000.00 | index:IndexFullScan
    │   └─IndexFullScan 10000.00 | table:s, index:idx_a(a) | keep order:true, stats:pseudo
    └─TableReader(Probe) 10000.00 | data:TableFullScan
      └─TableFullScan 10000.00 | table:t | keep order:true, stats:pseudo
)plan"},
        PlanCase{"scalar_subquery_without_key_is_applied",
                 "select a from t where b > (select b from s where s.a = t.a)", R"plan(
Projection 8000.00 | test.t.a
└─Apply 8000.00 | CARTESIAN inner join, other cond:gt(test.t.b, test.s.b)
  ├─IndexReader(Build) 10000.00 | index:IndexFullScan
  │ └─IndexFullScan 10000.00 | table:t, index:idx_b(b) | keep order:false, stats:pseudo
  └─MaxOneRow(Probe) 1.00
    └─IndexLookUp 10.00
      ├─IndexRangeScan(Build) 10.00 | table:s, index:idx_a(a) | range: decided by [eq(test.s.a, test.t.a)], keep order:false, stats:pseudo
      └─TableRowIDScan(Probe) 10.00 | table:s | keep order:false, stats:pseudo
)plan"},
        PlanCase{"correlated_in", "select * from t where a in (select t2.a from t t2 where t2.b = t.b and t2.c > 5)",
                 R"plan(
HashJoin 8000.00 | semi join, equal:[eq(test.t.a, test.t.a) eq(test.t.b, test.t.b)]
├─IndexReader(Build) 3333.33 | index:Selection
│ └─Selection 3333.33 | gt(test.t.c, 5)
│   └─IndexFullScan 10000.00 | table:t2, index:idx_bc(b, c) | keep order:false, stats:pseudo
└─TableReader(Probe) 10000.00 | data:TableFullScan
  └─TableFullScan 10000.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"correlated_groups",
                 "select a from t where b in (select b from s where s.c = t.c group by b having count(*) > 1)", R"plan(
Projection 8000.00 | test.t.a
└─HashJoin 8000.00 | semi join, equal:[eq(test.t.b, test.s.b) eq(test.t.c, test.s.c)]
  ├─Selection(Build) 6400.00 | gt(Column#9, 1)
  │ └─HashAgg 8000.00 | group by:test.s.b, test.s.c, funcs:count(1)->Column#9, funcs:firstrow(test.s.b)->test.s.b, funcs:firstrow(test.s.c)->test.s.c
  │   └─TableReader 10000.00 | data:TableFullScan
  │     └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
  └─IndexReader(Probe) 10000.00 | index:IndexFullScan
    └─IndexFullScan 10000.00 | table:t, index:idx_bc(b, c) | keep order:false, stats:pseudo
)plan"},
        PlanCase{"exists_as_value", "select a, exists(select 1 from s where s.a = t.a) from t", R"plan(
HashJoin 10000.00 | left outer semi join, equal:[eq(test.t.a, test.s.a)]
├─IndexReader(Build) 10000.00 | index:IndexFullScan
│ └─IndexFullScan 10000.00 | table:s, index:idx_a(a) | keep order:false, stats:pseudo
└─TableReader(Probe) 10000.00 | data:TableFullScan
  └─TableFullScan 10000.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"max_reads_one_entry", "select max(b) from t", R"plan(
StreamAgg 1.00 | funcs:max(test.t.b)->Column#5
└─Limit 1.00 | offset:0, count:1
  └─IndexReader 1.00 | index:Limit
    └─Limit 1.00 | offset:0, count:1
      └─IndexRangeScan 9990.00 | table:t, index:idx_b(b) | range:[-inf,+inf], keep order:true, desc, stats:pseudo
)plan"},
        PlanCase{"unused_outer_join_goes", "select s.a from s left join t on s.a = t.a", R"plan(
IndexReader 10000.00 | index:IndexFullScan
└─IndexFullScan 10000.00 | table:s, index:idx_a(a) | keep order:false, stats:pseudo
)plan"},
        PlanCase{"join_order_from_the_smallest",
                 "select * from t t1, t t2, s where t1.a = t2.b and t2.a = s.a and s.b = 1", R"plan(
IndexJoin 10.00 | inner join, inner:TableReader, outer key:test.t.b, inner key:test.t.a, equal cond:eq(test.t.b, test.t.a)
├─IndexJoin(Build) 10.00 | inner join, inner:TableReader, outer key:test.s.a, inner key:test.t.a, equal cond:eq(test.s.a, test.t.a)
│ ├─TableReader(Build) 10.00 | data:Selection
│ │ └─Selection 10.00 | eq(test.s.b, 1)
│ │   └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
│ └─TableReader(Probe) 10.00 | data:TableRangeScan
│   └─TableRangeScan 10.00 | table:t2 | range: decided by [test.s.a], keep order:false, stats:pseudo
└─TableReader(Probe) 10.00 | data:TableRangeScan
  └─TableRangeScan 10.00 | table:t1 | range: decided by [test.t.b], keep order:false, stats:pseudo
)plan"},
        PlanCase{"limit_into_union", "(select a from t) union all (select b from s) order by a limit 3", R"plan(
TopN 3.00 | Column#9, offset:0, count:3
└─Union 6.00
  ├─Limit 3.00 | offset:0, count:3
  │ └─TableReader 3.00 | data:Limit
  │   └─Limit 3.00 | offset:0, count:3
  │     └─TableFullScan 10000.00 | table:t | keep order:true, stats:pseudo
  └─TopN 3.00 | test.s.b, offset:0, count:3
    └─TableReader 3.00 | data:TopN
      └─TopN 3.00 | test.s.b, offset:0, count:3
        └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
)plan"},
        PlanCase{"union_distinct", "select a from t union select b from s order by 1 limit 5", R"plan(
TopN 5.00 | Column#9, offset:0, count:5
└─HashAgg 16000.00 | group by:Column#9, funcs:firstrow(Column#9)->Column#9
  └─Union 20000.00
    ├─TableReader 10000.00 | data:TableFullScan
    │ └─TableFullScan 10000.00 | table:t | keep order:false, stats:pseudo
    └─TableReader 10000.00 | data:TableFullScan
      └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
)plan"},
        PlanCase{"recursive_cte",
                 "with recursive c(n) as (select 1 union all select n + 1 from c where n < 10) select * from c", R"plan(
CTEFullScan 801.00 | CTE:c | data:CTE_0
CTE_0 801.00 | Recursive CTE
├─Projection(Seed Part) 1.00 | Column#1
│ └─Projection 1.00 | 1->Column#1
│   └─TableDual 1.00 | rows:1
└─Projection(Recursive Part) 800.00 | Column#4
  └─Projection 800.00 | plus(Column#3, 1)->Column#4
    └─Selection 800.00 | lt(Column#3, 10)
      └─CTETable 1000.00 | Scan on CTE_0
)plan"},
        PlanCase{"cte_read_twice", "with x as (select a from t) select * from x x1, x x2", R"plan(
HashJoin 100000000.00 | CARTESIAN inner join
├─CTEFullScan(Build) 10000.00 | CTE:x AS x2 | data:CTE_0
└─CTEFullScan(Probe) 10000.00 | CTE:x AS x1 | data:CTE_0
CTE_0 10000.00 | Non-Recursive CTE
└─Projection(Seed Part) 10000.00 | test.t.a
  └─TableReader 10000.00 | data:TableFullScan
    └─TableFullScan 10000.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"predicate_through_projection",
                 "select * from (select a, b + 1 as bb from t) x where bb > 5 and a = 3", R"plan(
Projection 0.80 | test.t.a, plus(test.t.b, 1)->Column#5
└─Selection 0.80 | gt(plus(test.t.b, 1), 5)
  └─Point_Get 1.00 | table:t | handle:3
)plan"},
        PlanCase{"row_in_list", "select * from t where (a, b) in ((1,2),(3,4))", R"plan(
Selection 2.00 | or(and(eq(test.t.a, 1), eq(test.t.b, 2)), and(eq(test.t.a, 3), eq(test.t.b, 4)))
└─Batch_Point_Get 2.00 | table:t | handle:[1 3], keep order:false, desc:false
)plan"},
        PlanCase{"hint_inl_join", "select /*+ inl_join(s) */ t.b, s.b from t join s on t.b = s.a", R"plan(
Projection 12500.00 | test.t.b, test.s.b
└─IndexJoin 12500.00 | inner join, inner:IndexLookUp, outer key:test.t.b, inner key:test.s.a, equal cond:eq(test.t.b, test.s.a)
  ├─IndexReader(Build) 10000.00 | index:IndexFullScan
  │ └─IndexFullScan 10000.00 | table:t, index:idx_b(b) | keep order:false, stats:pseudo
  └─IndexLookUp(Probe) 100000.00
    ├─IndexRangeScan(Build) 100000.00 | table:s, index:idx_a(a) | range: decided by [eq(test.s.a, test.t.b)], keep order:false, stats:pseudo
    └─TableRowIDScan(Probe) 100000.00 | table:s | keep order:false, stats:pseudo
)plan"},
        PlanCase{"hint_merge_join", "select /*+ merge_join(t) */ t.b, s.b from t join s on t.b = s.a", R"plan(
Projection 12500.00 | test.t.b, test.s.b
└─MergeJoin 12500.00 | inner join, left key:test.t.b, right key:test.s.a
  ├─Sort(Build) 10000.00 | test.s.a
  │ └─TableReader 10000.00 | data:TableFullScan
  │   └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
  └─IndexReader(Probe) 10000.00 | index:IndexFullScan
    └─IndexFullScan 10000.00 | table:t, index:idx_b(b) | keep order:true, stats:pseudo
)plan"},
        PlanCase{"hint_hash_join", "select /*+ hash_join(t) */ t.b, s.b from t join s on t.b = s.a where t.a = 3",
                 R"plan(
Projection 1.25 | test.t.b, test.s.b
└─HashJoin 1.25 | inner join, equal:[eq(test.t.b, test.s.a)]
  ├─Point_Get(Build) 1.00 | table:t | handle:3
  └─TableReader(Probe) 10000.00 | data:TableFullScan
    └─TableFullScan 10000.00 | table:s | keep order:false, stats:pseudo
)plan"},
        PlanCase{"use_index", "select * from t use index(idx_b) where c = 5", R"plan(
IndexLookUp 10.00
├─IndexFullScan(Build) 10000.00 | table:t, index:idx_b(b) | keep order:false, stats:pseudo
└─Selection(Probe) 10.00 | eq(test.t.c, 5)
  └─TableRowIDScan 10000.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"contradiction_reads_nothing", "select * from t where a = 1 and a = 2", R"plan(
TableDual 0.00 | rows:0
)plan"},
        PlanCase{"impossible_constant", "select * from t where a = 5.5", R"plan(
TableDual 0.00 | rows:0
)plan"},
        PlanCase{"fraction_beside_integer", "select * from t where a < 5.5", R"plan(
TableReader 3333.33 | data:TableRangeScan
└─TableRangeScan 3333.33 | table:t | range:[-inf,6), keep order:false, stats:pseudo
)plan"},
        PlanCase{"or_of_one_column", "select sum(t.a) from t where b = 3 or b = 5", R"plan(
StreamAgg 1.00 | funcs:sum(test.t.a)->Column#5
└─IndexReader 20.00 | index:IndexRangeScan
  └─IndexRangeScan 20.00 | table:t, index:idx_b(b) | range:[3,3], [5,5], keep order:false, stats:pseudo
)plan"},
        PlanCase{"like_prefix", "select d from t where d like 'ab%'", R"plan(
IndexReader 250.00 | index:Selection
└─Selection 250.00 | like(test.t.d, "ab%", 92)
  └─IndexRangeScan 250.00 | table:t, index:uk_d(d) | range:["ab","ac"), keep order:false, stats:pseudo
)plan"},
        PlanCase{"clustered_key_point", "select * from u where x = 5 and y = 'abc'", R"plan(
Point_Get 1.00 | table:u, clustered index:PRIMARY(x, y)
)plan"},
        PlanCase{"virtual_column_index", "select * from e where g = 3", R"plan(
IndexLookUp 10.00
├─IndexRangeScan(Build) 10.00 | table:e, index:idx_g(g) | range:[3,3], keep order:false, stats:pseudo
└─TableRowIDScan(Probe) 10.00 | table:e | keep order:false, stats:pseudo
)plan"},
        PlanCase{"update_point_locks", "update t set b = b + 1 where a = 5", R"plan(
Update N/A | N/A
└─Point_Get 1.00 | table:t | handle:5, lock
)plan"},
        PlanCase{"delete_range", "delete from t where b = 3", R"plan(
Delete N/A | N/A
└─IndexLookUp 10.00
  ├─IndexRangeScan(Build) 10.00 | table:t, index:idx_b(b) | range:[3,3], keep order:false, stats:pseudo
  └─TableRowIDScan(Probe) 10.00 | table:t | keep order:false, stats:pseudo
)plan"},
        PlanCase{"insert_with_subquery", "insert into t (a, b) values ((select max(a) from s), 2)", R"plan(
Insert N/A | N/A
└─Projection 1.00 | Column#9, 2->Column#11
  └─HashJoin 1.00 | CARTESIAN inner join
    ├─StreamAgg(Build) 1.00 | funcs:max(test.s.a)->Column#9
    │ └─Limit 1.00 | offset:0, count:1
    │   └─IndexReader 1.00 | index:Limit
    │     └─Limit 1.00 | offset:0, count:1
    │       └─IndexRangeScan 9990.00 | table:s, index:idx_a(a) | range:[-inf,+inf], keep order:true, desc, stats:pseudo
    └─TableDual(Probe) 1.00 | rows:1
)plan"},
        PlanCase{"select_for_update", "select * from t where b = 3 for update", R"plan(
SelectLock 10.00 | for update 0
└─IndexLookUp 10.00
  ├─IndexRangeScan(Build) 10.00 | table:t, index:idx_b(b) | range:[3,3], keep order:false, stats:pseudo
  └─TableRowIDScan(Probe) 10.00 | table:t | keep order:false, stats:pseudo
)plan"}),
    [](const auto& info) { return info.param.name; });

struct ErrorCase {
  const char* name;
  const char* sql;
  int number;
  const char* message;
};

class OptimizeError : public testing::TestWithParam<ErrorCase> {};

TEST_P(OptimizeError, IsMysqls) {
  TestCatalog catalog;
  try {
    catalog.plan(GetParam().sql);
    FAIL() << "no error";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), GetParam().number);
    EXPECT_STREQ(error.what(), GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Names, OptimizeError,
    testing::Values(
        ErrorCase{"unknown_column", "select x from t", 1054, "Unknown column 'x' in 'field list'"},
        ErrorCase{"unknown_in_where", "select 1 from t where t.x = 1", 1054, "Unknown column 't.x' in 'where clause'"},
        ErrorCase{"alias_in_where", "select a as z from t where z = 1", 1054, "Unknown column 'z' in 'where clause'"},
        ErrorCase{"ambiguous_column", "select a from t, s", 1052, "Column 'a' in field list is ambiguous"},
        ErrorCase{"table_of_a_later_join", "select 1 from t, s join u on t.a = u.x", 1054,
                  "Unknown column 't.a' in 'on clause'"},
        ErrorCase{"unknown_table", "select 1 from nowhere", 1146, "Table 'test.nowhere' doesn't exist"},
        ErrorCase{"alias_twice", "select 1 from t, t", 1066, "Not unique table/alias: 't'"},
        ErrorCase{"derived_without_alias", "select 1 from (select 1)", 1248,
                  "Every derived table must have its own alias"},
        ErrorCase{"union_of_unequal_width", "select 1, 2 union select 1", 1222,
                  "The used SELECT statements have a different number of columns"},
        ErrorCase{"two_columns_as_value", "select (select a, b from t)", 1241, "Operand should contain 1 column(s)"},
        ErrorCase{"row_in_of_other_width", "select 1 from t where (a, b) in (select a from s)", 1241,
                  "Operand should contain 2 column(s)"},
        ErrorCase{"aggregate_in_where", "select 1 from t where sum(a) > 1", 1111, "Invalid use of group function"},
        ErrorCase{"ungrouped_column", "select b from t group by c", 1055,
                  "Expression #1 of SELECT list is not in GROUP BY clause and contains nonaggregated column 'test.t.b' "
                  "which is not functionally dependent on "
                  "columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by"},
        ErrorCase{"wrong_value_count", "insert into t (a, b) values (1)", 1136,
                  "Column count doesn't match value count at row 1"},
        ErrorCase{"column_given_twice", "insert into t (a, a) values (1, 2)", 1110, "Column 'a' specified twice"},
        ErrorCase{"generated_column_given", "insert into e (a, g) values (1, 2)", 3105,
                  "The value specified for generated column 'g' in table 'e' is not allowed."},
        ErrorCase{"unknown_index", "select 1 from t use index (nope)", 1176, "Key 'nope' doesn't exist in table 't'"}),
    [](const auto& info) { return info.param.name; });

TEST(OptimizeWrites, OutsideStrictModeAValueOfAGeneratedColumnIsPassedOverWithAWarning) {
  TestCatalog catalog;
  catalog.eval().sql_mode = types::SqlMode();
  EXPECT_NO_THROW(catalog.plan("insert into e (a, g) values (1, 2)"));
  EXPECT_EQ(catalog.warnings().count(), 1u);
  EXPECT_THROW(catalog.plan("update e set g = 2"), SqlError);
}

TEST(OptimizeLocks, APointReadWaitsAsTheStatementSays) {
  TestCatalog catalog;
  const auto request = [&](const std::string& text) {
    const auto planned = catalog.plan(text);
    const PhysicalPlan* node = planned->root.get();
    while (node->kind != PlanKind::kPointGet && node->kind != PlanKind::kBatchPointGet)
      node = node->children.at(0).get();
    return node->kind == PlanKind::kPointGet ? static_cast<const PointGetPlan&>(*node).lock
                                             : static_cast<const BatchPointGetPlan&>(*node).lock;
  };
  EXPECT_FALSE(request("select b from t where a = 1").has_value());
  EXPECT_EQ(request("select b from t where a = 1 for update")->wait, LockWait::kWait);
  EXPECT_EQ(request("select b from t where a = 1 for update nowait")->wait, LockWait::kNoWait);
  EXPECT_EQ(request("select b from t where a in (1, 2) for update skip locked")->wait, LockWait::kSkipLocked);
  EXPECT_EQ(request("select b from t where a = 1 for update wait 7")->wait_seconds, 7u);
  EXPECT_EQ(request("update t set b = 1 where a = 1")->wait, LockWait::kWait);
}

TEST(OptimizeGroups, KeysDetermineTheOtherColumns) {
  TestCatalog catalog;
  EXPECT_NO_THROW(catalog.plan("select a, b, c from t group by a"));
  EXPECT_NO_THROW(catalog.plan("select t.b, s.b from t join s on t.a = s.a group by t.a, s._tidb_rowid"));
  EXPECT_THROW(catalog.plan("select a, b from s group by a"), SqlError);
}

TEST(OptimizeParameters, APlanIsExecutedAgainWithOtherValues) {
  TestCatalog catalog;
  catalog.set_parameters({types::Value(std::int64_t{7})});
  const auto planned = catalog.plan("select b from t where a = ?");
  ASSERT_TRUE(planned->cacheable);
  ASSERT_TRUE(planned->is_point_get);
  const PhysicalPlan* node = planned->root.get();
  while (node->kind != PlanKind::kPointGet) node = node->children[0].get();
  const auto& point = static_cast<const PointGetPlan&>(*node);
  const types::Value first[] = {types::Value(std::int64_t{7})};
  const types::Value second[] = {types::Value(std::int64_t{8})};
  const types::Value none[] = {types::Value::null()};
  catalog.eval().parameters = first;
  const auto key = resolve_point_key(point, catalog.eval());
  catalog.eval().parameters = second;
  const auto other = resolve_point_key(point, catalog.eval());
  ASSERT_TRUE(key.has_value() && other.has_value());
  EXPECT_LT(*key, *other);
  catalog.eval().parameters = none;
  EXPECT_FALSE(resolve_point_key(point, catalog.eval()).has_value());
}

struct LimitCase {
  const char* name;
  types::Value value;
  std::optional<std::uint64_t> expected;
};
class LimitNumber : public testing::TestWithParam<LimitCase> {};

TEST_P(LimitNumber, IsAWholeNumber) { EXPECT_EQ(limit_number(GetParam().value), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Values, LimitNumber,
                         testing::Values(LimitCase{"integer", types::Value(std::int64_t{7}), 7u},
                                         LimitCase{"negative", types::Value(std::int64_t{-1}), std::nullopt},
                                         LimitCase{"largest", types::Value(UINT64_MAX), UINT64_MAX},
                                         LimitCase{"whole_double", types::Value(10.0), 10u},
                                         LimitCase{"fraction", types::Value(1.5), std::nullopt},
                                         LimitCase{"huge_double", types::Value(1e30), std::nullopt},
                                         LimitCase{"not_a_number", types::Value(std::nan("")), std::nullopt},
                                         LimitCase{"digits", types::Value("12"), 12u},
                                         LimitCase{"text", types::Value("12a"), std::nullopt},
                                         LimitCase{"empty", types::Value(""), std::nullopt},
                                         LimitCase{"null", types::Value::null(), std::nullopt}),
                         [](const auto& info) { return info.param.name; });

TEST(OptimizeParameters, ALimitIsPlannedBeforeItsNumberIsKnown) {
  TestCatalog catalog;
  catalog.set_parameters({types::Value::null()});
  EXPECT_NO_THROW(catalog.plan("select b from t limit ?"));
  catalog.set_parameters({types::Value(std::int64_t{-1})});
  EXPECT_THROW(catalog.plan("select b from t limit ?"), SqlError);
}

TEST(OptimizeParameters, RangesAreBuiltAtExecution) {
  TestCatalog catalog;
  catalog.set_parameters({types::Value(std::int64_t{3}), types::Value(std::int64_t{9})});
  const auto planned = catalog.plan("select b from t where b between ? and ?");
  ASSERT_TRUE(planned->cacheable);
  const PhysicalPlan* node = planned->root.get();
  while (!node->children.empty()) node = node->children[0].get();
  const auto& scan = static_cast<const IndexScanPlan&>(*node);
  EXPECT_TRUE(scan.ranges.dynamic);
  const auto first = resolve_key_ranges(scan, catalog.eval(), catalog.stop().token());
  const types::Value reversed[] = {types::Value(std::int64_t{9}), types::Value(std::int64_t{3})};
  catalog.eval().parameters = reversed;
  EXPECT_EQ(first.size(), 1u);
  EXPECT_TRUE(resolve_key_ranges(scan, catalog.eval(), catalog.stop().token()).empty());
}

TEST(OptimizeStop, AStopEndsThePlanningOfManyTables) {
  TestCatalog catalog;
  std::string from = "t t0";
  std::string where = "t0.a = 1";
  for (int i = 1; i < 25; ++i) {
    const std::string alias = "t" + std::to_string(i);
    from += ", t " + alias;
    where += " and " + alias + ".a = t" + std::to_string(i - 1) + ".b";
  }
  EXPECT_NO_THROW(catalog.plan("select count(*) from " + from + " where " + where));
  catalog.stop().request_stop(StopReason::kQueryKilled);
  EXPECT_THROW(catalog.plan("select count(*) from " + from + " where " + where), Stopped);
}

TEST(OptimizeHints, UnknownOnesAreWarnings) {
  TestCatalog catalog;
  EXPECT_NO_THROW(catalog.plan("select /*+ max_execution_time(100) */ 1 from t"));
  EXPECT_EQ(catalog.plan("select /*+ max_execution_time(100) */ 1 from t")->hints.max_execution_time_ms, 100u);
}

}  // namespace
}  // namespace sluice::planner
