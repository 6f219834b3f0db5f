// FROM: tables, derived tables, joins, index hints, samples.
#include "sql/query_parser.h"

namespace sluice::sql {

/// Joined tables separated by commas, left-deep.
const TableReference* QueryParser::parse_table_references() {
  const TableReference* left = parse_joined_table();
  for (std::size_t length = 0; accept(TokenKind::kComma); ++length) {
    check_chain(length);
    Join* join = make<Join>();
    join->is_comma = true;
    join->left = left;
    join->right = parse_joined_table();
    left = join;
  }
  return left;
}

const TableReference* QueryParser::parse_joined_table() {
  const NestingGuard guard(*this);
  return parse_join_tail(parse_table_factor());
}

/// Joins behind `left`. An inner join without a condition of its own binds the conditions that follow a nested join:
/// `a JOIN b JOIN c ON .. ON ..` is a JOIN (b JOIN c ON ..) ON ...
const TableReference* QueryParser::parse_join_tail(const TableReference* left) {
  for (std::size_t length = 0;; ++length) {
    check_chain(length);
    Join* join = make<Join>();
    if (accept(Keyword::kNatural)) {
      join->is_natural = true;
      if (accept(Keyword::kLeft)) {
        join->join_kind = JoinKind::kLeft;
        accept(Keyword::kOuter);
      } else if (accept(Keyword::kRight)) {
        join->join_kind = JoinKind::kRight;
        accept(Keyword::kOuter);
      } else {
        accept(Keyword::kInner);
      }
      expect(Keyword::kJoin);
    } else if (is_any(Keyword::kLeft, Keyword::kRight)) {
      join->join_kind = advance().keyword == Keyword::kLeft ? JoinKind::kLeft : JoinKind::kRight;
      accept(Keyword::kOuter);
      expect(Keyword::kJoin);
    } else if (is_any(Keyword::kInner, Keyword::kCross)) {
      advance();
      expect(Keyword::kJoin);
    } else if (accept(Keyword::kStraightJoin)) {
      join->is_straight = true;
    } else if (!accept(Keyword::kJoin)) {
      return left;
    }
    join->left = left;
    join->right = parse_table_factor();
    if (!join->is_natural) {
      const bool is_outer = join->join_kind != JoinKind::kCross;
      // A further join before the condition belongs to the right side.
      if (!is_any(Keyword::kOn, Keyword::kUsing) && is_outer) {
        const NestingGuard guard(*this);
        join->right = parse_join_tail(join->right);
      }
      const bool has_condition = is(Keyword::kOn) && peek().keyword != Keyword::kDuplicate;
      if (has_condition) {
        advance();
        join->on = parse_expression();
      } else if (accept(Keyword::kUsing)) {
        join->using_columns = parse_parenthesised_names();
      } else if (is_outer) {
        fail();
      } else if (is_any(Keyword::kJoin, Keyword::kInner, Keyword::kLeft, Keyword::kRight)) {
        // `a JOIN b LEFT JOIN c ON x ON y`: if a second condition follows the joins behind, it is this join's.
        const NestingGuard guard(*this);
        const TableReference* right = parse_join_tail(join->right);
        if (is_any(Keyword::kOn, Keyword::kUsing)) {
          join->right = right;
          if (accept(Keyword::kOn)) {
            join->on = parse_expression();
          } else {
            advance();
            join->using_columns = parse_parenthesised_names();
          }
        } else {
          // None did: the joins are left-associative after all, and the leftmost of them takes this join as its left side.
          const TableReference* innermost = right;
          while (innermost->as<Join>().left != join->right) innermost = innermost->as<Join>().left;
          const_cast<Join&>(innermost->as<Join>()).left = join;
          left = right;
          continue;
        }
      }
    }
    left = join;
  }
}

const TableReference* QueryParser::parse_table_factor() {
  if (is(TokenKind::kLeftParen)) return parse_parenthesised_table();
  if (is(Keyword::kLateral) && peek().kind == TokenKind::kLeftParen) {
    advance();
    return finish_derived(parse_parenthesised_query(), true);
  }
  if (accept(TokenKind::kLeftBrace)) {  // ODBC: { OJ table references }
    if (!accept_word("OJ")) fail();
    const TableReference* table = parse_joined_table();
    expect(TokenKind::kRightBrace);
    return table;
  }
  return parse_named_table();
}

/// `(query) alias`, `(t1 JOIN t2 ..)`, and any nesting of parentheses around either.
const TableReference* QueryParser::parse_parenthesised_table() {
  const NestingGuard guard(*this);
  if (query_follows_parentheses()) {
    // `((SELECT ..) t JOIN u)` has a query behind its parentheses, too: what stands behind the inner ')' decides.
    if (peek().kind != TokenKind::kLeftParen) return finish_derived(parse_parenthesised_query(), false);
    expect(TokenKind::kLeftParen);
    const std::uint32_t inner_begin = begin();
    const TableReference* inner = parse_parenthesised_table();
    DerivedTable* derived = const_cast<DerivedTable*>(inner->try_as<DerivedTable>());
    const bool is_bare_query = derived != nullptr && derived->alias.empty();
    if (is_bare_query && (is(TokenKind::kRightParen) || continues_query())) {
      const_cast<Query*>(derived->query)->is_parenthesised = true;
      const Query* query = continue_query_expression(derived->query, inner_begin);
      expect(TokenKind::kRightParen);
      return finish_derived(query, false);
    }
    const TableReference* table = parse_join_tail(inner);
    while (accept(TokenKind::kComma)) {
      Join* join = make<Join>();
      join->is_comma = true;
      join->left = table;
      join->right = parse_joined_table();
      table = join;
    }
    expect(TokenKind::kRightParen);
    if (const Join* join = table->try_as<Join>()) const_cast<Join*>(join)->is_parenthesised = true;
    return table;
  }
  expect(TokenKind::kLeftParen);
  const TableReference* table = parse_table_references();
  expect(TokenKind::kRightParen);
  if (const Join* join = table->try_as<Join>()) const_cast<Join*>(join)->is_parenthesised = true;
  return table;
}

const TableReference* QueryParser::finish_derived(const Query* query, bool is_lateral) {
  DerivedTable* derived = make<DerivedTable>();
  derived->query = query;
  derived->is_lateral = is_lateral;
  derived->alias = accept_table_alias();
  if (!derived->alias.empty() && is(TokenKind::kLeftParen)) derived->columns = parse_parenthesised_names();
  return derived;
}

Name QueryParser::accept_table_alias() {
  if (accept(Keyword::kAs)) return parse_name();
  // `FROM t AS OF ..` has been read before; OFFSET-like words are names in this place.
  return accept_name();
}

const NamedTable* QueryParser::parse_named_table() {
  NamedTable* table = make<NamedTable>();
  const std::uint32_t begin = this->begin();
  table->name = parse_object_name();
  table->partitions = accept_partitions();
  table->source = {begin, last_end()};
  table->as_of_timestamp = accept_as_of();
  table->alias = accept_table_alias();
  if (table->as_of_timestamp == nullptr) table->as_of_timestamp = accept_as_of();
  table->index_hints = parse_index_hints();
  table->sample = accept_table_sample();
  return table;
}

List<Name> QueryParser::accept_partitions() {
  if (!accept(Keyword::kPartition)) return {};
  return parse_parenthesised_names();
}

const Expression* QueryParser::accept_as_of() {
  if (!accept(Keyword::kAs, Keyword::kOf)) return nullptr;
  expect(Keyword::kTimestamp);
  return parse_expression();
}

List<IndexHint> QueryParser::parse_index_hints() {
  std::vector<IndexHint> hints;
  while (is_any(Keyword::kUse, Keyword::kIgnore, Keyword::kForce) &&
         (peek().keyword == Keyword::kIndex || peek().keyword == Keyword::kKey)) {
    hints.push_back(parse_index_hint());
    if (is(TokenKind::kComma) &&
        (peek().keyword == Keyword::kUse || peek().keyword == Keyword::kIgnore || peek().keyword == Keyword::kForce))
      advance();
  }
  return list(hints);
}

IndexHint QueryParser::parse_index_hint() {
  IndexHint hint;
  const Keyword word = advance().keyword;
  hint.kind = word == Keyword::kUse      ? IndexHintKind::kUse
              : word == Keyword::kIgnore ? IndexHintKind::kIgnore
                                         : IndexHintKind::kForce;
  advance();  // INDEX or KEY
  if (accept(Keyword::kFor)) {
    if (accept(Keyword::kJoin)) {
      hint.scope = IndexHintScope::kJoin;
    } else if (accept(Keyword::kOrder)) {
      expect(Keyword::kBy);
      hint.scope = IndexHintScope::kOrderBy;
    } else {
      expect(Keyword::kGroup, Keyword::kBy);
      hint.scope = IndexHintScope::kGroupBy;
    }
  }
  expect(TokenKind::kLeftParen);
  if (!is(TokenKind::kRightParen)) {
    hint.indexes = parse_list([this]() -> Name {
      if (accept(Keyword::kPrimary)) return "PRIMARY";
      return parse_name();
    });
  } else if (hint.kind != IndexHintKind::kUse) {
    fail();
  }
  expect(TokenKind::kRightParen);
  return hint;
}

const TableSample* QueryParser::accept_table_sample() {
  if (!accept(Keyword::kTablesample)) return nullptr;
  TableSample* sample = make<TableSample>();
  if (!is(TokenKind::kLeftParen)) sample->method = lower(parse_name());
  expect(TokenKind::kLeftParen);
  if (!is(TokenKind::kRightParen)) {
    sample->amount = parse_expression();
    sample->is_rows = accept(Keyword::kRows);
    if (!sample->is_rows) accept_word("PERCENT");
  }
  expect(TokenKind::kRightParen);
  if (accept_word("REPEATABLE")) {
    expect(TokenKind::kLeftParen);
    sample->repeatable_seed = parse_expression();
    expect(TokenKind::kRightParen);
  }
  return sample;
}

}  // namespace sluice::sql
