// Optimizer hints: `/*+ NAME(arguments) NAME(arguments) ... */`.
//
// A hint that cannot be read never fails the statement: the rest of its comment is dropped with warning 8064, an unknown
// name is skipped with warning 8061.
#include <charconv>
#include <string>

#include "sql/query_parser.h"

namespace sluice::sql {
namespace {

/// What stands in the parentheses of a hint.
enum class HintArguments : std::uint8_t {
  kNothing,       // NAME() or NAME
  kTables,        // [@qb] t[@qb] [PARTITION (p, ..)], ...
  kTableIndexes,  // [@qb] t[@qb] [,] i, i ...
  kNumber,
  kMemory,      // n MB | n GB
  kBoolean,     // TRUE | FALSE
  kWord,        // one word
  kBlockName,   // QB_NAME(name[, view@sel_1 ...])
  kAssignment,  // SET_VAR(name = value)
  kStrings,     // TIME_RANGE('a', 'b')
  kStores,      // READ_FROM_STORAGE(TIKV[t, ..], TIFLASH[t, ..])
  kIgnored,     // MySQL's, read and dropped with 8061
};

struct KnownHint {
  std::string_view name;
  HintArguments arguments;
};

constexpr KnownHint kHints[] = {
    {"merge_join", HintArguments::kTables},
    {"tidb_smj", HintArguments::kTables},
    {"no_merge_join", HintArguments::kTables},
    {"inl_join", HintArguments::kTables},
    {"tidb_inlj", HintArguments::kTables},
    {"index_join", HintArguments::kTables},
    {"no_index_join", HintArguments::kTables},
    {"inl_hash_join", HintArguments::kTables},
    {"index_hash_join", HintArguments::kTables},
    {"no_index_hash_join", HintArguments::kTables},
    {"inl_merge_join", HintArguments::kTables},
    {"index_merge_join", HintArguments::kTables},
    {"no_index_merge_join", HintArguments::kTables},
    {"hash_join", HintArguments::kTables},
    {"tidb_hj", HintArguments::kTables},
    {"no_hash_join", HintArguments::kTables},
    {"hash_join_build", HintArguments::kTables},
    {"hash_join_probe", HintArguments::kTables},
    {"shuffle_join", HintArguments::kTables},
    {"broadcast_join", HintArguments::kTables},
    {"tidb_bcj", HintArguments::kTables},
    {"leading", HintArguments::kTables},
    {"no_swap_join_inputs", HintArguments::kTables},
    {"swap_join_inputs", HintArguments::kTables},
    {"use_index", HintArguments::kTableIndexes},
    {"force_index", HintArguments::kTableIndexes},
    {"ignore_index", HintArguments::kTableIndexes},
    {"order_index", HintArguments::kTableIndexes},
    {"no_order_index", HintArguments::kTableIndexes},
    {"use_index_merge", HintArguments::kTableIndexes},
    {"index_lookup_pushdown", HintArguments::kTableIndexes},
    {"hypo_index", HintArguments::kTableIndexes},
    {"no_index_lookup_pushdown", HintArguments::kTables},
    {"straight_join", HintArguments::kNothing},
    {"semi_join_rewrite", HintArguments::kNothing},
    {"no_decorrelate", HintArguments::kNothing},
    {"no_index_merge", HintArguments::kNothing},
    {"hash_agg", HintArguments::kNothing},
    {"stream_agg", HintArguments::kNothing},
    {"mpp_1phase_agg", HintArguments::kNothing},
    {"mpp_2phase_agg", HintArguments::kNothing},
    {"agg_to_cop", HintArguments::kNothing},
    {"limit_to_cop", HintArguments::kNothing},
    {"merge", HintArguments::kNothing},
    {"read_consistent_replica", HintArguments::kNothing},
    {"ignore_plan_cache", HintArguments::kNothing},
    {"use_plan_cache", HintArguments::kNothing},
    {"write_slow_log", HintArguments::kNothing},
    {"max_execution_time", HintArguments::kNumber},
    {"nth_plan", HintArguments::kNumber},
    {"tidb_kv_read_timeout", HintArguments::kNumber},
    {"memory_quota", HintArguments::kMemory},
    {"use_toja", HintArguments::kBoolean},
    {"use_cascades", HintArguments::kBoolean},
    {"resource_group", HintArguments::kWord},
    {"query_type", HintArguments::kWord},
    {"qb_name", HintArguments::kBlockName},
    {"set_var", HintArguments::kAssignment},
    {"time_range", HintArguments::kStrings},
    {"read_from_storage", HintArguments::kStores},
    {"join_fixed_order", HintArguments::kIgnored},
    {"join_order", HintArguments::kIgnored},
    {"join_prefix", HintArguments::kIgnored},
    {"join_suffix", HintArguments::kIgnored},
    {"bka", HintArguments::kIgnored},
    {"no_bka", HintArguments::kIgnored},
    {"bnl", HintArguments::kIgnored},
    {"no_bnl", HintArguments::kIgnored},
    {"no_merge", HintArguments::kIgnored},
    {"mrr", HintArguments::kIgnored},
    {"no_mrr", HintArguments::kIgnored},
    {"no_icp", HintArguments::kIgnored},
    {"no_range_optimization", HintArguments::kIgnored},
    {"skip_scan", HintArguments::kIgnored},
    {"no_skip_scan", HintArguments::kIgnored},
    {"semijoin", HintArguments::kIgnored},
    {"no_semijoin", HintArguments::kIgnored},
    {"subquery", HintArguments::kIgnored},
};

std::optional<HintArguments> find_hint(std::string_view name) {
  for (const KnownHint& hint : kHints) {
    if (hint.name == name) return hint.arguments;
  }
  return std::nullopt;
}

/// Thrown inside this file when a hint cannot be read; ends at HintReader::read.
struct HintSyntaxError {};

/// Reads the text between the marks of one hint comment.
class HintReader : private TokenStream {
 public:
  HintReader(std::string_view text, const ParseOptions& options, Arena& arena, std::vector<HintWarning>& warnings)
      : TokenStream(text, options, arena), text_(text), warnings_(warnings) {}

