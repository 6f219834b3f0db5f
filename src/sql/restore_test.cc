#include "sql/restore.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/sql_error.h"
#include "sql/ast_visitor.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

struct RestoreCase {
  const char* input;
  const char* expected;
};

void expect_restored(const RestoreCase& test_case, const RestoreOptions& options) {
  const ParseResult parsed = parse(test_case.input);
  ASSERT_EQ(parsed.statements().size(), 1u) << test_case.input;
  const std::string text = restore(*parsed.statements()[0], options);
  EXPECT_EQ(text, test_case.expected);
  const ParseResult again = parse(text);
  ASSERT_EQ(again.statements().size(), 1u) << text;
  EXPECT_EQ(restore(*again.statements()[0], options), text);
}

class RestoreStatement : public testing::TestWithParam<RestoreCase> {};

TEST_P(RestoreStatement, GivesTextThatReadsBackAsItself) { expect_restored(GetParam(), {}); }

INSTANTIATE_TEST_SUITE_P(
    Expressions, RestoreStatement,
    testing::Values(
        RestoreCase{"select 1+2*3", "SELECT 1+2*3"}, RestoreCase{"select (1+2)*3", "SELECT (1+2)*3"},
        RestoreCase{"select a.b, c.d.e, `x``y`", "SELECT `a`.`b`,`c`.`d`.`e`,`x``y`"},
        RestoreCase{"select 'it''s', \"a\\nb\", N'x', _latin1'y'",
                    "SELECT _UTF8MB4'it''s',_UTF8MB4'a\nb',_UTF8'x',_LATIN1'y'"},
        RestoreCase{"select 'a' 'b'", "SELECT _UTF8MB4'ab'"},
        RestoreCase{"select x'4D', 0x4d4e, b'101', 0b1", "SELECT x'4d',x'4d4e',b'101',b'1'"},
        RestoreCase{"select 1.50, .5, 1e3, 18446744073709551616", "SELECT 1.50,.5,1e3,18446744073709551616"},
        RestoreCase{"select date '2020-01-01', {ts '2020-01-01 10:00:00'}",
                    "SELECT DATE '2020-01-01',TIMESTAMP '2020-01-01 10:00:00'"},
        RestoreCase{"select null, true, false, \\N", "SELECT NULL,TRUE,FALSE,NULL"},
        RestoreCase{"select @a, @'b c', @@x, @@global.y, @@session.z, @a := 1",
                    "SELECT @`a`,@`b c`,@@`x`,@@GLOBAL.`y`,@@SESSION.`z`,@`a`:=1"},
        RestoreCase{"select not a and b or c xor d", "SELECT NOT `a` AND `b` OR `c` XOR `d`"},
        RestoreCase{"select !a, -a, ~a, - -1", "SELECT !`a`,-`a`,~`a`,--1"},
        RestoreCase{"select a is null, a is not true, a is unknown",
                    "SELECT `a` IS NULL,`a` IS NOT TRUE,`a` IS UNKNOWN"},
        RestoreCase{"select a between 1 and 2 and b", "SELECT `a` BETWEEN 1 AND 2 AND `b`"},
        RestoreCase{"select a not in (1, 2), (a, b) in ((1, 2)), a in (select 1)",
                    "SELECT `a` NOT IN (1,2),ROW(`a`,`b`) IN (ROW(1,2)),`a` IN (SELECT 1)"},
        RestoreCase{"select a like 'x%', a not like 'y' escape '|', a rlike 'z'",
                    "SELECT `a` LIKE _UTF8MB4'x%',`a` NOT LIKE _UTF8MB4'y' ESCAPE '|',`a` REGEXP _UTF8MB4'z'"},
        RestoreCase{"select a > all (select 1), a = some (select 2)",
                    "SELECT `a` > ALL (SELECT 1),`a` = ANY (SELECT 2)"},
        RestoreCase{"select exists (select 1), (select 2), ((select 3)), ((select 4) + 1)",
                    "SELECT EXISTS (SELECT 1),(SELECT 2),((SELECT 3)),((SELECT 4)+1)"},
        RestoreCase{"select case when a then 1 else 2 end, case a when 1 then 2 end",
                    "SELECT CASE WHEN `a` THEN 1 ELSE 2 END,CASE `a` WHEN 1 THEN 2 END"},
        RestoreCase{"select a->'$.x', a->>'$.y', 1 member of ('[1]')",
                    "SELECT JSON_EXTRACT(`a`, _UTF8MB4'$.x'),JSON_UNQUOTE(JSON_EXTRACT(`a`, _UTF8MB4'$.y')),1 MEMBER "
                    "OF (_UTF8MB4'[1]')"},
        RestoreCase{"select a + interval 1 day, interval 2 hour + a, a - interval '1:1' minute_second",
                    "SELECT DATE_ADD(`a`, INTERVAL 1 DAY),DATE_ADD(`a`, INTERVAL 2 HOUR),DATE_SUB(`a`, INTERVAL "
                    "_UTF8MB4'1:1' MINUTE_SECOND)"},
        RestoreCase{
            "select interval(1, 2, 3), date_add(a, interval 1 + 1 month), adddate(a, 3), subdate(a, interval 1 year)",
            "SELECT INTERVAL(1, 2, 3),DATE_ADD(`a`, INTERVAL 1+1 MONTH),ADDDATE(`a`, 3),SUBDATE(`a`, INTERVAL 1 YEAR)"},
        RestoreCase{"select extract(day from a), timestampdiff(minute, a, b), get_format(date, 'USA')",
                    "SELECT EXTRACT(DAY FROM `a`),TIMESTAMPDIFF(MINUTE, `a`, `b`),GET_FORMAT(DATE, _UTF8MB4'USA')"},
        RestoreCase{
            "select trim(a), trim(leading from a), trim('x' from a), trim(both 'x' from a)",
            "SELECT TRIM(`a`),TRIM(LEADING FROM `a`),TRIM(_UTF8MB4'x' FROM `a`),TRIM(BOTH _UTF8MB4'x' FROM `a`)"},
        RestoreCase{"select substring(a from 2 for 3), substr(a, 1), position('a' in b)",
                    "SELECT SUBSTRING(`a`, 2, 3),SUBSTR(`a`, 1),POSITION(_UTF8MB4'a' IN `b`)"},
        RestoreCase{"select char(1, 2 using utf8mb4), convert(a using latin1), weight_string(a as char(3))",
                    "SELECT CHAR(1, 2 USING utf8mb4),CONVERT(`a` USING 'latin1'),WEIGHT_STRING(`a` AS CHAR(3))"},
        RestoreCase{"select cast(a as signed), cast(a as char(3) charset utf8), cast(a as unsigned array), convert(a, "
                    "decimal(5,2)), binary a",
                    "SELECT CAST(`a` AS SIGNED),CAST(`a` AS CHAR(3) CHARACTER SET utf8),CAST(`a` AS UNSIGNED "
                    "ARRAY),CONVERT(`a`, DECIMAL(5,2)),BINARY `a`"},
        RestoreCase{
            "select a collate utf8mb4_bin, now(), now(6), current_timestamp, if(a, b, c), database(), left(a, 1)",
            "SELECT `a` COLLATE utf8mb4_bin,NOW(),NOW(6),CURRENT_TIMESTAMP(),IF(`a`, `b`, `c`),DATABASE(),LEFT(`a`, "
            "1)"},
        RestoreCase{
            "select count(*), count(distinct a, b), sum(all a), std(a), group_concat(a order by b desc separator ';')",
            "SELECT COUNT(1),COUNT(DISTINCT `a`, `b`),SUM(`a`),STDDEV_POP(`a`),GROUP_CONCAT(`a` ORDER BY `b` DESC "
            "SEPARATOR ';')"},
        RestoreCase{"select row_number() over (partition by a order by b), sum(a) over w, lag(a, 1, 2) over (order by "
                    "a rows between 1 preceding and "
                    "unbounded following) from t window w as (order by c)",
                    "SELECT ROW_NUMBER() OVER (PARTITION BY `a` ORDER BY `b`),SUM(`a`) OVER `w`,LAG(`a`, 1, 2) OVER ( "
                    "ORDER BY `a` ROWS BETWEEN 1 PRECEDING "
                    "AND UNBOUNDED FOLLOWING) FROM `t` WINDOW `w` AS ( ORDER BY `c`)"},
        RestoreCase{"select match(a, b) against ('x' in boolean mode)",
                    "SELECT MATCH (`a`,`b`) AGAINST (_UTF8MB4'x' IN BOOLEAN MODE)"},
        RestoreCase{"select default(a), nextval(s), next value for db.s, a sounds like b",
                    "SELECT DEFAULT(`a`),NEXTVAL(`s`),NEXTVAL(`db`.`s`),SOUNDEX(`a`)=SOUNDEX(`b`)"},
        RestoreCase{"select a div b, a mod b, a % b, a ^ b | c & d << 2",
                    "SELECT `a` DIV `b`,`a`%`b`,`a`%`b`,`a`^`b`|`c`&`d`<<2"}));

