#pragma once
// Tables, indexes, databases, views, sequences, policies: CREATE, ALTER, DROP and their kin.

#include "sql/ast_account.h"
#include "sql/ast_schema_object.h"
#include "sql/dml_parser.h"

namespace sluice::sql {

class DdlParser : public DmlParser {
 public:
  using DmlParser::DmlParser;

 protected:
  bool accept_if_exists() { return accept(Keyword::kIf, Keyword::kExists); }
  bool accept_if_not_exists() { return accept(Keyword::kIf, Keyword::kNot, Keyword::kExists); }

  // ---- table definitions (table_definition_parser.cc)
  ColumnDefinition parse_column_definition();
  void parse_column_options(ColumnDefinition& definition);
  bool parse_column_option(ColumnOption& option);
  void parse_column_default(ColumnOption& option);
  void parse_generated(ColumnOption& option);
  const Expression* parse_default_value();
  bool starts_constraint();
  Constraint parse_constraint();
  void parse_check(Constraint& constraint);
  void parse_foreign_key(Constraint& constraint);
  bool parse_enforcement();
  const ReferenceDefinition* parse_references();
  ReferentialAction parse_referential_action();
  List<IndexColumn> parse_index_columns();
  IndexColumn parse_index_column();
  void parse_index_options(IndexOptions& options);
  bool parse_index_option(IndexOptions& options);
  IndexMethod parse_index_method();
  bool accept_index_word() { return accept_any(Keyword::kIndex, Keyword::kKey); }

  // ---- table options (table_option_parser.cc)
  bool parse_table_option(TableOption& option);
  List<TableOption> parse_table_options();
  bool parse_special_table_option(TableOption& option);
  void parse_ttl(TableOption& option);

  // ---- partitions (partition_parser.cc)
  const PartitionOptions* parse_partition_options();
  PartitionMethod parse_partition_method(bool is_subpartition);
  const PartitionInterval* parse_partition_interval();
  List<PartitionDefinition> parse_partition_definitions();
  PartitionDefinition parse_partition_definition(bool is_subpartition);
  void parse_partition_bound(PartitionDefinition& definition);
  const Expression* parse_bound_value();
  List<UpdateIndexOption> accept_update_indexes();

  // ---- statements on tables (create_table_parser.cc, alter_table_parser.cc)
  const Statement* parse_create();
  const Statement* parse_create_table(TemporaryTable temporary);
  const CreateTableStatement* parse_create_table_statement(TemporaryTable temporary);
  void parse_create_table_body(CreateTableStatement& create);
  const Statement* parse_create_index(IndexKind kind);
  void parse_algorithm_and_lock(std::string_view& algorithm, std::string_view& lock);
  const Statement* parse_alter();
  const Statement* parse_alter_table(bool is_ignore);
  AlterSpecification parse_alter_specification();
  void parse_alter_add(AlterSpecification& specification);
  void parse_alter_drop(AlterSpecification& specification);
  void parse_alter_alter(AlterSpecification& specification);
  void parse_alter_rename(AlterSpecification& specification);
  bool parse_alter_partition(AlterSpecification& specification);
  void parse_partition_names_or_all(AlterSpecification& specification);
  ColumnPosition parse_column_position();
  const Statement* parse_drop();
  const Statement* parse_drop_table(TemporaryTable temporary);
  const Statement* parse_drop_index();
  DropBehaviour parse_drop_behaviour();
  const Statement* parse_truncate();
  const Statement* parse_rename();
  const Statement* parse_recover();
  const Statement* parse_flashback();

  // ---- other objects (schema_object_parser.cc)
  const Statement* parse_create_database();
  const Statement* parse_alter_database();
  List<DatabaseOption> parse_database_options(bool is_required);
  /// Behind CREATE or ALTER: [OR REPLACE] [ALGORITHM ..] [DEFINER ..] [SQL SECURITY ..] VIEW ...
  const Statement* parse_create_view(bool or_replace, bool is_alter);
  const Statement* parse_create_sequence();
  const Statement* parse_alter_sequence();
  List<SequenceOption> parse_sequence_options(bool is_alter);
  bool parse_sequence_option(SequenceOption& option, bool is_alter);
  const Statement* parse_placement_policy(Keyword action, bool or_replace);
  const Statement* parse_resource_group(Keyword action);
  List<PolicyOption> parse_policy_options();
  PolicyOption parse_policy_option();
  const Statement* parse_calibrate();
  const Statement* parse_query_watch();
  const Statement* parse_create_statistics();

  // ---- accounts (account_parser.cc)
  AccountName parse_account();
  List<AccountName> parse_accounts() {
    return parse_list([this] { return parse_account(); });
  }
  AccountSpecification parse_account_specification();
  Authentication parse_authentication();
  List<AccountSpecification> parse_account_specifications() {
    return parse_list([this] { return parse_account_specification(); });
  }
  AccountOptions parse_account_options(bool is_grant);
  bool parse_password_option(PasswordOption& option);
  const Statement* parse_create_user();
  const Statement* parse_alter_user();
  const Statement* parse_create_role();
  const Statement* parse_drop_accounts();
  const Statement* parse_rename_user();
  const Statement* parse_grant();
  const Statement* parse_revoke();
  Privilege parse_privilege();
  PrivilegeTarget parse_privilege_target();

  /// An UnsupportedStatement named `name`; the rest of the statement is skipped.
  const Statement* unsupported(std::string_view name);
};

}  // namespace sluice::sql
