#pragma once
// Queries: SELECT and its clauses, set operations, table references, common table expressions, hints.

#include "sql/ast_dml.h"
#include "sql/expression_parser.h"

namespace sluice::sql {

class QueryParser : public ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  /// To be called once, behind the last statement.
  std::vector<HintWarning> take_hint_warnings() {
    if (has_misplaced_hint())
      hint_warnings_.push_back(
          {8066, "Optimizer hint can only be followed by certain keywords like SELECT, INSERT, etc."});
    return std::move(hint_warnings_);
  }

 protected:
  const Query* parse_query_expression() override;
  const Query* continue_query_expression(const Query* left, std::uint32_t begin) override;

  // ---- query expressions (query_parser.cc)
  const WithClause* parse_with();
  const Query* attach_with(const WithClause* with, const Query* query, std::uint32_t begin);
  CommonTableExpression parse_common_table_expression();
  const Query* parse_set_operation(const Query* first, std::uint32_t begin);
  const Query* parse_intersection(const Query* first);
  const Query* parse_query_operand();
  const Query* parse_select();
  const Query* parse_values_query();
  const Query* parse_table_query();
  void parse_query_tail(Query& query);
  bool accept_set_operator(SetOperator op, bool& is_all);
  const LimitClause* parse_limit();
  const Expression* parse_limit_value();
  const LockingClause* parse_locking();
  const IntoClause* parse_into();
  void parse_fields_and_lines(FieldsAndLines& format);
  std::string_view parse_separator_text();
  void parse_select_options(SelectQuery& select);
  SelectItem parse_select_item();
  void parse_alias(SelectItem& item);
  const Expression* parse_where() { return accept(Keyword::kWhere) ? parse_expression() : nullptr; }
  void parse_group_by(SelectQuery& select);
  void parse_windows(SelectQuery& select);

  // ---- table references (table_reference_parser.cc)
  const TableReference* parse_table_references();
  const TableReference* parse_joined_table();
  const TableReference* parse_join_tail(const TableReference* left);
  const TableReference* parse_table_factor();
  const TableReference* parse_parenthesised_table();
  const TableReference* finish_derived(const Query* query, bool is_lateral);
  const NamedTable* parse_named_table();
  List<Name> accept_partitions();
  Name accept_table_alias();
  List<IndexHint> parse_index_hints();
  IndexHint parse_index_hint();
  const Expression* accept_as_of();
  const TableSample* accept_table_sample();

  // ---- hints (hint_parser.cc)
  /// Hints written right before the current token.
  List<Hint> take_hints();

 private:
  std::vector<HintWarning> hint_warnings_;
};

}  // namespace sluice::sql
