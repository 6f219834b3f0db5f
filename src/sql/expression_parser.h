#pragma once
// Recursive descent over expressions, with one precedence-climbing loop for the arithmetic operators.
//
// Levels, loosest first (MySQL 8.0 manual, "Operator Precedence"): := / OR / XOR / AND / NOT / comparison, IS, IN, LIKE,
// REGEXP, BETWEEN / | / & / shifts / + - / * and so on / ^ / || as concatenation / unary - + ~ / ! / COLLATE, ->.

#include "sql/ast_select.h"
#include "sql/token_stream.h"

namespace sluice::sql {

class ExpressionParser : public TokenStream {
 public:
  using TokenStream::TokenStream;

  const Expression* parse_expression();
  /// The whole text must be one expression.
  const Expression* parse_only_expression();

 protected:
  /// What a parenthesis held when it cannot yet be told whether a query is an operand or stands alone.
  struct Parenthesised {
    const Query* query = nullptr;            // set: `( query )`
    const Expression* expression = nullptr;  // set: an expression, a row, or a subquery with operators behind it
  };

  // Implemented by the query parser.
  virtual const Query* parse_query_expression() = 0;
  /// Goes on behind an operand that was in parentheses: set operators, ORDER BY, LIMIT, ...; returns `left` if none follow.
  virtual const Query* continue_query_expression(const Query* left, std::uint32_t begin) = 0;
  bool starts_query() const noexcept {
    return is_any(Keyword::kSelect, Keyword::kWith, Keyword::kTable) || is(Keyword::kValues);
  }
  bool continues_query() const noexcept {
    return is_any(Keyword::kUnion, Keyword::kExcept, Keyword::kIntersect, Keyword::kOrder, Keyword::kLimit,
                  Keyword::kFor, Keyword::kLock, Keyword::kFetch, Keyword::kInto);
  }
  const Query* parse_parenthesised_query();

  // ---- operators (expression_parser.cc)
  const Expression* parse_or(const Expression* first);
  const Expression* parse_xor(const Expression* first);
  const Expression* parse_and(const Expression* first);
  const Expression* parse_not(const Expression* first);
  const Expression* parse_comparison(const Expression* first);
  const Expression* parse_predicate(const Expression* first);
  const Expression* parse_in(const Expression* operand, bool is_negated);
  const Expression* parse_between(const Expression* operand, bool is_negated);
  const Expression* parse_like(const Expression* operand, bool is_negated);
  const Expression* parse_arithmetic(int minimum_precedence, const Expression* first = nullptr);
  const Expression* parse_concatenation(const Expression* first);
  const Expression* parse_unary();
  const Expression* parse_postfix(const Expression* operand);
  const Expression* parse_simple();
  const Expression* chain(BinaryOperator op, const std::vector<const Expression*>& operands);
  const Expression* finish(Expression* expression, std::uint32_t begin);
  const Binary* make_binary(BinaryOperator op, const Expression* left, const Expression* right);
  void check_chain(std::size_t length) const;

  // ---- primaries (primary_parser.cc)
  const Expression* parse_primary();
  const Expression* parse_keyword_primary();
  const Expression* parse_parenthesised_primary();
  Parenthesised parse_parenthesis();
  const Expression* make_subquery(const Query* query, std::uint32_t begin);
  const Expression* parse_number();
  const Expression* parse_string_literal();
  Literal* make_string_literal(const Token& token);
  const Expression* try_parse_introduced_literal();
  const Expression* parse_user_variable();
  const Expression* parse_system_variable();
  const Expression* parse_parameter();
  const Expression* parse_column_or_call();
  const ColumnReference* parse_column_reference();
  const Expression* parse_case();
  const Expression* parse_exists();
  const Expression* parse_interval();
  const Expression* parse_default();
  const Expression* parse_match();
  const Expression* parse_braced();
  Literal* make_literal(LiteralKind kind, std::uint32_t begin);

  // ---- functions (function_parser.cc)
  const Expression* parse_function(const Token& name, std::uint32_t begin);
  const Expression* parse_special_function(const Token& name, std::uint32_t begin);
  const Expression* parse_plain_call(Name schema, const Token& name, std::uint32_t begin);
  const Expression* parse_aggregate(std::string_view canonical_name, const Token& name, std::uint32_t begin);
  const Expression* parse_group_concat(std::uint32_t begin);
  const Expression* parse_window_only_function(const Token& name, std::uint32_t begin);
  const Expression* parse_over(std::string_view name, ExpressionList arguments, bool is_star, bool is_distinct,
                               std::uint32_t begin);
  const Expression* parse_current_time(const Token& name, std::uint32_t begin);
  const Expression* parse_cast(std::uint32_t begin);
  const Expression* parse_convert(std::uint32_t begin);
  const Expression* parse_extract(std::uint32_t begin);
  const Expression* parse_date_arithmetic(const Token& name, std::uint32_t begin);
  const Expression* parse_timestamp_arithmetic(const Token& name, std::uint32_t begin);
  const Expression* parse_trim(std::uint32_t begin);
  const Expression* parse_substring(const Token& name, std::uint32_t begin);
  const Expression* parse_position(std::uint32_t begin);
  const Expression* parse_char(std::uint32_t begin);
  const Expression* parse_weight_string(std::uint32_t begin);
  const Expression* parse_get_format(std::uint32_t begin);
  const Expression* parse_sequence_call(const Token& name, std::uint32_t begin);
  const Expression* parse_values_reference(std::uint32_t begin);
  FunctionCall* make_call(std::string_view name, const std::vector<const Expression*>& arguments);
  bool is_call_adjacent();

  // ---- parts shared with statements
  ExpressionList parse_expression_list() {
    return parse_list([this] { return parse_expression(); });
  }
  TimeUnit parse_time_unit();
  bool is_time_unit() const noexcept;
  List<OrderItem> parse_order_items();
  OrderItem parse_order_item();
  const WindowSpecification* parse_window_specification();
  void parse_window_body(WindowSpecification& window);
  const WindowFrame* parse_window_frame();
  FrameBound parse_frame_bound();
  const DataType* parse_cast_type();
  /// Column types (data_type_parser.cc). False: no type starts here.
  const DataType* parse_data_type();
  void parse_string_type_attributes(DataType& type);
  void parse_numeric_type_attributes(DataType& type);
  std::int64_t accept_length();
  bool is_charset_keyword();
  /// CHARSET or CHARACTER SET, then nothing more.
  bool accept_charset_keyword();
  std::string_view parse_charset_name();
  std::string_view parse_collation_name();
  ObjectName parse_object_name();

  std::uint32_t parameter_count_ = 0;
  bool is_maxvalue_allowed_ = false;
};

}  // namespace sluice::sql
