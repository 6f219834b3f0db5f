/// A small schema for the planner's unit tests.
///
///   t(a int primary key clustered, b int, c int, d varchar(20), index idx_b(b), index idx_bc(b, c), unique uk_d(d))
///   s(a int, b int, c int, index idx_a(a))            no primary key
///   u(x bigint unsigned, y varchar(10), z int, primary key (x, y) clustered)
///   e(a int not null, g int as (a + 1) virtual, index idx_g(g))
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/stop_token.h"
#include "base/warnings.h"
#include "catalog/schema.h"
#include "expression/eval_context.h"
#include "planner/explain.h"
#include "planner/optimize.h"
#include "sql/parser.h"
#include "types/collation.h"
#include "types/time_zone.h"

namespace sluice::planner {

class TestCatalog {
 public:
  TestCatalog() {
    catalog::SchemaBuilder builder;
    catalog::DatabaseInfo database;
    database.id = 1;
    database.name = catalog::Name("test");
    builder.put_database(database);
    builder.put_table(1, table_t());
    builder.put_table(1, table_s());
    builder.put_table(1, table_u());
    builder.put_table(1, table_e());
    schema_ = builder.build(1);
    eval_.stop = stop_.token();
    eval_.sql_mode = types::SqlMode::standard();
    eval_.warnings = &warnings_;
  }

  std::shared_ptr<const PlannedStatement> plan(const std::string& text) {
    const sql::ParseResult parsed = sql::parse(text);
    PlanContext context;
    context.schema = schema_;
    context.current_database = "test";
    context.eval = &eval_;
    context.stop = stop_.token();
    eval_.parameters = parameters_;
    return optimize(*parsed.statements().at(0), context);
  }

  /// EXPLAIN FORMAT = 'brief': lines of "id | estRows | task | access object | operator info" without the columns that are empty.
  std::string explain(const std::string& text) {
    const auto planned = plan(text);
    std::string lines;
    for (const auto& row : explain_rows(*planned->root, ExplainFormat::kBrief, nullptr)) {
      std::string line = row[0] + " " + row[1];
      for (std::size_t i = 3; i < row.size(); ++i) {
        if (!row[i].empty()) line += " | " + row[i];
      }
      lines += line + "\n";
    }
    return lines;
  }

  void set_parameters(std::vector<types::Value> values) { parameters_ = std::move(values); }
  expression::EvalContext& eval() { return eval_; }
  StopSource& stop() { return stop_; }
  WarningList& warnings() { return warnings_; }

 private:
  static catalog::ColumnInfo column(int offset, const char* name, types::FieldType type) {
    catalog::ColumnInfo info;
    info.id = offset + 1;
    info.name = catalog::Name(name);
    info.offset = offset;
    info.type = std::move(type);
    return info;
  }
  static types::FieldType integer(std::uint32_t flags = 0) {
    return types::FieldType::of(types::TypeCode::kLong, flags);
  }
  static types::FieldType text(int length) { return types::FieldType::varchar(length, types::default_collation()); }
  static catalog::IndexInfo index(std::int64_t id, const char* name, const catalog::TableInfo& table,
                                  std::vector<int> offsets, bool unique, bool primary = false) {
    catalog::IndexInfo info;
    info.id = id;
    info.name = catalog::Name(name);
    info.unique = unique;
    info.primary = primary;
    for (int offset : offsets)
      info.columns.push_back({table.columns[static_cast<std::size_t>(offset)].name, offset, catalog::kFullLength});
    return info;
  }
  static catalog::TableInfo new_table(std::int64_t id, const char* name) {
    catalog::TableInfo table;
    table.id = id;
    table.name = catalog::Name(name);
    table.state = catalog::SchemaState::kPublic;
    return table;
  }
  static catalog::TableInfo table_t() {
    using namespace types::field_flag;
    catalog::TableInfo table = new_table(10, "t");
    table.columns = {column(0, "a", integer(kNotNull | kPrimaryKey)), column(1, "b", integer()),
                     column(2, "c", integer()), column(3, "d", text(20))};
    table.pk_is_handle = true;
    table.indexes = {index(1, "idx_b", table, {1}, false), index(2, "idx_bc", table, {1, 2}, false),
                     index(3, "uk_d", table, {3}, true)};
    return table;
  }
  static catalog::TableInfo table_s() {
    catalog::TableInfo table = new_table(11, "s");
    table.columns = {column(0, "a", integer()), column(1, "b", integer()), column(2, "c", integer())};
    table.indexes = {index(1, "idx_a", table, {0}, false)};
    return table;
  }
  static catalog::TableInfo table_u() {
    using namespace types::field_flag;
    catalog::TableInfo table = new_table(12, "u");
    types::FieldType y = text(10);
    y.set_flag(kNotNull | kPrimaryKey);
    table.columns = {
        column(0, "x", types::FieldType::of(types::TypeCode::kLongLong, kUnsigned | kNotNull | kPrimaryKey)),
        column(1, "y", y), column(2, "z", integer())};
    table.is_common_handle = true;
    table.indexes = {index(1, "PRIMARY", table, {0, 1}, true, true)};
    return table;
  }
  static catalog::TableInfo table_e() {
    catalog::TableInfo table = new_table(13, "e");
    table.columns = {column(0, "a", integer(types::field_flag::kNotNull)), column(1, "g", integer())};
    table.columns[1].generated_expression = "`a` + 1";
    table.columns[1].dependencies = {"a"};
    table.indexes = {index(1, "idx_g", table, {1}, false)};
    return table;
  }

  // tidy-allow(root-token): the fixture of the tests.
  StopSource stop_;
  WarningList warnings_;
  expression::EvalContext eval_;
  std::vector<types::Value> parameters_;
  catalog::SchemaPtr schema_;
};

}  // namespace sluice::planner
