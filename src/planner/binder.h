/// Name resolution: a syntax tree becomes a logical plan.
///
/// One Binder per statement. Files: binder_expression.cc (expressions), binder_column.cc (what a name means where), binder_from.cc (tables, joins,
/// views, CTEs), binder_select.cc (blocks: grouping, select list, ordering), binder_subquery.cc, binder_set_operation.cc,
/// binder_write_target.cc (what a write needs to know of its table), binder_insert.cc (INSERT, LOAD DATA), binder_modify.cc (UPDATE, DELETE).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "planner/expression_tools.h"
#include "planner/hint_set.h"
#include "planner/logical_plan.h"
#include "planner/plan_context.h"
#include "sql/ast_dml.h"
#include "sql/ast_select.h"
#include "sql/parser.h"

namespace sluice::catalog {
struct ColumnInfo;
}

namespace sluice::planner {

/// Where an expression stands: decides what names mean and how errors call the place.
enum class Clause : std::uint8_t { kFieldList, kWhere, kOn, kGroupBy, kHaving, kOrderBy, kAssignment };

/// A column that a FROM clause makes visible.
struct ScopeColumn {
  OutputColumn column;
  std::string lower_database;
  std::string lower_table;
  std::string lower_name;
  bool merged_away = false;  // the other side of a USING column: only by its qualified name
  bool hidden = false;       // _tidb_rowid: by name, not in *
};

/// A CTE in scope.
struct CteBinding {
  std::string lower_name;
  const sql::CommonTableExpression* syntax = nullptr;
  bool recursive_with = false;
  std::shared_ptr<LogicalCte> definition;  // once bound
  bool is_being_bound = false;             // inside its own recursive part
  bool was_referenced_recursively = false;
  int recursive_depth = 0;        // Binder::select_depth_ of its recursive part, in which alone it may be named
  CteBinding* outer = nullptr;    // the next CTE outwards
  struct Block* block = nullptr;  // the block in which it was defined (for outer references)
};

/// What the column at `index` of a query's result says about its collation: a literal gives way to a column, COLLATE wins.
types::CollationClaim claim_of_output(const LogicalNode& node, std::size_t index);

/// One query block (a SELECT, or the tables of an UPDATE or DELETE) while it is bound.
struct Block {
  Block* outer = nullptr;
  std::vector<ScopeColumn> columns;                         // of FROM
  std::vector<std::pair<std::string, std::string>> tables;  // lower-case database and alias of FROM's tables
  LogicalPtr plan;                                          // so far; subqueries attach here
  Clause clause = Clause::kFieldList;
  std::string hint_name;  // query block name
  std::shared_ptr<HintSet> hints;
  Block* lateral = nullptr;  // the left side of the join whose right side this is: LATERAL sees it

  // Grouping.
  bool is_grouped = false;        // GROUP BY, or an aggregate in the select list, HAVING or ORDER BY
  bool inside_aggregate = false;  // binding the argument of an aggregate
  std::unique_ptr<LogicalAggregate> pending_aggregate;
  LogicalAggregate* aggregate = nullptr;  // set when the plan has passed it
  std::map<const sql::Expression*, ExpressionPtr> aggregate_results;
  std::unordered_multimap<std::uint64_t, std::size_t> aggregates_by_hash;  // positions of the aggregates, by their hash
  ColumnSet aggregate_ids;                                                 // their columns
  std::vector<ExpressionPtr> group_from;  // grouped expressions that are no plain columns
  std::vector<ExpressionPtr> group_to;
  ColumnSet group_columns;

  // Select list.
  struct Item {
    std::string lower_name;
    bool is_alias = false;                    // AS was written
    const sql::Expression* syntax = nullptr;  // null: from a wildcard
    ExpressionPtr expression;                 // what it computes, over the plan below the projection
    ExpressionPtr reference;                  // the projection's output
    OutputColumn column;
  };
  std::vector<Item> items;
  bool items_are_bound = false;
  bool is_distinct = false;
  LogicalProjection* projection = nullptr;  // of the items, once the plan has passed it
};

class Binder {
 public:
  explicit Binder(PlanContext& context);
  ~Binder();

  /// The plan of a query; the result's visible columns are the whole schema.
  LogicalPtr bind_query(const sql::Query& query, Block* outer);