INSTANTIATE_TEST_SUITE_P(
    Queries, RestoreStatement,
    testing::Values(
        RestoreCase{"select * , t.*, db.t.*, a x, b as 'y' from t",
                    "SELECT *,`t`.*,`db`.`t`.*,`a` AS `x`,`b` AS `y` FROM `t`"},
        RestoreCase{"select distinct sql_calc_found_rows a from t where b group by c with rollup having d order by e "
                    "desc, 1 limit 2, 3",
                    "SELECT DISTINCT SQL_CALC_FOUND_ROWS `a` FROM `t` WHERE `b` GROUP BY `c` WITH ROLLUP HAVING `d` "
                    "ORDER BY `e` DESC,1 LIMIT 2,3"},
        RestoreCase{"select 1 from a, b join c on x = y left join d using (p, q)",
                    "SELECT 1 FROM `a` JOIN ((`b` JOIN `c` ON `x`=`y`) LEFT JOIN `d` USING (`p`,`q`))"},
        RestoreCase{"select 1 from a natural right join b straight_join c",
                    "SELECT 1 FROM (`a` NATURAL RIGHT JOIN `b`) STRAIGHT_JOIN `c`"},
        RestoreCase{"select 1 from a left join b left join c on 1 on 2",
                    "SELECT 1 FROM `a` LEFT JOIN (`b` LEFT JOIN `c` ON 1) ON 2"},
        RestoreCase{"select 1 from a join b join c on 1", "SELECT 1 FROM (`a` JOIN `b`) JOIN `c` ON 1"},
        RestoreCase{"select 1 from a join b join c on 1 on 2", "SELECT 1 FROM `a` JOIN (`b` JOIN `c` ON 1) ON 2"},
        RestoreCase{"select 1 from (select 2) x, ((select 3)) y, (a join b), lateral (select 4) z(c)",
                    "SELECT 1 FROM (((SELECT 2) AS `x` JOIN ((SELECT 3)) AS `y`) JOIN (`a` JOIN `b`)) JOIN LATERAL "
                    "(SELECT 4) AS `z`(`c`)"},
        RestoreCase{"select 1 from t partition (p0, p1) as x use index (i) ignore index for order by (primary) "
                    "tablesample regions()",
                    "SELECT 1 FROM `t` PARTITION(`p0`, `p1`) AS `x` USE INDEX (`i`) IGNORE INDEX FOR ORDER BY "
                    "(`PRIMARY`) TABLESAMPLE regions()"},
        RestoreCase{"select 1 from t as of timestamp now() - interval 1 second x",
                    "SELECT 1 FROM `t` AS OF TIMESTAMP DATE_SUB(NOW(), INTERVAL 1 SECOND) AS `x`"},
        RestoreCase{"select 1 union all select 2 except (select 3 limit 1) intersect select 4 order by 1",
                    "SELECT 1 UNION ALL SELECT 2 EXCEPT (SELECT 3 LIMIT 1) INTERSECT SELECT 4 ORDER BY 1"},
        RestoreCase{"(select 1 limit 5) limit 2", "(SELECT 1 LIMIT 5) LIMIT 2"},
        RestoreCase{"with recursive c(n) as (select 1 union all select n + 1 from c), d as (select 2) select * from c",
                    "WITH RECURSIVE `c` (`n`) AS (SELECT 1 UNION ALL SELECT `n`+1 FROM `c`), `d` AS (SELECT 2) SELECT "
                    "* FROM `c`"},
        RestoreCase{"select 1 from t for update of t, u nowait", "SELECT 1 FROM `t` FOR UPDATE OF `t`, `u` NOWAIT"},
        RestoreCase{"select 1 from t lock in share mode", "SELECT 1 FROM `t` FOR SHARE"},
        RestoreCase{"select 1 from t for share skip locked", "SELECT 1 FROM `t` FOR SHARE SKIP LOCKED"},
        RestoreCase{"table t", "TABLE `t`"}, RestoreCase{"values row(1, 2), row(3, 4)", "VALUES ROW(1,2), ROW(3,4)"},
        RestoreCase{"select 1 into outfile 'f' fields terminated by ',' lines terminated by ';'",
                    "SELECT 1 INTO OUTFILE 'f' FIELDS TERMINATED BY ',' ENCLOSED BY '' ESCAPED BY '\\\\' LINES "
                    "STARTING BY '' TERMINATED BY ';'"},
        RestoreCase{"select /*+ HASH_JOIN(@sel_1 t1, t2@qb) use_index(t, i, j) max_execution_time(100) memory_quota(2 "
                    "MB) set_var(a=1) */ 1",
                    "SELECT /*+ hash_join(@`sel_1` `t1`, `t2`@`qb`) use_index(`t` `i`, `j`) max_execution_time(100) "
                    "memory_quota(2 MB) set_var(a='1')*/ 1"}));