  List<Hint> read() {
    std::vector<Hint> hints;
    try {
      while (!is(TokenKind::kEnd)) {
        accept(TokenKind::kComma);
        read_hint(hints);
      }
    } catch (const HintSyntaxError&) {
      std::string message = "Optimizer hint syntax error at line 1 column ";
      message += std::to_string(token().end) + " near \"";
      message += text_.substr(token().begin);
      message += "\" ";
      warnings_.push_back({8064, arena_.copy(message)});
      hints.clear();
    }
    return list(hints);
  }

 private:
  [[noreturn]] static void stop() { throw HintSyntaxError{}; }
  /// Any word or quoted name, reserved ones included (PRIMARY, DEFAULT).
  Name read_word() {
    if (!is(TokenKind::kIdentifier) && !is(TokenKind::kQuotedIdentifier)) stop();
    return advance().text;
  }
  void need(TokenKind kind) {
    if (!accept(kind)) stop();
  }
  /// `@name` behind a table or in front of all arguments.
  Name accept_block() { return is(TokenKind::kUserVariable) ? advance().text : Name(); }

  void read_hint(std::vector<Hint>& hints) {
    Hint hint;
    hint.name = lower(read_word());
    hint.query_block = accept_block();
    const std::optional<HintArguments> arguments = find_hint(hint.name);
    if (!arguments || *arguments == HintArguments::kIgnored) {
      std::string message = "Optimizer hint ";
      message += hint.name;
      message += " is not supported by TiDB and is ignored";
      warnings_.push_back({8061, arena_.copy(message)});
      skip_arguments();
      return;
    }
    if (!is(TokenKind::kLeftParen)) {
      // Without parentheses the name alone is a syntax error, as in TiDB.
      stop();
    }
    advance();
    if (hint.query_block.empty()) hint.query_block = accept_block();
    if (*arguments == HintArguments::kStores) {
      read_stores(hint, hints);
    } else {
      read_arguments(hint, *arguments);
      hints.push_back(hint);
    }
    need(TokenKind::kRightParen);
  }

  void skip_arguments() {
    if (!is(TokenKind::kLeftParen)) return;
    std::size_t depth = 0;
    do {
      if (is(TokenKind::kEnd)) stop();
      if (is(TokenKind::kLeftParen)) ++depth;
      if (is(TokenKind::kRightParen)) --depth;
      advance();
    } while (depth > 0);
  }