  /// A statement's write part and its child's logical plan (nullptr: no child).
  struct WriteStatement {
    std::unique_ptr<PhysicalPlan>
        root;  // Insert, Update, Delete, LoadData without child; positions are resolved by finish
    LogicalPtr child;
    ColumnSet required;  // what `finish` needs of the child's output
    std::function<void(PhysicalPlan& root, const std::vector<OutputColumn>& child_schema)> finish;  // may be empty
  };
  WriteStatement bind_insert(const sql::InsertStatement& statement);
  WriteStatement bind_update(const sql::UpdateStatement& statement);
  WriteStatement bind_delete(const sql::DeleteStatement& statement);
  WriteStatement bind_load_data(const sql::LoadDataStatement& statement);

  const sql::Query* whole_query = nullptr;  // the statement's own one, which alone may say INTO

  // Collected on the way.
  std::vector<std::int64_t> table_ids;
  std::vector<PrivilegeRequirement> privileges;
  StatementHints statement_hints;
  std::vector<std::shared_ptr<LogicalCte>> ctes;
  bool is_cacheable = true;
  bool locks_rows = false;

  /// Plans and runs an uncorrelated subquery; set by optimize(). Returns nullopt if it must stay in the plan.
  std::function<std::vector<std::vector<types::Value>>(LogicalPtr, std::size_t max_rows)> evaluate_subquery;

  std::int64_t next_column_id() { return ++last_column_id_; }
  const expression::BuildContext& build() const { return build_; }
  PlanContext& context() { return context_; }
  HintRegistry& hint_registry() { return hint_registry_; }

 private:
  // binder_expression.cc
  ExpressionPtr bind_expression(const sql::Expression& syntax, Block& block);
  std::vector<ExpressionPtr> bind_list(sql::ExpressionList list, Block& block);
  /// The values of a row expression, or the one value of any other.
  std::vector<ExpressionPtr> bind_row(const sql::Expression& syntax, Block& block);
  ExpressionPtr bind_literal(const sql::Literal& literal);
  ExpressionPtr bind_unary(const sql::Unary& unary, Block& block);
  ExpressionPtr bind_binary(const sql::Binary& binary, Block& block);
  ExpressionPtr bind_is_test(const sql::IsTest& test, Block& block);
  ExpressionPtr bind_between(const sql::Between& between, Block& block);
  ExpressionPtr bind_in_list(const sql::InList& in_list, Block& block);
  ExpressionPtr bind_case(const sql::Case& syntax, Block& block);
  ExpressionPtr bind_function(const sql::FunctionCall& call, Block& block);
  ExpressionPtr bind_coalesce(std::string_view name, std::vector<ExpressionPtr> arguments);
  ExpressionPtr bind_aggregate_result(const sql::Aggregate& aggregate, Block& block);
  ExpressionPtr bind_cast(const sql::Cast& cast, Block& block);
  ExpressionPtr bind_default(const sql::DefaultValue& syntax, Block& block);
  ExpressionPtr call(std::string_view name, std::vector<ExpressionPtr> arguments);
  ExpressionPtr text_constant(std::string_view text);
  ExpressionPtr fold(ExpressionPtr expression);
  void require_one_column(const std::vector<ExpressionPtr>& row);

  // binder_column.cc
  ExpressionPtr bind_column(const sql::ColumnReference& reference, Block& block);
  ExpressionPtr find_in_block(const sql::ColumnReference& reference, Block& block);
  ExpressionPtr find_in_from(const sql::ColumnReference& reference, const Block& block);
  ExpressionPtr find_in_items(const sql::ColumnReference& reference, Block& block);
  const Block::Item* find_item(const sql::ColumnReference& reference, Block& block);
  ExpressionPtr item_expression(const Block::Item& item, Block& block);
  /// What a name that is a whole item of GROUP BY means.
  ExpressionPtr bind_group_column(const sql::ColumnReference& reference, Block& block);
  [[noreturn]] void throw_unknown_column(const sql::ColumnReference& reference, Clause clause);