INSTANTIATE_TEST_SUITE_P(
    Changes, RestoreStatement,
    testing::Values(
        RestoreCase{"insert low_priority ignore into t (a, b) values (1, default), (?, 2) on duplicate key update a = "
                    "values(a), b = b + 1",
                    "INSERT LOW_PRIORITY IGNORE INTO `t` (`a`,`b`) VALUES (1,DEFAULT),(?,2) ON DUPLICATE KEY UPDATE "
                    "`a`=VALUES(`a`),`b`=`b`+1"},
        RestoreCase{"insert t values ()", "INSERT INTO `t` VALUES ()"},
        RestoreCase{"replace into t set a = 1, b = 2", "REPLACE INTO `t` (`a`,`b`) VALUES (1,2)"},
        RestoreCase{"insert into t (select 1) on duplicate key update a = 1",
                    "INSERT INTO `t` (SELECT 1) ON DUPLICATE KEY UPDATE `a`=1"},
        RestoreCase{"insert into t select * from a join b on duplicate key update c = 1",
                    "INSERT INTO `t` SELECT * FROM `a` JOIN `b` ON DUPLICATE KEY UPDATE `c`=1"},
        RestoreCase{"update t set a = 1, b = default where c order by d limit 1",
                    "UPDATE `t` SET `a`=1, `b`=DEFAULT WHERE `c` ORDER BY `d` LIMIT 1"},
        RestoreCase{"update a, b set a.x = b.y where a.i = b.i",
                    "UPDATE `a` JOIN `b` SET `a`.`x`=`b`.`y` WHERE `a`.`i`=`b`.`i`"},
        RestoreCase{"delete quick from t where a limit 1", "DELETE QUICK FROM `t` WHERE `a` LIMIT 1"},
        RestoreCase{"delete a, b.* from a join b", "DELETE `a`,`b` FROM `a` JOIN `b`"},
        RestoreCase{"delete from a, b using a join b where 1", "DELETE FROM `a`,`b` USING `a` JOIN `b` WHERE 1"},
        RestoreCase{
            "create table if not exists t (a int unsigned not null auto_increment primary key, b varchar(10) charset "
            "utf8 default 'x' comment 'c', "
            "c int as (a + 1) stored, key i (b(3) desc, (a + 1)), unique u (a), foreign key f (a) references p (x) on "
            "delete cascade, check (a > 1)) "
            "engine = innodb comment 'k'",
            "CREATE TABLE IF NOT EXISTS `t` (`a` INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,`b` VARCHAR(10) "
            "CHARACTER SET utf8 DEFAULT "
            "_UTF8MB4'x' COMMENT 'c',`c` INT GENERATED ALWAYS AS (`a`+1) STORED,INDEX `i`(`b`(3) DESC, (`a`+1)),UNIQUE "
            "`u`(`a`),CONSTRAINT `f` FOREIGN "
            "KEY(`a`) REFERENCES `p`(`x`) ON DELETE CASCADE,CHECK(`a`>1) ENFORCED) ENGINE = innodb COMMENT = 'k'"},
        RestoreCase{"create table t (a int) partition by range (a) (partition p0 values less than (1), partition p1 "
                    "values less than maxvalue)",
                    "CREATE TABLE `t` (`a` INT) PARTITION BY RANGE (`a`) (PARTITION `p0` VALUES LESS THAN "
                    "(1),PARTITION `p1` VALUES LESS THAN (MAXVALUE))"},
        RestoreCase{"create table t (a int /*T![auto_rand] auto_random(5) */, primary key (a) /*T![clustered_index] "
                    "clustered */) /*T! shard_row_id_bits = 2 */",
                    "CREATE TABLE `t` (`a` INT AUTO_RANDOM(5),PRIMARY KEY(`a`) CLUSTERED) SHARD_ROW_ID_BITS = 2"},
        RestoreCase{"create unique index i on t (a, b) invisible",
                    "CREATE UNIQUE INDEX `i` ON `t` (`a`, `b`) INVISIBLE"},
        RestoreCase{"alter table t add column a int first, drop b, modify c bigint after d, rename to u, add index (x)",
                    "ALTER TABLE `t` ADD COLUMN `a` INT FIRST, DROP COLUMN `b`, MODIFY COLUMN `c` BIGINT AFTER `d`, "
                    "RENAME AS `u`, ADD INDEX(`x`)"},
        RestoreCase{"create or replace algorithm = merge definer = 'u'@'h' sql security invoker view v (a) as select 1 "
                    "with check option",
                    "CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `u`@`h` SQL SECURITY INVOKER VIEW `v` (`a`) AS "
                    "SELECT 1 WITH CASCADED CHECK OPTION"},
        RestoreCase{"explain format = 'brief' select 1", "EXPLAIN FORMAT = 'brief' SELECT 1"}));

