#include "ddl/statements.h"

#include "base/warnings.h"
#include "ddl/ddl_fixture_test.h"
#include "ddl/table_builder.h"
#include "sql/parser.h"

namespace sluice::ddl {
namespace {

class StatementsTest : public DdlTest {
 protected:
  /// The error number of the first statement of `sql` that fails; 0 if all succeed.
  int execute(std::string_view sql) {
    const sql::ParseResult parsed = sql::parse(sql);
    warnings.clear();
    for (const sql::Statement* statement : parsed.statements()) {
      StatementContext context;
      context.schema = server->schemas.current();
      context.current_database = "test";
      context.warnings = &warnings;
      context.statement_time_us = 1'700'000'000'000'000;
      context.query = statement->text;
      try {
        execute_statement(*statement, context, *server->service, StopToken());
      } catch (const SqlError& error) {
        last_message = error.what();
        return error.number();
      }
    }
    return 0;
  }

  const catalog::ColumnInfo& column(const std::string& table, const std::string& name) {
    held = server->table(table);
    return *held->find_column(name);
  }

  WarningList warnings;
  catalog::TablePtr held;
};

TEST_F(StatementsTest, PrimaryKeysAreClusteredUnlessTheySayOtherwise) {
  ASSERT_EQ(execute("create table a (id int primary key, k int);"
                    "create table b (x varchar(10), y int, primary key (x, y));"
                    "create table c (id int, primary key (id) nonclustered);"
                    "create table d (id int);"
                    "create table e (x varchar(20) primary key)"),
            0);
  EXPECT_TRUE(server->table("a")->pk_is_handle);
  EXPECT_TRUE(server->table("a")->indexes.empty());
  EXPECT_TRUE(server->table("b")->is_common_handle);
  EXPECT_EQ(server->table("b")->indexes.size(), 1u);
  EXPECT_FALSE(server->table("c")->has_clustered_primary_key());
  EXPECT_TRUE(server->table("c")->primary_index()->unique);
  EXPECT_TRUE(server->table("d")->has_hidden_row_id());
  EXPECT_TRUE(server->table("e")->is_common_handle);
  EXPECT_TRUE(column("b", "x").type.not_null());
}

TEST_F(StatementsTest, DefaultsAreKeptAsTextOfTheColumnsType) {
  ASSERT_EQ(execute("create table t (a int default '7', b decimal(5,2) default 1.5, c varchar(5) default 'x', d "
                    "datetime default current_timestamp,"
                    " e int not null, f int, g timestamp default '2020-01-02 03:04:05', h enum('p','q') default 'q', i "
                    "bit(4) default b'101',"
                    " j int unsigned not null auto_increment unique, k double default -2.5, l json, m date default "
                    "'2020-01-01')"),
            0)
      << last_message;
  EXPECT_EQ(column("t", "a").default_value, "7");
  EXPECT_EQ(column("t", "b").default_value, "1.50");
  EXPECT_EQ(column("t", "c").default_value, "x");
  EXPECT_TRUE(column("t", "d").defaults_to_current_timestamp());
  EXPECT_TRUE(column("t", "e").has_no_default());
  EXPECT_FALSE(column("t", "f").has_no_default());
  EXPECT_EQ(column("t", "g").default_value, "2020-01-02 03:04:05");
  EXPECT_EQ(column("t", "h").default_value, "q");
  EXPECT_EQ(column("t", "i").default_value, std::string("\x05", 1));
  EXPECT_FALSE(column("t", "j").has_no_default());
  EXPECT_EQ(column("t", "k").default_value, "-2.5");
  EXPECT_EQ(column("t", "m").default_value, "2020-01-01");
}

TEST_F(StatementsTest, IndexesWithoutANameTakeThatOfTheirFirstColumn) {
  ASSERT_EQ(execute("create table t (a int, b int unique, key (a), key (a, b), index a_3 (b), unique named (b))"), 0)
      << last_message;
  std::vector<std::string> names;
  catalog::TablePtr table = server->table("t");
  for (const catalog::IndexInfo& index : table->indexes) names.push_back(index.name.original);
  EXPECT_EQ(names, (std::vector<std::string>{"b", "named", "a", "a_2", "a_3"}));
}

TEST_F(StatementsTest, CharsetsComeFromColumnTableAndDatabaseInThisOrder) {
  ASSERT_EQ(execute("create database shop charset latin1; create table shop.a (c varchar(5));"
                    "create table b (c varchar(5), d varchar(5) collate utf8mb4_unicode_ci, e varbinary(5)) collate "
                    "utf8mb4_general_ci"),
            0)
      << last_message;
  EXPECT_EQ(server->schemas.current()->find_table("shop", "a")->find_column("c")->type.collation->name, "latin1_bin");
  EXPECT_EQ(column("b", "c").type.collation->name, "utf8mb4_general_ci");
  EXPECT_EQ(column("b", "d").type.collation->name, "utf8mb4_unicode_ci");
  EXPECT_TRUE(column("b", "e").type.is_binary_string());
}

struct ErrorCase {
  const char* name;
  const char* sql;
  int number;
};

class StatementErrors : public StatementsTest, public testing::WithParamInterface<ErrorCase> {};

TEST_P(StatementErrors, GiveMySqlsNumbersAndChangeNothing) {
  ASSERT_EQ(execute("create table t (id int primary key, k int, c varchar(20), n int not null, key ik (k))"), 0);
  const std::int64_t version = server->schemas.current()->version();
  EXPECT_EQ(execute(GetParam().sql), GetParam().number) << last_message;
  EXPECT_EQ(server->schemas.current()->version(), version);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, StatementErrors,
    testing::Values(
        ErrorCase{"table_exists", "create table T (a int)", 1050},
        ErrorCase{"no_columns_twice", "create table x (a int, A int)", 1060},
        ErrorCase{"two_primary_keys", "create table x (a int primary key, b int primary key)", 1068},
        ErrorCase{"key_column_missing", "create table x (a int, key (b))", 1072},
        ErrorCase{"duplicate_key_name", "create table x (a int, key i (a), key I (a))", 1061},
        ErrorCase{"bad_default", "create table x (a int default 'abc')", 1067},
        ErrorCase{"null_default", "create table x (a int not null default null)", 1067},
        ErrorCase{"blob_default", "create table x (a text default 'x')", 1101},
        ErrorCase{"blob_key", "create table x (a text, key (a))", 1170},
        ErrorCase{"json_key", "create table x (a json, key (a))", 3152},
        ErrorCase{"prefix_too_long", "create table x (a varchar(5), key (a(9)))", 1089},
        ErrorCase{"prefix_of_int", "create table x (a int, key (a(2)))", 1089},
        ErrorCase{"key_too_long", "create table x (a varchar(1000), key (a))", 1071},
        ErrorCase{"varchar_too_long", "create table x (a varchar(20000))", 1074},
        ErrorCase{"auto_without_key", "create table x (a int auto_increment)", 1075},
        ErrorCase{"auto_on_text", "create table x (a varchar(5) auto_increment primary key)", 1063},
        ErrorCase{"nullable_primary_key", "create table x (a int null primary key)", 1171},
        ErrorCase{"unknown_charset", "create table x (a int) charset nonsense", 1115},
        ErrorCase{"unknown_collation", "create table x (a int) collate nonsense", 1273},
        ErrorCase{"collation_of_other_charset", "create table x (a int) charset latin1 collate utf8mb4_bin", 1253},
        ErrorCase{"duplicate_enum_label", "create table x (a enum('a','A ') collate utf8mb4_general_ci)", 1291},
        ErrorCase{"on_update_of_int", "create table x (a int on update current_timestamp)", 1294},
        ErrorCase{"partitions", "create table x (a int) partition by hash (a) partitions 4", 1235},
        ErrorCase{"unknown_database", "create table nowhere.x (a int)", 1049},
        ErrorCase{"database_exists", "create database test", 1007},
        ErrorCase{"drop_unknown_database", "drop database nowhere", 1008},
        ErrorCase{"drop_unknown_table", "drop table nothing", 1051},
        ErrorCase{"truncate_unknown", "truncate table nothing", 1146},
        ErrorCase{"rename_unknown", "rename table nothing to x", 1146},
        ErrorCase{"rename_onto_itself_with_other", "rename table t to mysql.user", 1050},
        ErrorCase{"system_table", "drop table mysql.user", 8200},
        ErrorCase{"add_existing_column", "alter table t add column k int", 1060},
        ErrorCase{"drop_unknown_column", "alter table t drop column z", 1091},
        ErrorCase{"drop_handle", "alter table t drop column id", 8200},
        ErrorCase{"drop_primary_key", "alter table t drop primary key", 8200},
        ErrorCase{"drop_unknown_index", "alter table t drop index z", 1091},
        ErrorCase{"add_existing_index", "create index ik on t (c)", 1061},
        ErrorCase{"index_named_primary", "create index `primary` on t (c)", 1280},
        ErrorCase{"second_primary_key", "alter table t add primary key (k)", 1068},
        ErrorCase{"shrink_column", "alter table t modify c varchar(5)", 8200},
        ErrorCase{"change_sign", "alter table t modify k int unsigned", 8200},
        ErrorCase{"modify_unknown", "alter table t modify z int", 1054},
        ErrorCase{"rename_to_existing", "alter table t rename column k to c", 1060},
        ErrorCase{"set_default_of_unknown", "alter table t alter column z set default 1", 1054},
        ErrorCase{"rename_unknown_index", "alter table t rename index z to y", 1176},
        ErrorCase{"same_column_twice", "alter table t modify k bigint, drop column k", 8200},
        ErrorCase{"after_unknown", "alter table t add column z int after y", 1054}),
    [](const auto& info) { return info.param.name; });

TEST_F(StatementsTest, AlterTableDoesAllItsPartsAtOnce) {
  ASSERT_EQ(execute("create table t (id int primary key, k int, c varchar(20), key ik (k))"), 0);
  Writer writer(*server);
  ASSERT_TRUE(writer.put("t", {1, 5, "x"}));
  ASSERT_EQ(execute("alter table t add column d int not null default 3 first, add index id_d (d), modify c varchar(40) "
                    "after id, rename index ik to jk,"
                    " comment = 'hello'"),
            0)
      << last_message;
  catalog::TablePtr table = server->table("t");
  std::vector<std::string> names;
  for (const catalog::ColumnInfo& one : table->columns) names.push_back(one.name.lower);
  EXPECT_EQ(names, (std::vector<std::string>{"d", "id", "c", "k"}));
  EXPECT_EQ(table->find_column("c")->type.flen, 40);
  EXPECT_EQ(table->comment, "hello");
  ASSERT_NE(table->find_index("jk"), nullptr);
  EXPECT_EQ(table->find_index("jk")->columns[0].offset, 3);
  EXPECT_EQ(check_table(*server, "t"), "");
}

TEST_F(StatementsTest, ForeignKeysOfAlterTableAreKeptInTheDefinition) {
  ASSERT_EQ(execute("create table parent (id int primary key);"
                    "create database other;"
                    "create table other.parent (id int primary key);"
                    "create table child (id int primary key, p int, q int, key q_first (q, p));"
                    "alter table child add constraint fk_p foreign key (p) references parent (id) on delete cascade,"
                    "  add foreign key (q) references other.parent (id)"),
            0);
  catalog::TablePtr child = server->table("child");
  ASSERT_EQ(child->foreign_keys.size(), 2u);
  EXPECT_EQ(child->foreign_keys[0].name.original, "fk_p");
  EXPECT_EQ(child->foreign_keys[0].referenced_schema.original, "test");
  EXPECT_EQ(child->foreign_keys[0].on_delete, catalog::ReferenceAction::kCascade);
  EXPECT_EQ(child->foreign_keys[1].name.original, "fk_2");
  EXPECT_EQ(child->foreign_keys[1].referenced_schema.original, "other");
  EXPECT_NE(child->foreign_keys[0].id, child->foreign_keys[1].id);
  // An index for the first; q_first serves the second.
  EXPECT_EQ(child->indexes.size(), 2u);
  EXPECT_NE(child->find_index("fk_p"), nullptr);

  EXPECT_EQ(execute("alter table child add constraint FK_P foreign key (q) references parent (id)"), 1826);
  EXPECT_EQ(execute("alter table child add foreign key (nope) references parent (id)"), 1072);
  EXPECT_EQ(execute("alter table child add foreign key (p, q) references parent (id)"), 1239);
  EXPECT_EQ(execute("alter table child add foreign key (q) references nowhere (id)"), 1824);
  EXPECT_EQ(execute("alter table child drop column p"), 1828);
  ASSERT_EQ(execute("alter table child rename column p to parent_id"), 0);
  EXPECT_EQ(server->table("child")->foreign_keys[0].columns[0].original, "parent_id");
  EXPECT_EQ(execute("alter table child drop foreign key nope"), 1091);
  ASSERT_EQ(
      execute("alter table child drop foreign key fk_p, add constraint fk_p foreign key (id) references parent (id)"),
      0);
  child = server->table("child");
  ASSERT_EQ(child->foreign_keys.size(), 2u);
  EXPECT_EQ(child->foreign_keys[1].columns[0].original, "id");
  EXPECT_EQ(child->indexes.size(), 2u);
}

TEST_F(StatementsTest, IfExistsAndIfNotExistsLeaveNotes) {
  ASSERT_EQ(execute("create table t (a int)"), 0);
  EXPECT_EQ(execute("create table if not exists t (a int)"), 0);
  EXPECT_EQ(warnings.count(), 1u);
  EXPECT_EQ(execute("drop table if exists nothing"), 0);
  ASSERT_EQ(warnings.count(), 1u);
  EXPECT_EQ(warnings.items()[0].code, 1051);
  EXPECT_EQ(execute("alter table t add column if not exists a int"), 0);
  EXPECT_EQ(execute("create database if not exists test"), 0);
}

TEST_F(StatementsTest, ACopyOfATableHasItsColumnsAndIndexesAndOwnIds) {
  ASSERT_EQ(execute("create table a (id int primary key, k int, key ik (k)); create table b like a"), 0);
  EXPECT_NE(server->table("b")->id, server->table("a")->id);
  EXPECT_EQ(server->table("b")->indexes.size(), 1u);
  EXPECT_TRUE(server->table("b")->pk_is_handle);
}

TEST_F(StatementsTest, AutoIncrementIsRebasedAndTruncateStartsAnew) {
  ASSERT_EQ(execute("create table t (id int primary key auto_increment, k int) auto_increment = 100"), 0);
  auto next = [&] {
    catalog::TablePtr table = server->table("t");
    return server->ids->allocate(catalog::system_id::kTestDatabase, *table, 1, 1, 1, 1u << 31, StopToken()).first;
  };
  EXPECT_EQ(next(), 100u);
  ASSERT_EQ(execute("alter table t auto_increment = 5000"), 0);
  EXPECT_GE(next(), 5000u);
  ASSERT_EQ(execute("truncate table t"), 0);
  EXPECT_EQ(next(), 1u);
}

TEST_F(StatementsTest, RenamingATableKeepsItsCounter) {
  ASSERT_EQ(execute("create table t (id int primary key auto_increment) auto_increment = 70; create database other; "
                    "rename table t to other.u"),
            0);
  catalog::TablePtr table = server->schemas.current()->find_table("other", "u");
  ASSERT_NE(table, nullptr);
  const catalog::DatabaseInfo* other = server->schemas.current()->find_database("other");
  EXPECT_EQ(server->ids->allocate(other->id, *table, 1, 1, 1, 1u << 31, StopToken()).first, 70u);
}

TEST_F(StatementsTest, APrimaryKeyAddedLaterForbidsNull) {
  ASSERT_EQ(
      execute("create table t (id int primary key nonclustered, k int, c varchar(20)); alter table t drop primary key"),
      0)
      << last_message;
  EXPECT_EQ(server->table("t")->primary_index(), nullptr);
  ASSERT_EQ(execute("alter table t add primary key (k)"), 0) << last_message;
  EXPECT_TRUE(column("t", "k").type.not_null());
  EXPECT_NE(server->table("t")->primary_index(), nullptr);
}

}  // namespace
}  // namespace sluice::ddl
