// Columns, indexes and constraints of CREATE and ALTER TABLE.
#include "sql/ddl_parser.h"

namespace sluice::sql {

// ---- columns ---------------------------------------------------------------------------------------------------------

ColumnDefinition DdlParser::parse_column_definition() {
  ColumnDefinition definition;
  definition.column = parse_column_reference();
  definition.type = parse_data_type();
  parse_column_options(definition);
  return definition;
}

void DdlParser::parse_column_options(ColumnDefinition& definition) {
  std::vector<ColumnOption> options;
  for (;;) {
    ColumnOption option;
    if (!parse_column_option(option)) break;
    options.push_back(option);
  }
  definition.options = list(options);
}

/// One option; false if none follows.
bool DdlParser::parse_column_option(ColumnOption& option) {
  const auto kind_is = [&option](ColumnOptionKind kind) {
    option.kind = kind;
    return true;
  };
  switch (token().keyword) {
    case Keyword::kNot:
      if (peek().keyword != Keyword::kNull) return false;
      advance();
      advance();
      return kind_is(ColumnOptionKind::kNotNull);
    case Keyword::kNull:
      advance();
      return kind_is(ColumnOptionKind::kNull);
    case Keyword::kAutoIncrement:
      advance();
      return kind_is(ColumnOptionKind::kAutoIncrement);
    case Keyword::kPrimary:
    case Keyword::kKey:
      accept(Keyword::kPrimary);
      expect(Keyword::kKey);
      if (accept(Keyword::kClustered)) {
        option.clustering = Clustering::kClustered;
      } else if (accept(Keyword::kNonclustered)) {
        option.clustering = Clustering::kNonClustered;
      }
      option.is_global = accept(Keyword::kGlobal);
      if (!option.is_global) accept(Keyword::kLocal);
      return kind_is(ColumnOptionKind::kPrimaryKey);
    case Keyword::kUnique:
      advance();
      accept(Keyword::kKey);
      option.is_global = accept(Keyword::kGlobal);
      if (!option.is_global) accept(Keyword::kLocal);
      return kind_is(ColumnOptionKind::kUniqueKey);
    case Keyword::kDefault:
      parse_column_default(option);
      return true;
    case Keyword::kSerial:
      if (peek().keyword != Keyword::kDefault || peek(2).keyword != Keyword::kValue) return false;
      advance();
      advance();
      advance();
      return kind_is(ColumnOptionKind::kAutoIncrement);
    case Keyword::kOn:
      if (peek().keyword != Keyword::kUpdate) return false;
      advance();
      advance();
      option.expression = parse_primary();
      return kind_is(ColumnOptionKind::kOnUpdate);
    case Keyword::kComment:
      advance();
      accept_equal();
      option.text = parse_string();
      return kind_is(ColumnOptionKind::kComment);
    case Keyword::kGenerated:
    case Keyword::kAs:
      parse_generated(option);
      return true;
    case Keyword::kReferences:
      option.reference = parse_references();
      return kind_is(ColumnOptionKind::kReference);
    case Keyword::kCollate:
      advance();
      accept_equal();
      option.text = parse_collation_name();
      return kind_is(ColumnOptionKind::kCollate);
    case Keyword::kConstraint:
    case Keyword::kCheck: {
      if (accept(Keyword::kConstraint)) option.name = accept_name();
      Constraint check;
      parse_check(check);
      option.expression = check.check;
      option.expression_text = check.check_text;
      option.is_enforced = check.is_enforced;
      return kind_is(ColumnOptionKind::kCheck);
    }
    case Keyword::kColumnFormat:
      advance();
      option.text = upper(accept(Keyword::kDefault) ? "DEFAULT" : parse_name());
      return kind_is(ColumnOptionKind::kColumnFormat);
    case Keyword::kStorage:
      advance();
      option.text = upper(accept(Keyword::kDefault) ? "DEFAULT" : parse_name());
      return kind_is(ColumnOptionKind::kStorage);
    case Keyword::kAutoRandom:
      advance();
      if (accept(TokenKind::kLeftParen)) {
        option.shard_bits = static_cast<std::int64_t>(std::min<std::uint64_t>(parse_unsigned(), INT64_MAX));
        if (accept(TokenKind::kComma))
          option.range_bits = static_cast<std::int64_t>(std::min<std::uint64_t>(parse_unsigned(), INT64_MAX));
        expect(TokenKind::kRightParen);
      }
      return kind_is(ColumnOptionKind::kAutoRandom);
    case Keyword::kVisible:
      advance();
      return kind_is(ColumnOptionKind::kVisible);
    case Keyword::kInvisible:
      advance();
      return kind_is(ColumnOptionKind::kInvisible);
    case Keyword::kEngineAttribute:
    case Keyword::kSecondaryEngineAttribute: {
      const bool is_secondary = advance().keyword == Keyword::kSecondaryEngineAttribute;
      accept_equal();
      option.text = parse_string();
      return kind_is(is_secondary ? ColumnOptionKind::kSecondaryEngineAttribute : ColumnOptionKind::kEngineAttribute);
    }
    default:
      return false;
  }
}

void DdlParser::parse_column_default(ColumnOption& option) {
  expect(Keyword::kDefault);
  option.kind = ColumnOptionKind::kDefault;
  option.is_parenthesised_default = is(TokenKind::kLeftParen);
  const std::uint32_t begin = this->begin();
  option.expression = parse_default_value();
  option.expression_text = text_between(begin, last_end());
}

/// A signed literal, a function call, or an expression in parentheses. COLLATE behind it is the column's.
const Expression* DdlParser::parse_default_value() {
  const std::uint32_t begin = this->begin();
  if (is(TokenKind::kMinus) || is(TokenKind::kPlus)) {
    Unary* unary = make<Unary>();
    unary->op = advance().kind == TokenKind::kMinus ? UnaryOperator::kMinus : UnaryOperator::kPlus;
    unary->operand = parse_number();
    return finish(unary, begin);
  }
  const Token first = token();
  const Expression* value = parse_primary();
  if (value->kind == ExpressionKind::kColumn && !value->is_parenthesised) fail_at(first);
  return value;
}

void DdlParser::parse_generated(ColumnOption& option) {
  if (accept(Keyword::kGenerated)) {
    if (!accept_word("ALWAYS")) fail();
  }
  expect(Keyword::kAs);
  expect(TokenKind::kLeftParen);
  const std::uint32_t begin = this->begin();
  option.kind = ColumnOptionKind::kGenerated;
  option.expression = parse_expression();
  option.expression_text = text_between(begin, last_end());
  expect(TokenKind::kRightParen);
  option.is_stored = accept_any(Keyword::kStored, Keyword::kPersistent);
  if (!option.is_stored) accept(Keyword::kVirtual);
}

// ---- constraints -----------------------------------------------------------------------------------------------------

bool DdlParser::starts_constraint() {
  switch (token().keyword) {
    case Keyword::kConstraint:
    case Keyword::kPrimary:
    case Keyword::kIndex:
    case Keyword::kKey:
    case Keyword::kUnique:
    case Keyword::kFulltext:
    case Keyword::kSpatial:
    case Keyword::kForeign:
    case Keyword::kCheck:
      return true;
    case Keyword::kVector:
    case Keyword::kColumnar:
      return peek().keyword == Keyword::kIndex || peek().keyword == Keyword::kKey;
    default:
      return false;
  }
}

Constraint DdlParser::parse_constraint() {
  Constraint constraint;
  if (accept(Keyword::kConstraint)) {
    constraint.constraint_name = accept_name();
    constraint.is_empty_constraint_symbol = constraint.constraint_name.empty();
  }
  const Keyword word = token().keyword;
  const bool has_symbol = !constraint.constraint_name.empty() || constraint.is_empty_constraint_symbol;
  switch (word) {
    case Keyword::kCheck:
      parse_check(constraint);
      return constraint;
    case Keyword::kForeign:
      parse_foreign_key(constraint);
      return constraint;
    case Keyword::kPrimary:
      advance();
      expect(Keyword::kKey);
      constraint.kind = IndexKind::kPrimaryKey;
      accept_name();
      break;
    case Keyword::kUnique:
      advance();
      accept_index_word();
      constraint.kind = IndexKind::kUnique;
      constraint.if_not_exists = accept_if_not_exists();
      constraint.name = accept_name();
      if (constraint.name.empty()) constraint.name = constraint.constraint_name;
      break;
    case Keyword::kIndex:
    case Keyword::kKey:
      if (has_symbol) fail();
      advance();
      constraint.if_not_exists = accept_if_not_exists();
      constraint.name = accept_name();
      break;
    case Keyword::kFulltext:
    case Keyword::kSpatial:
    case Keyword::kVector:
    case Keyword::kColumnar:
      if (has_symbol) fail();
      advance();
      constraint.kind = word == Keyword::kFulltext  ? IndexKind::kFullText
                        : word == Keyword::kSpatial ? IndexKind::kSpatial
                        : word == Keyword::kVector  ? IndexKind::kVector
                                                    : IndexKind::kColumnar;
      accept_index_word();
      constraint.if_not_exists = accept_if_not_exists();
      constraint.name = accept_name();
      break;
    default:
      fail();
  }
  if (accept_any(Keyword::kUsing, Keyword::kType)) constraint.options.method = parse_index_method();
  constraint.columns = parse_index_columns();
  parse_index_options(constraint.options);
  return constraint;
}

void DdlParser::parse_check(Constraint& constraint) {
  expect(Keyword::kCheck);
  constraint.kind = IndexKind::kCheck;
  constraint.name = constraint.constraint_name;
  expect(TokenKind::kLeftParen);
  const std::uint32_t begin = this->begin();
  constraint.check = parse_expression();
  constraint.check_text = text_between(begin, last_end());
  expect(TokenKind::kRightParen);
  constraint.is_enforced = parse_enforcement();
}

/// [[NOT] ENFORCED].
bool DdlParser::parse_enforcement() {
  if (is(Keyword::kNot) && peek().keyword == Keyword::kEnforced) {
    advance();
    advance();
    return false;
  }
  accept(Keyword::kEnforced);
  return true;
}

void DdlParser::parse_foreign_key(Constraint& constraint) {
  expect(Keyword::kForeign, Keyword::kKey);
  constraint.kind = IndexKind::kForeignKey;
  constraint.if_not_exists = accept_if_not_exists();
  const Name name = accept_name();
  constraint.name = constraint.constraint_name.empty() ? name : constraint.constraint_name;
  constraint.columns = parse_index_columns();
  constraint.reference = parse_references();
}

const ReferenceDefinition* DdlParser::parse_references() {
  expect(Keyword::kReferences);
  ReferenceDefinition* reference = make<ReferenceDefinition>();
  reference->table = parse_object_name();
  if (is(TokenKind::kLeftParen)) reference->columns = parse_index_columns();
  if (accept(Keyword::kMatch)) {
    if (accept(Keyword::kFull)) {
      reference->match = ReferenceMatch::kFull;
    } else if (accept(Keyword::kPartial)) {
      reference->match = ReferenceMatch::kPartial;
    } else {
      if (!accept_word("SIMPLE")) fail();
      reference->match = ReferenceMatch::kSimple;
    }
  }
  while (is(Keyword::kOn) && (peek().keyword == Keyword::kDelete || peek().keyword == Keyword::kUpdate)) {
    advance();
    const bool is_delete = is(Keyword::kDelete);
    ReferentialAction& action = is_delete ? reference->on_delete : reference->on_update;
    if (action != ReferentialAction::kNotWritten) fail();
    advance();
    action = parse_referential_action();
  }
  return reference;
}

ReferentialAction DdlParser::parse_referential_action() {
  if (accept(Keyword::kRestrict)) return ReferentialAction::kRestrict;
  if (accept(Keyword::kCascade)) return ReferentialAction::kCascade;
  if (accept(Keyword::kNo)) {
    expect(Keyword::kAction);
    return ReferentialAction::kNoAction;
  }
  expect(Keyword::kSet);
  if (accept(Keyword::kDefault)) return ReferentialAction::kSetDefault;
  expect(Keyword::kNull);
  return ReferentialAction::kSetNull;
}

// ---- indexes ---------------------------------------------------------------------------------------------------------

List<IndexColumn> DdlParser::parse_index_columns() {
  return parse_parenthesised_list([this] { return parse_index_column(); });
}

IndexColumn DdlParser::parse_index_column() {
  IndexColumn column;
  if (accept(TokenKind::kLeftParen)) {
    column.expression = parse_expression();
    expect(TokenKind::kRightParen);
  } else {
    column.column = parse_column_reference()->column;
    column.prefix_length = accept_length();
  }
  column.descending = accept(Keyword::kDesc);
  if (!column.descending) accept(Keyword::kAsc);
  return column;
}

IndexMethod DdlParser::parse_index_method() {
  struct MethodWord {
    std::string_view word;
    IndexMethod method;
  };
  static constexpr MethodWord kMethods[] = {{"BTREE", IndexMethod::kBtree}, {"HASH", IndexMethod::kHash},
                                            {"RTREE", IndexMethod::kRtree}, {"HYPO", IndexMethod::kHypo},
                                            {"HNSW", IndexMethod::kHnsw},   {"INVERTED", IndexMethod::kInverted}};
  for (const MethodWord& candidate : kMethods) {
    if (accept_word(candidate.word)) return candidate.method;
  }
  fail();
}

void DdlParser::parse_index_options(IndexOptions& options) {
  while (parse_index_option(options)) {
  }
}

bool DdlParser::parse_index_option(IndexOptions& options) {
  switch (token().keyword) {
    case Keyword::kKeyBlockSize:
      advance();
      accept_equal();
      options.key_block_size = parse_unsigned();
      return true;
    case Keyword::kUsing:
    case Keyword::kType:
      advance();
      options.method = parse_index_method();
      return true;
    case Keyword::kWith:
      if (peek().keyword != Keyword::kParser) return false;
      advance();
      advance();
      options.parser_name = parse_name();
      return true;
    case Keyword::kComment:
      advance();
      accept_equal();
      options.comment = parse_string();
      return true;
    case Keyword::kVisible:
      advance();
      options.visibility = IndexVisibility::kVisible;
      return true;
    case Keyword::kInvisible:
      advance();
      options.visibility = IndexVisibility::kInvisible;
      return true;
    case Keyword::kClustered:
      advance();
      options.clustering = Clustering::kClustered;
      return true;
    case Keyword::kNonclustered:
      advance();
      options.clustering = Clustering::kNonClustered;
      return true;
    case Keyword::kGlobal:
      advance();
      options.is_global = true;
      return true;
    case Keyword::kLocal:
      advance();
      options.is_local = true;
      return true;
    case Keyword::kPreSplitRegions:
      advance();
      accept_equal();
      options.pre_split_regions = is(TokenKind::kLeftParen) ? parse_primary() : parse_number();
      return true;
    case Keyword::kEngineAttribute:
      advance();
      accept_equal();
      options.engine_attribute = parse_string();
      return true;
    case Keyword::kSecondaryEngineAttribute:
      advance();
      accept_equal();
      options.secondary_engine_attribute = parse_string();
      return true;
    case Keyword::kAddColumnarReplicaOnDemand:
      advance();
      options.add_columnar_replica_on_demand = true;
      return true;
    case Keyword::kWhere:
      advance();
      options.where = parse_expression();
      return true;
    default:
      return false;
  }
}

}  // namespace sluice::sql