  void read_arguments(Hint& hint, HintArguments arguments) {
    switch (arguments) {
      case HintArguments::kTables:
        hint.tables = read_tables(TokenKind::kRightParen);
        return;
      case HintArguments::kTableIndexes: {
        hint.tables = list(std::vector<HintTable>{read_table()});
        accept(TokenKind::kComma);
        std::vector<Name> indexes;
        while (!is(TokenKind::kRightParen)) {
          indexes.push_back(read_word());
          if (!accept(TokenKind::kComma)) break;
        }
        hint.indexes = list(indexes);
        return;
      }
      case HintArguments::kNumber:
        read_number(hint);
        return;
      case HintArguments::kMemory: {
        read_number(hint);
        const std::string_view unit = lower(read_word());
        if (unit == "mb") {
          hint.number <<= 20;
        } else if (unit == "gb") {
          hint.number <<= 30;
        } else {
          stop();
        }
        return;
      }
      case HintArguments::kBoolean:
      case HintArguments::kWord:
        hint.argument = read_word();
        return;
      case HintArguments::kBlockName:
        hint.argument = read_word();
        if (accept(TokenKind::kComma)) {  // a path into views: v@sel_1 . @sel_2
          const std::uint32_t begin = this->begin();
          while (!is(TokenKind::kRightParen) && !is(TokenKind::kEnd)) advance();
          hint.second_argument = text_between(begin, last_end());
        }
        return;
      case HintArguments::kAssignment: {
        hint.argument = lower(read_word());
        need(TokenKind::kEqual);
        const bool is_negative = is(TokenKind::kMinus);
        const std::uint32_t begin = this->begin();
        if (is_negative) advance();
        if (is(TokenKind::kRightParen) || is(TokenKind::kEnd)) stop();
        const Token value = advance();
        hint.second_argument = is_negative ? text_between(begin, value.end) : value.text;
        return;
      }
      case HintArguments::kStrings:
        if (!is_string()) stop();
        hint.argument = advance().text;
        need(TokenKind::kComma);
        if (!is_string()) stop();
        hint.second_argument = advance().text;
        return;
      case HintArguments::kNothing:
      case HintArguments::kStores:
      case HintArguments::kIgnored:
        return;
    }
  }

  void read_number(Hint& hint) {
    if (!is(TokenKind::kInteger)) stop();
    const std::string_view digits = token().text;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), hint.number);
    if (error != std::errc()) stop();
    advance();
    hint.has_number = true;
  }

  List<HintTable> read_tables(TokenKind close) {
    std::vector<HintTable> tables;
    while (!is(close)) {
      // LEADING(t1, (t2, t3)): inner parentheses carry no meaning of their own here.
      if (accept(TokenKind::kLeftParen) || accept(TokenKind::kComma)) continue;
      tables.push_back(read_table());
      if (is(TokenKind::kRightParen) && close == TokenKind::kRightParen) break;
      if (!is(close) && !accept(TokenKind::kComma)) stop();
    }
    return list(tables);
  }

  HintTable read_table() {
    HintTable table;
    table.table = read_word();
    if (accept(TokenKind::kDot)) {
      table.schema = table.table;
      table.table = read_word();
    }
    table.query_block = accept_block();
    if (accept(Keyword::kPartition)) {
      need(TokenKind::kLeftParen);
      std::vector<Name> partitions{read_word()};
      while (accept(TokenKind::kComma)) partitions.push_back(read_word());
      need(TokenKind::kRightParen);
      table.partitions = list(partitions);
    }
    return table;
  }

  /// One Hint per store. The lexer knows no brackets: they come as kInvalid.
  void read_stores(const Hint& base, std::vector<Hint>& hints) {
    do {
      Hint hint = base;
      hint.argument = lower(read_word());
      if (token().text != "[") stop();
      advance();
      std::vector<HintTable> tables;
      do {
        tables.push_back(read_table());
      } while (accept(TokenKind::kComma));
      if (token().text != "]") stop();
      advance();
      hint.tables = list(tables);
      hints.push_back(hint);
    } while (accept(TokenKind::kComma));
  }

  std::string_view text_;
  std::vector<HintWarning>& warnings_;
};

}  // namespace

List<Hint> QueryParser::take_hints() {
  const Token& current = token();
  if (current.hint_begin == current.hint_end) return {};
  return HintReader(text_between(current.hint_begin, current.hint_end), options_, arena_, hint_warnings_).read();
}

}  // namespace sluice::sql
