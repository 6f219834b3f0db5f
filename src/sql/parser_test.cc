#include "sql/parser.h"

#include <gtest/gtest.h>

#include <string>

#include "base/sql_error.h"
#include "base/stop_token.h"
#include "sql/ast_account.h"
#include "sql/ast_admin.h"
#include "sql/ast_schema_object.h"
#include "sql/ast_show.h"
#include "sql/ast_simple.h"

namespace sluice::sql {
namespace {

std::string error_of(std::string_view text, const ParseOptions& options = {}) {
  try {
    parse(text, options);
  } catch (const SqlError& error) {
    return std::to_string(error.number()) + " " + error.what();
  }
  return "";
}

constexpr const char* kSyntaxError =
    "1064 You have an error in your SQL syntax; check the manual that corresponds to your TiDB version for the right "
    "syntax to use ";

// ---- every kind of statement -----------------------------------------------------------------------------------------

struct KindCase {
  const char* text;
  StatementKind kind;
};
class ParseKind : public testing::TestWithParam<KindCase> {};

TEST_P(ParseKind, ReadsTheWholeStatement) {
  const std::string text = std::string(GetParam().text) + " ; select 1";
  const ParseResult parsed = parse(text);
  const bool takes_all = GetParam().kind == StatementKind::kUnsupported;
  ASSERT_EQ(parsed.statements().size(), takes_all ? 1u : 2u);
  EXPECT_EQ(parsed.statements()[0]->kind, GetParam().kind);
  if (!takes_all) {
    EXPECT_EQ(parsed.statements()[0]->text, GetParam().text);
  }
}

using enum StatementKind;

INSTANTIATE_TEST_SUITE_P(
    Data, ParseKind,
    testing::Values(
        KindCase{"select 1", kQuery}, KindCase{"(select 1) union (select 2)", kQuery},
        KindCase{"with a as (select 1) select * from a", kQuery},
        KindCase{"with a as (select 1) update t set b = 1", kUpdate},
        KindCase{"with a as (select 1) delete from t", kDelete}, KindCase{"insert into t values (1)", kInsert},
        KindCase{"replace t set a = 1", kInsert}, KindCase{"update t set a = 1", kUpdate},
        KindCase{"delete from t", kDelete}, KindCase{"delete t from t, u where 1", kDelete},
        KindCase{"load data low_priority local infile 'f' replace into table t partition (p) character set utf8 "
                 "columns terminated by ',' "
                 "optionally enclosed by '\"' escaped by '' lines starting by 'x' terminated by '\\n' ignore 1 lines "
                 "(a, @b) set c = @b + 1",
                 kLoadData},
        KindCase{"import into t (a, @b) set c = @b from 's3://x' format 'csv' with thread = 4, detached", kImportInto},
        KindCase{"import into t from select * from u", kImportInto},
        KindCase{"batch on t.a limit 10 dry run query delete from t", kBatch}, KindCase{"do sleep(1), 2", kDo},
        KindCase{"call p(1)", kCall}, KindCase{"table t order by 1 limit 1", kQuery}));

INSTANTIATE_TEST_SUITE_P(
    Definition, ParseKind,
    testing::Values(
        KindCase{"create table t (a int)", kCreateTable}, KindCase{"create table t like u", kCreateTable},
        KindCase{"create table t as select 1", kCreateTable},
        KindCase{"create temporary table t (a int)", kCreateTable},
        KindCase{"create global temporary table t (a int) on commit delete rows", kCreateTable},
        KindCase{"create table t (a int) partition by hash (a) partitions 4", kCreateTable},
        KindCase{"create table t (a int, b int) partition by list columns (a, b) (partition p values in ((1, 2), (3, "
                 "4)), partition q default)",
                 kCreateTable},
        KindCase{"create table t (a datetime) ttl = a + interval 1 day ttl_enable = 'OFF'", kCreateTable},
        KindCase{"create table t (id int) placement policy = p1 auto_id_cache 1", kCreateTable},
        KindCase{"alter table t add index i (a), algorithm = inplace, lock = none", kAlterTable},
        KindCase{"alter table t exchange partition p with table u without validation", kAlterTable},
        KindCase{"alter table t reorganize partition p, q into (partition r values less than (9))", kAlterTable},
        KindCase{"alter table t set tiflash replica 1 location labels 'a', 'b'", kAlterTable},
        KindCase{"alter table t cache", kAlterTable},
        KindCase{"alter table t convert to character set utf8mb4 collate utf8mb4_bin", kAlterTable},
        KindCase{"alter table t", kAlterTable}, KindCase{"drop table if exists a, b.c restrict", kDropTable},
        KindCase{"truncate t", kTruncateTable}, KindCase{"rename table a to b, c to d", kRenameTable},
        KindCase{"create fulltext index i on t (a) with parser p", kCreateIndex},
        KindCase{"drop index if exists i on t", kDropIndex}, KindCase{"recover table by job 5", kRecoverTable},
        KindCase{"flashback table t to u", kFlashbackTable}, KindCase{"flashback database d to e", kFlashbackDatabase},
        KindCase{"flashback cluster to timestamp '2020-01-01'", kFlashbackCluster},
        KindCase{"optimize local table t, d.u", kMaintainTables},
        KindCase{"check table t, u for upgrade quick", kMaintainTables},
        KindCase{"checksum tables t extended", kMaintainTables}, KindCase{"repair table t use_frm", kMaintainTables},
        KindCase{"create database if not exists d default charset = utf8 collate utf8_bin", kCreateDatabase},
        KindCase{"alter schema charset utf8mb4", kAlterDatabase}, KindCase{"drop schema if exists d", kDropDatabase},
        KindCase{"create view v as select 1", kCreateView}, KindCase{"drop view v, w cascade", kDropView},
        KindCase{"create sequence s start with 1 increment by 2 nocache cycle", kCreateSequence},
        KindCase{"alter sequence s restart with 5", kAlterSequence}, KindCase{"drop sequence s", kDropSequence},
        KindCase{"create placement policy p primary_region='a' regions='a,b' followers=2", kCreatePlacementPolicy},
        KindCase{"drop placement policy if exists p", kDropPlacementPolicy},
        KindCase{"create resource group r ru_per_sec = 100 burstable", kCreateResourceGroup},
        KindCase{"alter resource group r query_limit=(exec_elapsed='1s', action=kill)", kAlterResourceGroup},
        KindCase{"set resource group r", kSetResourceGroup},
        KindCase{"create statistics s (correlation) on t(a, b)", kCreateStatistics}));

INSTANTIATE_TEST_SUITE_P(
    Accounts, ParseKind,
    testing::Values(
        KindCase{"create user if not exists 'a'@'%' identified by 'x', b identified with 'caching_sha2_password' as "
                 "'y' require ssl with "
                 "max_user_connections 5 password expire interval 3 day account lock comment 'c'",
                 kCreateUser},
        KindCase{"alter user user() identified by 'x'", kAlterUser}, KindCase{"drop user a, 'b'@localhost", kDropUser},
        KindCase{"rename user a to b", kRenameUser}, KindCase{"create role r1, 'r2'@'h'", kCreateRole},
        KindCase{"drop role r1", kDropRole},
        KindCase{"grant select (a, b), insert, create view on d.* to u with grant option", kGrant},
        KindCase{"grant all privileges on *.* to u", kGrant},
        KindCase{"grant backup_admin, system_variables_admin on *.* to u", kGrant},
        KindCase{"grant execute on t to 'u'@'%' require ssl", kGrant},
        KindCase{"grant r1, 'r2'@'h' to u, v with admin option", kGrantRole}, KindCase{"grant r to u", kGrantRole},
        KindCase{"grant proxy on a to b", kGrantProxy}, KindCase{"revoke select on *.* from u", kRevoke},
        KindCase{"revoke all privileges, grant option from u", kRevoke}, KindCase{"revoke r1, r2 from u", kRevokeRole},
        KindCase{"set password for 'u'@'h' = 'x'", kSetPassword}, KindCase{"set role all except r", kSetRole},
        KindCase{"set default role none to u", kSetDefaultRole}));

INSTANTIATE_TEST_SUITE_P(
    Session, ParseKind,
    testing::Values(KindCase{"set a = 1, global b = on, @c = 2, @@session.d = default, names utf8mb4 collate "
                             "utf8mb4_bin, character set latin1",
                             kSetVariables},
                    KindCase{"set transaction isolation level read committed, read only", kSetTransaction},
                    KindCase{"use d", kUse}, KindCase{"begin pessimistic", kBegin},
                    KindCase{"start transaction with consistent snapshot", kBegin},
                    KindCase{"start transaction read only as of timestamp '2020-01-01'", kBegin},
                    KindCase{"commit and chain no release", kCommit}, KindCase{"rollback work", kRollback},
                    KindCase{"savepoint s", kSavepoint}, KindCase{"release savepoint s", kReleaseSavepoint},
                    KindCase{"rollback to s", kRollbackToSavepoint},
                    KindCase{"lock tables a read, b as c write", kLockTables}, KindCase{"unlock tables", kUnlockTables},
                    KindCase{"prepare s from 'select 1'", kPrepare}, KindCase{"execute s using @a, @b", kExecute},
                    KindCase{"deallocate prepare s", kDeallocate}, KindCase{"drop prepare s", kDeallocate},
                    KindCase{"explain analyze select 1", kExplain},
                    KindCase{"desc format = 'dot' delete from t", kExplain},
                    KindCase{"explain for connection 5", kExplain}, KindCase{"desc t a", kShow},
                    KindCase{"trace format = 'json' select 1", kTrace}, KindCase{"kill tidb query 5", kKill},
                    KindCase{"kill connection_id()", kKill}, KindCase{"flush tables a, b with read lock", kFlush},
                    KindCase{"flush privileges", kFlush}, KindCase{"shutdown", kShutdown}, KindCase{"help 'x'", kHelp},
                    KindCase{"analyze table t partition p index i with 5 topn, 0.1 samplerate", kAnalyzeTable},
                    KindCase{"drop stats t", kDropStats}, KindCase{"lock stats a, b", kLockStats},
                    KindCase{"split table t index i between (1) and (9) regions 4", kSplitRegion},
                    KindCase{"create global binding for select 1 using select /*+ hash_agg() */ 1", kCreateBinding},
                    KindCase{"drop binding for sql digest 'x'", kDropBinding},
                    KindCase{"set binding enabled for select 1", kSetBinding},
                    KindCase{"plan replayer dump explain select 1", kPlanReplayer},
                    KindCase{"backup database * to 'local:///x' rate_limit = 5 MB/SECOND", kBackupRestore},
                    KindCase{"create procedure p() begin select 1; end", kUnsupported},
                    KindCase{"create definer = u trigger x before insert on t for each row set a = 1", kUnsupported},
                    KindCase{"xa start 'x'", kUnsupported}));

INSTANTIATE_TEST_SUITE_P(
    Show, ParseKind,
    testing::Values(
        KindCase{"show databases like 'a%'", kShow}, KindCase{"show full tables from d where a = 1", kShow},
        KindCase{"show table status", kShow}, KindCase{"show extended full columns from t in d like 'x'", kShow},
        KindCase{"show keys from d.t", kShow}, KindCase{"show create table t", kShow},
        KindCase{"show create user current_user()", kShow}, KindCase{"show grants for u using r", kShow},
        KindCase{"show count(*) warnings", kShow}, KindCase{"show warnings limit 1, 2", kShow},
        KindCase{"show global variables where variable_name = 'a'", kShow},
        KindCase{"show session status like 'x'", kShow}, KindCase{"show full processlist", kShow},
        KindCase{"show character set", kShow}, KindCase{"show table t partition (p) index i regions", kShow},
        KindCase{"show stats_meta where db_name = 'a'", kShow}, KindCase{"show global bindings", kShow},
        KindCase{"show engine innodb status", kShow}, KindCase{"show placement for table t partition p", kShow},
        KindCase{"show binary log status", kShow}, KindCase{"show master status", kShow},
        KindCase{"show triggers", kShow}, KindCase{"show plugins", kShow},
        KindCase{"show profile cpu for query 1", kShow}, KindCase{"show config where type = 'tidb'", kShow},
        KindCase{"show open tables in d", kShow}, KindCase{"show import job 1", kShow}));

INSTANTIATE_TEST_SUITE_P(
    Admin, ParseKind,
    testing::Values(KindCase{"admin show ddl", kAdmin}, KindCase{"admin show ddl jobs 5 where state = 'x'", kAdmin},
                    KindCase{"admin show ddl job queries 1, 2", kAdmin},
                    KindCase{"admin show ddl job queries limit 5 offset 2", kAdmin},
                    KindCase{"admin cancel ddl jobs 1, 2", kAdmin},
                    KindCase{"admin alter ddl jobs 1 thread = 4, max_write_speed = '1MB'", kAdmin},
                    KindCase{"admin check table a, b", kAdmin},
                    KindCase{"admin check index t i (1, 2), (-3, 4)", kAdmin},
                    KindCase{"admin checksum table t", kAdmin}, KindCase{"admin recover index t i", kAdmin},
                    KindCase{"admin show d.t next_row_id", kAdmin}, KindCase{"admin show slow top all 5", kAdmin},
                    KindCase{"admin reload bindings", kAdmin}, KindCase{"admin flush instance plan_cache", kAdmin},
                    KindCase{"admin set bdr role primary", kAdmin},
                    KindCase{"admin repair table t create table t (a int)", kRepairTable}));

// ---- details of the tree ---------------------------------------------------------------------------------------------

const SelectQuery& select_of(const ParseResult& parsed) {
  return parsed.statements()[0]->as<QueryStatement>().query->as<SelectQuery>();
}

TEST(Parser, SelectItemsKeepTheirExactText) {
  const ParseResult parsed = parse("select 1+ 1, (a) , concat( 'x' ,b ) as c, t . * from t");
  const SelectQuery& select = select_of(parsed);
  EXPECT_EQ(select.items[0].text, "1+ 1");
  EXPECT_EQ(select.items[1].text, "(a)");
  EXPECT_EQ(select.items[2].text, "concat( 'x' ,b )");
  EXPECT_EQ(select.items[2].alias, "c");
  EXPECT_EQ(select.items[3].wildcard_table, "t");
}

TEST(Parser, ParametersCountFromZeroInEachStatement) {
  const ParseResult parsed = parse("select ?, ? limit ?; select ?");
  EXPECT_EQ(parsed.statements()[0]->parameter_count, 3u);
  EXPECT_EQ(select_of(parsed).limit->count->as<ParameterMarker>().index, 2u);
  EXPECT_EQ(parsed.statements()[1]->parameter_count, 1u);
}

TEST(Parser, ReadOnlyStatementsAreMarked) {
  EXPECT_TRUE(parse("select 1").statements()[0]->is_read_only);
  EXPECT_TRUE(parse("explain analyze select 1").statements()[0]->is_read_only);
  EXPECT_FALSE(parse("explain analyze delete from t").statements()[0]->is_read_only);
  EXPECT_FALSE(parse("select 1 from t for update").statements()[0]->is_read_only);
  EXPECT_FALSE(parse("insert into t values (1)").statements()[0]->is_read_only);
}

TEST(Parser, TextsWithoutStatementsGiveNone) {
  EXPECT_TRUE(parse("").statements().empty());
  EXPECT_TRUE(parse(" ; /* c */ ; -- x\n # y").statements().empty());
}

TEST(Parser, KeywordsAreNamesWhereTheyAreNotReserved) {
  EXPECT_EQ(error_of("select status, date, count, t.select from comment as `end` where offset = value"), "");
  EXPECT_NE(error_of("select from from t"), "");
  EXPECT_EQ(error_of("select count (a) from t"), "");
  EXPECT_NE(error_of("select count (*) from t"), "");
  EXPECT_EQ(error_of("select count (*) from t", {.ignore_space = true}), "");
}

TEST(Parser, SqlModesChangeTheGrammar) {
  EXPECT_EQ(parse("select \"a\"", {.ansi_quotes = true})
                .statements()[0]
                ->as<QueryStatement>()
                .query->as<SelectQuery>()
                .items[0]
                .expression->kind,
            ExpressionKind::kColumn);
  const ParseResult piped = parse("select a || b", {.pipes_as_concat = true});
  EXPECT_EQ(select_of(piped).items[0].expression->as<FunctionCall>().name, "concat");
  const ParseResult raw = parse("select '\\'", {.no_backslash_escapes = true});
  EXPECT_EQ(select_of(raw).items[0].expression->as<Literal>().text, "\\");
  const ParseResult high = parse("select not a between 1 and 2", {.high_not_precedence = true});
  EXPECT_EQ(select_of(high).items[0].expression->kind, ExpressionKind::kBetween);
}

TEST(Parser, HintsAreStructuresAndBadOnesWarn) {
  const ParseResult parsed = parse("select /*+ INL_JOIN(t1, t2@qb) unknown_hint(x) */ 1");
  const SelectQuery& select = select_of(parsed);
  ASSERT_EQ(select.hints.size(), 1u);
  EXPECT_EQ(select.hints[0].name, "inl_join");
  EXPECT_EQ(select.hints[0].tables[1].query_block, "qb");
  ASSERT_EQ(parsed.hint_warnings().size(), 1u);
  EXPECT_EQ(parsed.hint_warnings()[0].code, 8061);
  EXPECT_EQ(parse("select /*+ hash_join( */ 1").hint_warnings().at(0).code, 8064);
  EXPECT_EQ(parse("select 1 from /*+ hash_agg() */ t").hint_warnings().at(0).code, 8066);
}

// ---- errors ----------------------------------------------------------------------------------------------------------

struct ErrorCase {
  const char* text;
  const char* place;
};
class ParseError : public testing::TestWithParam<ErrorCase> {};

TEST_P(ParseError, NamesLineColumnAndRest) {
  EXPECT_EQ(error_of(GetParam().text), std::string(kSyntaxError) + GetParam().place);
}

INSTANTIATE_TEST_SUITE_P(
    Places, ParseError,
    testing::Values(ErrorCase{"select", "line 1 column 6 near \"\" "},
                    ErrorCase{"selec 1", "line 1 column 5 near \"selec 1\" "},
                    ErrorCase{"select 1 from", "line 1 column 13 near \"\" "},
                    ErrorCase{"select 1\nfrom from t", "line 2 column 10 near \"from t\" "},
                    ErrorCase{"insert into t values ('12345);", "line 1 column 30 near \"'12345);\" "},
                    ErrorCase{"select count(c,d) from t;", "line 1 column 15 near \",d) from t;\" "},
                    ErrorCase{"select 1; selec", "line 1 column 15 near \"selec\" "},
                    ErrorCase{"select (1", "line 1 column 9 near \"\" "},
                    ErrorCase{"select x'4'", "line 1 column 11 near \"x'4'\" "},
                    ErrorCase{"create table t (a int b)", "line 1 column 23 near \"b)\" "}));

TEST(Parser, OneStatementOnlyWhenAskedFor) {
  EXPECT_EQ(error_of("select 1; ", {.allow_multiple = false}), "");
  EXPECT_NE(error_of("select 1; select 2", {.allow_multiple = false}), "");
  EXPECT_NE(error_of("select ?", {.allow_parameters = false}), "");
}

TEST(Parser, LongErrorTextsAreCut) {
  const std::string text = "selec " + std::string(5000, 'x');
  EXPECT_TRUE(error_of(text).ends_with("\" (total length 5006)"));
}

// ---- hostile sizes ---------------------------------------------------------------------------------------------------

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(Parser, DeepNestingIsAnErrorAndNotACrash) {
  for (const char* opening : {"(", "-", "not ", "(select ", "f(", "case when ", "a + (", "exists (select ", "((",
                              "interval(", "binary ", "row(1, "}) {
    const std::string error = error_of("select " + repeated(opening, 200000));
    EXPECT_TRUE(error.starts_with("1119 ") || error.starts_with("1064 ")) << opening << error.substr(0, 200);
  }
  EXPECT_TRUE(error_of("select 1 from " + repeated("(", 100000)).starts_with("1119 "));
  EXPECT_TRUE(error_of("select 1 from " + repeated("(select * from ", 100000)).starts_with("1119 "));
  EXPECT_TRUE(error_of("select 1" + repeated("+1", 100000)).starts_with("1119 "));
  EXPECT_TRUE(error_of("select 1 from t" + repeated(" join t", 100000)).starts_with("1119 "));
  EXPECT_EQ(error_of("select " + repeated("(", 100) + "1" + repeated(")", 100)), "");
}

TEST(Parser, LongListsAndChainsAreRead) {
  EXPECT_EQ(error_of("select a in (1" + repeated(",1", 200000) + ")"), "");
  EXPECT_EQ(error_of("insert into t values (1)" + repeated(",(1)", 100000)), "");
  EXPECT_EQ(error_of("select 1" + repeated(" union select 1", 20000)), "");
  EXPECT_EQ(error_of(repeated("select 1;", 20000)), "");
}

TEST(Parser, IsStoppedWithinALongText) {
  StopSource source;
  ParseOptions options;
  options.stop = source.token();
  EXPECT_NO_THROW(parse("select a in (1" + repeated(",1", 200000) + ")", options));
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_THROW(parse("select a in (1" + repeated(",1", 200000) + ")", options), Stopped);
}

TEST(Parser, LongChainsOfAndAndOrAreShallowTrees) {
  const std::string text = "select a = 0" + repeated(" or a = 1", 100000);
  const ParseResult parsed = parse(text);
  std::size_t height = 0;
  const Expression* node = select_of(parsed).items[0].expression;
  while (node->kind == ExpressionKind::kBinary) {
    node = node->as<Binary>().left;
    ++height;
  }
  EXPECT_LT(height, 25u);
}

}  // namespace
}  // namespace sluice::sql
