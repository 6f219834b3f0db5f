#pragma once
// The top of the parser: which statement begins here, and all statements that are neither DML nor DDL.

#include "sql/ast_admin.h"
#include "sql/ast_show.h"
#include "sql/ast_simple.h"
#include "sql/ddl_parser.h"

namespace sluice::sql {

class StatementParser : public DdlParser {
 public:
  using DdlParser::DdlParser;

  /// All statements of the text.
  std::vector<const Statement*> parse_statements();

 private:
  const Statement* parse_statement();
  const Statement* dispatch();

  // ---- session and transactions (session_statement_parser.cc)
  const Statement* parse_set();
  const Statement* parse_set_variables();
  VariableSetting parse_variable_setting();
  const Expression* parse_setting_value();
  bool accept_variable_scope(VariableScope& scope);
  const Statement* parse_set_transaction(VariableScope scope);
  const Statement* parse_set_password();
  const Statement* parse_set_role();
  const Statement* parse_set_default_role();
  const Statement* parse_set_binding();
  const Statement* parse_begin();
  const Statement* parse_start();
  void parse_start_options(BeginStatement& begin);
  Completion parse_completion();
  const Statement* parse_rollback();
  const Statement* parse_lock();
  const Statement* parse_unlock();
  const Statement* parse_prepare();
  const Statement* parse_execute();
  const Statement* parse_kill();
  const Statement* parse_flush();

  // ---- plans and statistics (maintenance_parser.cc)
  const Statement* parse_explain();
  const Statement* parse_describe_table();
  const Statement* parse_explainable();
  const Statement* parse_trace();
  const Statement* parse_analyze_table();
  List<AnalyzeOption> parse_analyze_options();
  const Statement* parse_drop_stats();
  const Statement* parse_maintain_tables(MaintenanceOperation operation);
  const Statement* parse_lock_stats(bool is_lock);
  const Statement* parse_split();
  const Statement* parse_distribute();
  const Statement* parse_binding(Keyword action, BindingScope scope);
  const Statement* parse_plan_replayer();
  const Statement* parse_backup_restore();
  const Statement* parse_import_job();
  const Statement* parse_traffic();

  // ---- SHOW (show_parser.cc)
  const Statement* parse_show();
  bool parse_simple_show(ShowStatement& show);
  void parse_show_create(ShowStatement& show);
  void parse_show_table(ShowStatement& show);
  void parse_show_placement(ShowStatement& show);
  void parse_show_filter(ShowStatement& show);
  void parse_from_database(ShowStatement& show);
  void parse_from_table(ShowStatement& show);

  // ---- ADMIN (admin_parser.cc)
  const Statement* parse_admin();
  void parse_admin_show(AdminStatement& admin);
  void parse_admin_check(AdminStatement& admin);
  List<std::int64_t> parse_ids();
  std::int64_t parse_id();
};

}  // namespace sluice::sql
