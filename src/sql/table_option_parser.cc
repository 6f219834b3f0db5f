// Table options: ENGINE, AUTO_INCREMENT, COMMENT, TTL and so on.
#include "sql/ddl_parser.h"

namespace sluice::sql {
namespace {

/// What stands behind an option's name and its optional `=`.
enum class OptionValue : std::uint8_t { kNumber, kNumberOrDefault, kString, kName, kNameOrString };

struct OptionWord {
  Keyword keyword;
  TableOptionKind kind;
  OptionValue value;
};

constexpr OptionWord kOptionWords[] = {
    {Keyword::kEngine, TableOptionKind::kEngine, OptionValue::kNameOrString},
    {Keyword::kAutoIncrement, TableOptionKind::kAutoIncrement, OptionValue::kNumber},
    {Keyword::kAutoIdCache, TableOptionKind::kAutoIdCache, OptionValue::kNumber},
    {Keyword::kAutoRandomBase, TableOptionKind::kAutoRandomBase, OptionValue::kNumber},
    {Keyword::kComment, TableOptionKind::kComment, OptionValue::kString},
    {Keyword::kAvgRowLength, TableOptionKind::kAverageRowLength, OptionValue::kNumber},
    {Keyword::kChecksum, TableOptionKind::kCheckSum, OptionValue::kNumber},
    {Keyword::kTableChecksum, TableOptionKind::kTableCheckSum, OptionValue::kNumber},
    {Keyword::kCompression, TableOptionKind::kCompression, OptionValue::kNameOrString},
    {Keyword::kConnection, TableOptionKind::kConnection, OptionValue::kString},
    {Keyword::kPassword, TableOptionKind::kPassword, OptionValue::kString},
    {Keyword::kKeyBlockSize, TableOptionKind::kKeyBlockSize, OptionValue::kNumber},
    {Keyword::kMaxRows, TableOptionKind::kMaxRows, OptionValue::kNumber},
    {Keyword::kMinRows, TableOptionKind::kMinRows, OptionValue::kNumber},
    {Keyword::kDelayKeyWrite, TableOptionKind::kDelayKeyWrite, OptionValue::kNumber},
    {Keyword::kStatsPersistent, TableOptionKind::kStatsPersistent, OptionValue::kNumberOrDefault},
    {Keyword::kStatsAutoRecalc, TableOptionKind::kStatsAutoRecalc, OptionValue::kNumberOrDefault},
    {Keyword::kStatsSamplePages, TableOptionKind::kStatsSamplePages, OptionValue::kNumberOrDefault},
    {Keyword::kStatsBuckets, TableOptionKind::kStatsBuckets, OptionValue::kNumberOrDefault},
    {Keyword::kStatsTopn, TableOptionKind::kStatsTopN, OptionValue::kNumberOrDefault},
    {Keyword::kPackKeys, TableOptionKind::kPackKeys, OptionValue::kNumberOrDefault},
    {Keyword::kTablespace, TableOptionKind::kTablespace, OptionValue::kNameOrString},
    {Keyword::kNodegroup, TableOptionKind::kNodegroup, OptionValue::kNumber},
    {Keyword::kInsertMethod, TableOptionKind::kInsertMethod, OptionValue::kName},
    {Keyword::kEncryption, TableOptionKind::kEncryption, OptionValue::kString},
    {Keyword::kShardRowIdBits, TableOptionKind::kShardRowId, OptionValue::kNumber},
    {Keyword::kPreSplitRegions, TableOptionKind::kPreSplitRegion, OptionValue::kNumber},
    {Keyword::kTtlEnable, TableOptionKind::kTtlEnable, OptionValue::kString},
    {Keyword::kTtlJobInterval, TableOptionKind::kTtlJobInterval, OptionValue::kString},
    {Keyword::kAutoextendSize, TableOptionKind::kAutoextendSize, OptionValue::kNameOrString},
    {Keyword::kEngineAttribute, TableOptionKind::kEngineAttribute, OptionValue::kString},
    {Keyword::kSecondaryEngineAttribute, TableOptionKind::kSecondaryEngineAttribute, OptionValue::kString},
    {Keyword::kPageChecksum, TableOptionKind::kPageChecksum, OptionValue::kNumber},
    {Keyword::kPageCompressed, TableOptionKind::kPageCompressed, OptionValue::kNumber},
    {Keyword::kPageCompressionLevel, TableOptionKind::kPageCompressionLevel, OptionValue::kNumber},
    {Keyword::kTransactional, TableOptionKind::kTransactional, OptionValue::kNumber},
    {Keyword::kSequence, TableOptionKind::kSequence, OptionValue::kNumber},
    {Keyword::kAffinity, TableOptionKind::kAffinity, OptionValue::kString},
};

}  // namespace

List<TableOption> DdlParser::parse_table_options() {
  std::vector<TableOption> options;
  for (;;) {
    TableOption option;
    if (!parse_table_option(option)) break;
    options.push_back(option);
    if (is(TokenKind::kComma)) {
      // A comma may separate options; in ALTER TABLE it separates specifications as well, which read the same.
      const Token next = peek();
      if (next.keyword == Keyword::kNone) break;
      bool is_option = next.keyword == Keyword::kDefault || next.keyword == Keyword::kCharset ||
                       next.keyword == Keyword::kCollate || next.keyword == Keyword::kCharacter ||
                       next.keyword == Keyword::kTtl || next.keyword == Keyword::kRowFormat;
      for (const OptionWord& word : kOptionWords) is_option |= word.keyword == next.keyword;
      if (!is_option) break;
      advance();
    }
  }
  return list(options);
}

/// One option; false if none follows.
bool DdlParser::parse_table_option(TableOption& option) {
  for (const OptionWord& word : kOptionWords) {
    if (!is(word.keyword)) continue;
    if (peek().kind == TokenKind::kLeftParen) return false;
    advance();
    accept_equal();
    option.kind = word.kind;
    switch (word.value) {
      case OptionValue::kNumberOrDefault:
        option.is_default = accept(Keyword::kDefault);
        if (!option.is_default) option.number = parse_unsigned();
        break;
      case OptionValue::kNumber:
        option.number = parse_unsigned();
        break;
      case OptionValue::kString:
        option.text = parse_string();
        break;
      case OptionValue::kName:
        option.text = parse_name();
        break;
      case OptionValue::kNameOrString:
        option.is_default = accept(Keyword::kDefault);
        if (!option.is_default) option.text = parse_name_or_string();
        break;
    }
    return true;
  }
  return parse_special_table_option(option);
}

bool DdlParser::parse_special_table_option(TableOption& option) {
  switch (token().keyword) {
    case Keyword::kDefault:
      if (peek().keyword == Keyword::kCollate || peek().keyword == Keyword::kCharset ||
          peek().keyword == Keyword::kCharacter || peek().keyword == Keyword::kChar) {
        advance();
        return parse_special_table_option(option);
      }
      return false;
    case Keyword::kCharset:
    case Keyword::kCharacter:
    case Keyword::kChar:
      if (!is_charset_keyword()) return false;
      accept_charset_keyword();
      accept_equal();
      option.kind = TableOptionKind::kCharset;
      option.is_default = accept(Keyword::kDefault);
      if (!option.is_default) option.text = parse_charset_name();
      return true;
    case Keyword::kCollate:
      advance();
      accept_equal();
      option.kind = TableOptionKind::kCollate;
      option.is_default = accept(Keyword::kDefault);
      if (!option.is_default) option.text = parse_collation_name();
      return true;
    case Keyword::kForce:
      if (peek().keyword != Keyword::kAutoIncrement && peek().keyword != Keyword::kAutoRandomBase) return false;
      advance();
      option.is_forced = true;
      return parse_table_option(option);
    case Keyword::kRowFormat:
      advance();
      accept_equal();
      option.kind = TableOptionKind::kRowFormat;
      option.text = accept(Keyword::kDefault) ? "DEFAULT" : upper(parse_name());
      return true;
    case Keyword::kData:
    case Keyword::kIndex:
      if (!(peek().keyword == Keyword::kDirectory)) return false;
      option.kind =
          advance().keyword == Keyword::kData ? TableOptionKind::kDataDirectory : TableOptionKind::kIndexDirectory;
      advance();
      accept_equal();
      option.text = parse_string();
      return true;
    case Keyword::kStorage:
      advance();
      option.kind = TableOptionKind::kStorageMedia;
      option.text = upper(parse_name());
      return true;
    case Keyword::kStatsSampleRate:
    case Keyword::kStatsColChoice:
    case Keyword::kStatsColList: {
      const Keyword word = advance().keyword;
      accept_equal();
      option.kind = word == Keyword::kStatsSampleRate  ? TableOptionKind::kStatsSampleRate
                    : word == Keyword::kStatsColChoice ? TableOptionKind::kStatsColsChoice
                                                       : TableOptionKind::kStatsColList;
      option.is_default = accept(Keyword::kDefault);
      if (option.is_default) return true;
      if (word == Keyword::kStatsSampleRate) {
        if (!is(TokenKind::kInteger) && !is(TokenKind::kDecimal) && !is(TokenKind::kDouble)) fail();
        option.text = advance().text;
      } else {
        option.text = parse_string();
      }
      return true;
    }
    case Keyword::kSecondaryEngine:
      advance();
      accept_equal();
      option.kind = TableOptionKind::kSecondaryEngine;
      if (accept(Keyword::kNull)) {
        option.kind = TableOptionKind::kSecondaryEngineNull;
      } else {
        option.text = parse_name_or_string();
      }
      return true;
    case Keyword::kUnion:
      advance();
      accept_equal();
      option.kind = TableOptionKind::kUnion;
      option.tables = parse_parenthesised_list([this] { return parse_object_name(); });
      return true;
    case Keyword::kPlacement:
      advance();
      expect(Keyword::kPolicy);
      accept_equal();
      option.kind = TableOptionKind::kPlacementPolicy;
      option.is_default = is(Keyword::kDefault);
      if (accept(Keyword::kDefault)) {
        option.text = "default";
      } else if (accept(Keyword::kSet)) {
        if (!accept(Keyword::kDefault)) fail();
        option.is_default = true;
        option.text = "default";
      } else {
        option.text = parse_name_or_string();
      }
      return true;
    case Keyword::kTtl:
      parse_ttl(option);
      return true;
    default:
      return false;
  }
}

/// TTL = column + INTERVAL n unit.
void DdlParser::parse_ttl(TableOption& option) {
  expect(Keyword::kTtl);
  accept_equal();
  option.kind = TableOptionKind::kTtl;
  option.ttl_column = parse_name();
  expect(TokenKind::kPlus);
  expect(Keyword::kInterval);
  option.expression = parse_primary();
  option.unit = parse_time_unit();
}

}  // namespace sluice::sql