  // binder_subquery.cc
  /// A column of a subquery's result, which insists on its collation as strongly as the subquery's expression does.
  ExpressionPtr output_ref(const OutputColumn& column, const types::CollationClaim& claim) const;
  ExpressionPtr bind_scalar_subquery(const sql::Query& query, Block& block);
  std::vector<ExpressionPtr> attach_scalar(LogicalPtr plan, Block& block);
  std::vector<ExpressionPtr> bind_row_subquery(const sql::Query& query, Block& block);
  ExpressionPtr bind_mark(std::vector<ExpressionPtr> left, std::string_view comparison, const sql::Query& query,
                          bool negated, Block& block);
  ExpressionPtr bind_exists(const sql::Query& query, bool negated, Block& block);
  /// Adds WHERE or HAVING conditions to the block's plan; subqueries that are whole conjuncts become semi joins.
  void bind_conditions(const sql::Expression& syntax, Block& block);
  bool try_semi_join(const sql::Expression& conjunct, bool negated, Block& block);
  void attach_semi_join(LogicalPtr right, std::vector<ExpressionPtr> comparisons, bool negated, Block& block);
  LogicalPtr bind_subquery(const sql::Query& query, Block& block);
  bool can_evaluate_now(const LogicalNode& plan) const;

  // binder_from.cc
  void bind_from(const sql::TableReference& syntax, Block& block);
  void bind_named_table(const sql::NamedTable& table, Block& block);
  void bind_derived_table(const sql::DerivedTable& table, Block& block);
  void bind_join(const sql::Join& join, Block& block);
  void bind_cte(CteBinding& cte, const sql::NamedTable& table, Block& block);
  void define_recursive_cte(CteBinding& cte);
  void bind_view(const catalog::TableInfo& view, const std::string& database, const std::string& alias, Block& block);
  std::unique_ptr<DataSource> make_source(const std::string& database, std::shared_ptr<const catalog::TableInfo> table,
                                          const std::string& alias, Block& block);
  /// Makes `schema`'s columns visible in `block` as those of `alias`.
  void expose(const std::vector<OutputColumn>& schema, const std::string& database, const std::string& alias,
              Block& block);
  std::vector<ExpressionPtr> merge_columns(const sql::Join& join, Block& left, Block& right, Block& joined);
  /// Notes a table name of a FROM clause; throws 1066 if it is there already.
  void add_table_name(const std::string& database, const std::string& alias, Block& block);
  std::shared_ptr<const catalog::TableInfo> find_table(std::string_view database, std::string_view table,
                                                       std::string& database_out);
  CteBinding* find_cte(std::string_view lower_name);
  void add_privilege(std::string_view database, std::string_view table, std::string_view privilege);
  AccessHints access_hints(const sql::NamedTable& table, const std::string& alias, const catalog::TableInfo& info,
                           Block& block);

  // binder_outer_aggregates.cc
  struct InnerNames;
  /// The outer block that computes an aggregate of `block`: the innermost one of which it names a column. Null: `block` itself, or none.
  Block* outer_home(const sql::Aggregate& syntax, Block& block);
  /// Appends the aggregates that `block` computes for an expression, those in its subqueries included; `inner` names what the
  /// subqueries around the expression have in FROM, null outside of them.
  void find_aggregates(const sql::Expression& syntax, const InnerNames* inner, Block& block,
                       std::vector<const sql::Aggregate*>& found);
  void find_aggregates(const sql::Query& query, const InnerNames* inner, Block& block,
                       std::vector<const sql::Aggregate*>& found);
  void add_names(const sql::TableReference& reference, InnerNames& names,
                 std::vector<const sql::Expression*>& conditions);

  // binder_select.cc
  LogicalPtr bind_select(const sql::SelectQuery& select, Block* outer);
  LogicalPtr bind_values(const sql::ValuesQuery& values, Block* outer);
  void bind_group_by(const sql::SelectQuery& select, const sql::Query& query, Block& block);
  /// Computes `syntax` in `home`'s aggregate; the result is known in `block` as well.
  void add_aggregate(const sql::Aggregate& syntax, Block& block, Block& home);
  ExpressionPtr bind_group_item(const sql::OrderItem& item, Block& block);
  /// After grouping: grouped subexpressions become the aggregate's outputs.
  ExpressionPtr over_groups(const ExpressionPtr& expression, const Block& block);
  void name_items(const sql::SelectQuery& select, Block& block);
  void bind_items(Block& block);
  void add_wildcard(const sql::SelectItem& item, Block& block);
  std::vector<SortKey> bind_order_by(sql::List<sql::OrderItem> order, Block& block);
  void add_distinct(Block& block);
  void check_grouping(const ExpressionPtr& expression, std::size_t number, std::string_view place, Block& block);
  /// Sorts `plan` if there are keys.
  void add_sort(std::vector<SortKey> keys, LogicalPtr& plan);
  void add_limit(const sql::LimitClause& limit, LogicalPtr& plan);
  void add_lock(const sql::LockingClause& locking, Block& block);
  LimitBounds limit_bounds(const sql::LimitClause& limit);

