#pragma once
// Writes nodes as text; the implementation of restore.h.

#include <string>

#include "sql/ast_account.h"
#include "sql/ast_schema_object.h"
#include "sql/restore.h"

namespace sluice::sql {

/// Appends to one string. One thread, one use.
class RestoreWriter {
 public:
  explicit RestoreWriter(const RestoreOptions& options) : options_(options) {}

  std::string take() && { return std::move(out_); }

  void statement(const Statement& statement);
  void query(const Query& query);
  void expression(const Expression& expression);
  void data_type(const DataType& type);

  // One overload per kind of expression (restore_expression.cc).
  void operator()(const Literal& node);
  void operator()(const ColumnReference& node);
  void operator()(const ParameterMarker& node);
  void operator()(const UserVariable& node);
  void operator()(const SystemVariable& node);
  void operator()(const VariableAssignment& node);
  void operator()(const DefaultValue& node);
  void operator()(const ValuesReference& node);
  void operator()(const MaxValue& node);
  void operator()(const Unary& node);
  void operator()(const Binary& node);
  void operator()(const IsTest& node);
  void operator()(const Between& node);
  void operator()(const InList& node);
  void operator()(const InSubquery& node);
  void operator()(const Like& node);
  void operator()(const Regexp& node);
  void operator()(const QuantifiedComparison& node);
  void operator()(const Exists& node);
  void operator()(const Subquery& node);
  void operator()(const Row& node);
  void operator()(const Case& node);
  void operator()(const FunctionCall& node);
  void operator()(const Aggregate& node);
  void operator()(const WindowFunction& node);
  void operator()(const Cast& node);
  void operator()(const ConvertUsing& node);
  void operator()(const Collate& node);
  void operator()(const MatchAgainst& node);

 private:
  // ---- text
  void plain(std::string_view text) { out_ += text; }
  /// A keyword or a run of them in the wanted case.
  void keyword(std::string_view upper);
  void name(Name name);
  void quoted(std::string_view text);
  void number(std::uint64_t value) { out_ += std::to_string(value); }
  void signed_number(std::int64_t value) { out_ += std::to_string(value); }
  void object_name(const ObjectName& name);
  void table_name(const ObjectName& name);
  void names(List<Name> list);
  template <class List, class F>
  void separated(const List& list, std::string_view separator, F item) {
    bool is_first = true;
    for (const auto& element : list) {
      if (!is_first) plain(separator);
      is_first = false;
      item(element);
    }
  }
  void expressions(ExpressionList list, std::string_view separator);
  void hex_bytes(std::string_view bytes);

  // ---- parts of expressions
  void interval_call(const FunctionCall& node);
  void order_items(List<OrderItem> items);
  void window(const WindowSpecification& window);
  void frame(const WindowFrame& frame);
  void frame_bound(const FrameBound& bound);
  void spaced_operator(std::string_view op, bool is_word);

  // ---- queries (restore_query.cc)
  void with(const WithClause& with);
  void select(const SelectQuery& select);
  void select_item(const SelectItem& item);
  void resolved_item(const ResolvedItem& item);
  void set_operation(const SetOperationQuery& query);
  void query_tail(const Query& query);
  void limit(const LimitClause& limit);
  void locking(const LockingClause& locking);
  void into(const IntoClause& into);
  void fields_and_lines(const FieldsAndLines& format);
  void hints(List<Hint> hints);
  void table_references(const TableReference& table);
  void joined(const TableReference& table, bool is_nested);
  void named_table(const NamedTable& table);

  // ---- statements (restore_dml.cc, restore_table.cc)
  void insert(const InsertStatement& statement);
  void update(const UpdateStatement& statement);
  void delete_rows(const DeleteStatement& statement);
  void assignments(List<Assignment> list);
  void priority(PriorityModifier priority);
  void create_table(const CreateTableStatement& statement);
  void alter_table(const AlterTableStatement& statement);
  bool alter_specification(const AlterSpecification& specification);
  void create_index(const CreateIndexStatement& statement);
  void create_view(const CreateViewStatement& statement);
  void account(const AccountName& account);
  void column_definition(const ColumnDefinition& definition);
  void column_option(const ColumnOption& option);
  void column_position(const ColumnPosition& position);
  void constraint(const Constraint& constraint);
  void index_columns(List<IndexColumn> columns);
  void index_options(const IndexOptions& options);
  void references(const ReferenceDefinition& reference);
  void table_option(const TableOption& option);
  void partition_options(const PartitionOptions& options);
  void partition_method(const PartitionMethod& method);
  void partition_definitions(List<PartitionDefinition> definitions, bool is_subpartition);

  RestoreOptions options_;
  std::string out_;
  std::vector<Name> cte_names_;  // that can be seen here
};

}  // namespace sluice::sql
