#pragma once
// Statements that read and write rows.

#include "sql/query_parser.h"

namespace sluice::sql {

class DmlParser : public QueryParser {
 public:
  using QueryParser::QueryParser;

 protected:
  const Statement* parse_query_statement();
  /// INSERT and REPLACE.
  const Statement* parse_insert();
  const Statement* parse_update(const WithClause* with);
  const Statement* parse_delete(const WithClause* with);
  /// WITH in front of SELECT, UPDATE or DELETE.
  const Statement* parse_with_statement();
  const Statement* parse_load_data();
  const Statement* parse_import_into();
  const Statement* parse_batch();
  const Statement* parse_do();
  const Statement* parse_call();
  /// INSERT, REPLACE, UPDATE, DELETE, or a query: what EXPLAIN, BATCH and bindings take. Null if none starts here.
  const Statement* try_parse_dml();

  ExpressionList parse_value_list();
  const Expression* parse_expression_or_default();
  Assignment parse_assignment();
  List<Assignment> parse_assignments() {
    return parse_list([this] { return parse_assignment(); });
  }
  PriorityModifier accept_priority();
  void parse_insert_source(InsertStatement& insert);
  void parse_on_duplicate(InsertStatement& insert);
  void parse_multi_delete_targets(DeleteStatement& statement);
  LoadTarget parse_load_target();
  List<LoadTarget> parse_load_targets();
  List<NamedOption> accept_with_options();
  NamedOption parse_named_option();
};

}  // namespace sluice::sql