  // binder_set_operation.cc
  LogicalPtr bind_set_operation(const sql::SetOperationQuery& query, Block* outer);
  LogicalPtr combine(LogicalPtr left, LogicalPtr right, sql::SetOperator op, bool all);
  LogicalPtr make_union_all(std::vector<LogicalPtr> inputs);
  LogicalPtr make_distinct(LogicalPtr input);
  LogicalPtr cast_columns(LogicalPtr input, const std::vector<types::FieldType>& types);
  LogicalPtr order_and_limit(const sql::Query& query, LogicalPtr plan, Block* outer);
  class WithScope;

  // binder_write_target.cc
  WriteTarget write_target(const std::string& database, std::shared_ptr<const catalog::TableInfo> table,
                           std::string_view alias);
  WriteTarget plain_write_target(const std::string& database, std::shared_ptr<const catalog::TableInfo> table,
                                 std::string_view alias);
  void add_foreign_keys(WriteTarget& target);
  ColumnDefault column_default(const catalog::TableInfo& table, int offset);
  ExpressionPtr default_value(const catalog::TableInfo& table, int offset, bool for_default_keyword);
  /// The columns of one table as a scope; `ids[offset]` is each column's id.
  Block table_block(const std::string& database, const catalog::TableInfo& table, std::vector<std::int64_t>& ids);

  // binder_insert.cc
  std::vector<int> insert_columns(sql::List<const sql::ColumnReference*> written, const catalog::TableInfo& table);
  /// A value is given for a generated column. Throws: SqlError 3105 in strict mode; else the value is passed over with a warning.
  void check_generated_value(const catalog::ColumnInfo& column, const catalog::TableInfo& table) const;
  void bind_insert_rows(const sql::InsertStatement& statement, const std::string& database, InsertPlan& plan,
                        LogicalPtr& child);
  void bind_on_duplicate(const sql::InsertStatement& statement, const std::string& database, InsertPlan& plan,
                         const std::vector<OutputColumn>& child);

  // binder_modify.cc
  /// Sources of a FROM clause that a statement may write to.
  std::vector<DataSource*> written_sources(LogicalNode& plan);
  template <class Statement>
  std::vector<DataSource*> bind_modified_rows(const Statement& statement, Block& block);
  ModifyTarget modify_target(const DataSource& source);

 public:
  /// A virtual generated column's expression over `source`'s column ids.
  ExpressionPtr generated_expression(const DataSource& source, int offset);
  /// Parses and binds SQL text over the columns of one table; positions are column offsets.
  ExpressionPtr bind_table_expression(std::string_view text, const std::string& database,
                                      const catalog::TableInfo& table);
  /// The value of a generated column's expression as the column holds it.
  ExpressionPtr as_column_value(ExpressionPtr bound, const catalog::ColumnInfo& column);

 private:
  /// Marks long loops over syntax.
  void poll() { context_.stop.poll(); }

  PlanContext& context_;
  expression::BuildContext build_;
  std::int64_t last_column_id_ = 0;
  int last_cte_id_ = -1;
  HintRegistry hint_registry_;
  std::vector<std::unique_ptr<CteBinding>> cte_storage_;
  CteBinding* innermost_cte_ = nullptr;
  std::deque<sql::ParseResult> view_texts_;
  std::vector<std::string> view_stack_;
  std::string current_database_;  // of the statement, or of the view being expanded
  bool in_view_ = false;
  bool in_write_ = false;
  bool lock_sources_ = false;  // tables bound now are read for update
  std::function<ExpressionPtr(const sql::ColumnReference&)> find_inserted_value_;
  int select_count_ = 0;
  int select_depth_ = 0;  // of SELECTs that are being bound
};

}  // namespace sluice::planner