TEST(Restore, OptionsOfGeneratedColumnsGiveLowerCaseAndSpaces) {
  const ParsedExpression parsed = parse_expression("a+1 = concat('x', b) and cast(c as signed array)");
  EXPECT_EQ(
      restore(*parsed.expression,
              {.keyword_case = KeywordCase::kLower, .spaces_around_operators = true, .string_introducers = false}),
      "`a` + 1 = concat('x', `b`) and cast(`c` as signed array)");
}

TEST(Restore, DefaultSchemaGoesInFrontOfTablesWithoutOne) {
  const ParseResult parsed = parse("select a from t join d.u");
  EXPECT_EQ(restore(*parsed.statements()[0], {.default_schema = "test"}), "SELECT `a` FROM `test`.`t` JOIN `d`.`u`");
}

TEST(Restore, DefaultSchemaLeavesNamesOfCommonTableExpressionsAlone) {
  const ParseResult parsed = parse(
      "with w as (select 1 as a from w), v as (select a from W) select a from v, (with t as (select 2) select * from "
      "t) d, t");
  EXPECT_EQ(restore(*parsed.statements()[0], {.default_schema = "test"}),
            "WITH `w` AS (SELECT 1 AS `a` FROM `test`.`w`), `v` AS (SELECT `a` FROM `W`) SELECT `a` FROM (`v` JOIN "
            "(WITH `t` AS "
            "(SELECT 2) SELECT * FROM `t`) AS `d`) JOIN `test`.`t`");
  const ParseResult recursive = parse("with recursive r as (select 1 union all select 2 from r) select 1 from r, s");
  EXPECT_EQ(restore(*recursive.statements()[0], {.default_schema = "test"}),
            "WITH RECURSIVE `r` AS (SELECT 1 UNION ALL SELECT 2 FROM `r`) SELECT 1 FROM `r` JOIN `test`.`s`");
}

