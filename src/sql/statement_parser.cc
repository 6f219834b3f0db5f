#include "sql/statement_parser.h"

#include "base/sql_error.h"

namespace sluice::sql {

std::vector<const Statement*> StatementParser::parse_statements() {
  std::vector<const Statement*> statements;
  for (;;) {
    while (accept(TokenKind::kSemicolon)) {
    }
    if (is(TokenKind::kEnd)) return statements;
    if (!statements.empty() && !options_.allow_multiple) fail();
    statements.push_back(parse_statement());
    if (!is(TokenKind::kSemicolon) && !is(TokenKind::kEnd)) fail();
  }
}

const Statement* StatementParser::parse_statement() {
  parameter_count_ = 0;
  const std::uint32_t begin = this->begin();
  Statement* statement = const_cast<Statement*>(dispatch());
  statement->text = text_between(begin, last_end());
  statement->parameter_count = parameter_count_;
  return statement;
}

const Statement* StatementParser::dispatch() {
  if (const Statement* statement = try_parse_dml()) return statement;
  switch (token().keyword) {
    case Keyword::kCreate:
      if (peek().keyword == Keyword::kBinding) {
        advance();
        return parse_binding(Keyword::kCreate, BindingScope::kSession);
      }
      if ((peek().keyword == Keyword::kGlobal || peek().keyword == Keyword::kSession) &&
          peek(2).keyword == Keyword::kBinding) {
        advance();
        return parse_binding(Keyword::kCreate,
                             advance().keyword == Keyword::kGlobal ? BindingScope::kGlobal : BindingScope::kSession);
      }
      return parse_create();
    case Keyword::kDrop:
      if (peek().keyword == Keyword::kBinding) {
        advance();
        return parse_binding(Keyword::kDrop, BindingScope::kSession);
      }
      if ((peek().keyword == Keyword::kGlobal || peek().keyword == Keyword::kSession) &&
          peek(2).keyword == Keyword::kBinding) {
        advance();
        return parse_binding(Keyword::kDrop,
                             advance().keyword == Keyword::kGlobal ? BindingScope::kGlobal : BindingScope::kSession);
      }
      if (peek().keyword == Keyword::kStats) return parse_drop_stats();
      if (peek().keyword == Keyword::kPrepare) {
        advance();
        return parse_execute();
      }
      return parse_drop();
    case Keyword::kAlter:
      return parse_alter();
    case Keyword::kTruncate:
      return parse_truncate();
    case Keyword::kRename:
      return parse_rename();
    case Keyword::kRecover:
      return parse_recover();
    case Keyword::kFlashback:
      return parse_flashback();
    case Keyword::kGrant:
      return parse_grant();
    case Keyword::kRevoke:
      return parse_revoke();
    case Keyword::kCalibrate:
      return parse_calibrate();
    case Keyword::kQuery:
      return parse_query_watch();
    case Keyword::kBatch:
      return parse_batch();
    case Keyword::kDo:
      return parse_do();
    case Keyword::kCall:
      return parse_call();
    case Keyword::kSet:
      return parse_set();
    case Keyword::kUse: {
      advance();
      UseStatement* use = make<UseStatement>();
      use->database = parse_name();
      use->is_read_only = true;
      return use;
    }
    case Keyword::kBegin:
      return parse_begin();
    case Keyword::kStart:
      return parse_start();
    case Keyword::kCommit: {
      advance();
      CommitStatement* commit = make<CommitStatement>();
      commit->completion = parse_completion();
      return commit;
    }
    case Keyword::kRollback:
      return parse_rollback();
    case Keyword::kSavepoint: {
      advance();
      SavepointStatement* savepoint = make<SavepointStatement>();
      savepoint->name = parse_name();
      return savepoint;
    }
    case Keyword::kRelease: {
      advance();
      expect(Keyword::kSavepoint);
      ReleaseSavepointStatement* release = make<ReleaseSavepointStatement>();
      release->name = parse_name();
      return release;
    }
    case Keyword::kLock:
      return peek().keyword == Keyword::kStats ? parse_lock_stats(true) : parse_lock();
    case Keyword::kUnlock:
      return peek().keyword == Keyword::kStats ? parse_lock_stats(false) : parse_unlock();
    case Keyword::kPrepare:
      return parse_prepare();
    case Keyword::kExecute:
    case Keyword::kDeallocate:
      return parse_execute();
    case Keyword::kExplain:
    case Keyword::kDescribe:
    case Keyword::kDesc:
      return parse_explain();
    case Keyword::kTrace:
      return parse_trace();
    case Keyword::kKill:
      return parse_kill();
    case Keyword::kFlush:
      return parse_flush();
    case Keyword::kShutdown:
      advance();
      return make<ShutdownStatement>();
    case Keyword::kRestart:
      advance();
      return make<RestartStatement>();
    case Keyword::kHelp: {
      advance();
      HelpStatement* help = make<HelpStatement>();
      help->topic = parse_name_or_string();
      help->is_read_only = true;
      return help;
    }
    case Keyword::kAnalyze:
      return parse_analyze_table();
    case Keyword::kLoad: {
      advance();
      if (accept(Keyword::kStats)) {
        LoadStatsStatement* load = make<LoadStatsStatement>();
        load->path = parse_string();
        return load;
      }
      if (is(Keyword::kXml)) return unsupported("LOAD XML");
      fail();
    }
    case Keyword::kRefresh: {
      advance();
      expect(Keyword::kStats);
      RefreshStatsStatement* refresh = make<RefreshStatsStatement>();
      refresh->tables = parse_list([this] { return parse_object_name(); });
      return refresh;
    }
    case Keyword::kSplit:
      return parse_split();
    case Keyword::kDistribute:
      return parse_distribute();
    case Keyword::kPlan:
      return parse_plan_replayer();
    case Keyword::kBackup:
    case Keyword::kRestore:
      return parse_backup_restore();
    case Keyword::kCancel:
      return parse_import_job();
    case Keyword::kTraffic:
      return parse_traffic();
    case Keyword::kShow:
      return parse_show();
    case Keyword::kAdmin:
      return parse_admin();
    case Keyword::kCheck:
      return parse_maintain_tables(MaintenanceOperation::kCheck);
    case Keyword::kChecksum:
      return parse_maintain_tables(MaintenanceOperation::kChecksum);
    case Keyword::kOptimize:
      return parse_maintain_tables(MaintenanceOperation::kOptimize);
    case Keyword::kRepair:
      return parse_maintain_tables(MaintenanceOperation::kRepair);
    case Keyword::kHandler:
      return unsupported("HANDLER");
    case Keyword::kXa:
      return unsupported("XA");
    case Keyword::kInstall:
      return unsupported("INSTALL PLUGIN");
    case Keyword::kUninstall:
      return unsupported("UNINSTALL PLUGIN");
    case Keyword::kChange:
      return unsupported("CHANGE MASTER");
    case Keyword::kReset:
      return unsupported("RESET");
    case Keyword::kPurge:
      return unsupported("PURGE BINARY LOGS");
    case Keyword::kStop:
      return unsupported("STOP SLAVE");
    case Keyword::kBinlog:
      return unsupported("BINLOG");
    case Keyword::kCache:
      return unsupported("CACHE INDEX");
    case Keyword::kSignal:
      return unsupported("SIGNAL");
    case Keyword::kResignal:
      return unsupported("RESIGNAL");
    case Keyword::kGet:
      return unsupported("GET DIAGNOSTICS");
    case Keyword::kClone:
      return unsupported("CLONE");
    default:
      fail();
  }
}

// ---- the interface of parser.h ---------------------------------------------------------------------------------------

ParseResult::ParseResult() = default;
ParseResult::ParseResult(ParseResult&&) noexcept = default;
ParseResult& ParseResult::operator=(ParseResult&&) noexcept = default;
ParseResult::~ParseResult() = default;

std::size_t ParseResult::memory_bytes() const noexcept {
  return sizeof(*this) + statements_.capacity() * sizeof(const Statement*) +
         (arena_ == nullptr ? 0 : static_cast<std::size_t>(arena_->memory_bytes()));
}

ParseResult parse(std::string_view text, const ParseOptions& options) {
  ParseResult result;
  result.arena_ = std::make_unique<Arena>();
  result.text_ = text;
  StatementParser parser(text, options, *result.arena_);
  result.statements_ = parser.parse_statements();
  result.hint_warnings_ = parser.take_hint_warnings();
  return result;
}

ParseResult parse_copy(std::string_view text, const ParseOptions& options) {
  ParseResult result;
  result.arena_ = std::make_unique<Arena>();
  result.text_ = result.arena_->copy(text);
  StatementParser parser(result.text_, options, *result.arena_);
  result.statements_ = parser.parse_statements();
  result.hint_warnings_ = parser.take_hint_warnings();
  return result;
}

ParsedExpression parse_expression(std::string_view text, const ParseOptions& options) {
  ParsedExpression result;
  result.arena = std::make_shared<Arena>();
  StatementParser parser(result.arena->copy(text), options, *result.arena);
  result.expression = parser.parse_only_expression();
  return result;
}

}  // namespace sluice::sql