/// Random expressions over all operators: what is restored reads back as the same text.
TEST(Restore, RandomExpressionsReadBackAsThemselves) {
  std::uint32_t state = 20240607;  // the seed
  const auto next = [&state](std::uint32_t bound) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % bound;
  };
  const char* const binary[] = {"+", "-",   "*",  "/", "%",  " div ", "|",    "&",     "^",  "<<", ">>",
                                "=", "<=>", "<>", "<", ">=", " and ", " or ", " xor ", "||", "&&"};
  const char* const leaves[] = {"a",   "t.b",   "1",  "2.5",        "'s'",   "null",     "?",   "@v",
                                "@@w", "x'41'", "-3", "(select 1)", "now()", "count(*)", "1e3", "true"};
  std::function<std::string(int)> make = [&](int depth) -> std::string {
    if (depth == 0) return leaves[next(std::size(leaves))];
    switch (next(14)) {
      case 0:
        return "(" + make(depth - 1) + ")";
      case 1:
        return "not " + make(depth - 1);
      case 2:
        return "-" + make(depth - 1);
      case 3:
        return "(" + make(depth - 1) + ") is not null";
      case 4:
        return "(" + make(depth - 1) + ") between " + make(0) + " and " + make(0);
      case 5:
        return "(" + make(depth - 1) + ") in (" + make(depth - 1) + ", " + make(0) + ")";
      case 6:
        return "f(" + make(depth - 1) + ", " + make(depth - 1) + ")";
      case 7:
        return "case when " + make(depth - 1) + " then " + make(depth - 1) + " else " + make(0) + " end";
      case 8:
        return "(" + make(depth - 1) + ") like " + make(0);
      case 9:
        return "cast(" + make(depth - 1) + " as char)";
      case 10:
        return "(" + make(depth - 1) + ") collate utf8mb4_bin";
      default:
        return make(depth - 1) + binary[next(std::size(binary))] + make(depth - 1);
    }
  };
  int readable = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = "select " + make(4);
    std::string once;
    try {
      once = restore(*parse(text).statements()[0]);
    } catch (const SqlError&) {
      continue;  // e.g. NOT on the right side of an operator
    }
    ++readable;
    ASSERT_EQ(restore(*parse(once).statements()[0]), once) << text;
  }
  EXPECT_GT(readable, 1500);
}

TEST(Visitor, ChildrenComeFromLeftToRight) {
  const ParsedExpression parsed = parse_expression("case a when b then c else d end");
  std::string names;
  for_each_child(*parsed.expression, [&](const Expression& child) { names += child.as<ColumnReference>().column; });
  EXPECT_EQ(names, "abcd");
}

}  // namespace
}  // namespace sluice::sql
