// ADMIN.
#include "sql/statement_parser.h"

namespace sluice::sql {

std::int64_t StatementParser::parse_id() {
  const Token number = token();
  const std::uint64_t id = parse_unsigned();
  if (id > INT64_MAX) fail_at(number);
  return static_cast<std::int64_t>(id);
}

List<std::int64_t> StatementParser::parse_ids() {
  return parse_list([this] { return parse_id(); });
}

const Statement* StatementParser::parse_admin() {
  advance();
  AdminStatement* admin = make<AdminStatement>();
  const auto kind_is = [admin](AdminKind kind) {
    admin->admin = kind;
    return admin;
  };
  const auto job_ids = [&](AdminKind kind) {
    if (!accept_word("DDL") || !accept_word("JOBS")) fail();
    admin->job_ids = parse_ids();
    return kind_is(kind);
  };
  const auto table_index = [&](AdminKind kind) {
    expect(Keyword::kIndex);
    admin->tables = list(std::vector<ObjectName>{parse_object_name()});
    admin->index = accept(Keyword::kPrimary) ? Name("PRIMARY") : parse_name();
    return kind_is(kind);
  };
  switch (token().keyword) {
    case Keyword::kShow:
      parse_admin_show(*admin);
      return admin;
    case Keyword::kCheck:
      parse_admin_check(*admin);
      return admin;
    case Keyword::kCancel:
      advance();
      return job_ids(AdminKind::kCancelDdlJobs);
    case Keyword::kPause:
      advance();
      return job_ids(AdminKind::kPauseDdlJobs);
    case Keyword::kResume:
      advance();
      return job_ids(AdminKind::kResumeDdlJobs);
    case Keyword::kAlter:
      advance();
      if (!accept_word("DDL") || !accept_word("JOBS")) fail();
      admin->job_ids = list(std::vector<std::int64_t>{parse_id()});
      admin->options = parse_list([this] { return parse_named_option(); });
      return kind_is(AdminKind::kAlterDdlJob);
    case Keyword::kChecksum:
      advance();
      expect(Keyword::kTable);
      admin->tables = parse_list([this] { return parse_object_name(); });
      return kind_is(AdminKind::kChecksumTable);
    case Keyword::kRecover:
      advance();
      return table_index(AdminKind::kRecoverIndex);
    case Keyword::kCleanup:
      advance();
      if (accept(Keyword::kTable)) {
        expect(Keyword::kLock);
        admin->tables = parse_list([this] { return parse_object_name(); });
        return kind_is(AdminKind::kCleanupTableLock);
      }
      return table_index(AdminKind::kCleanupIndex);
    case Keyword::kReload:
      advance();
      if (accept_word("EXPR_PUSHDOWN_BLACKLIST")) return kind_is(AdminKind::kReloadExpressionPushdownBlacklist);
      if (accept_word("OPT_RULE_BLACKLIST")) return kind_is(AdminKind::kReloadOptimizerRuleBlacklist);
      if (accept_word("BINDINGS")) return kind_is(AdminKind::kReloadBindings);
      if (accept(Keyword::kStatsExtended)) return kind_is(AdminKind::kReloadStatsExtended);
      if (accept_word("STATISTICS")) return kind_is(AdminKind::kReloadStatsExtended);
      if (accept(Keyword::kCluster) && accept_word("BINDINGS")) return kind_is(AdminKind::kReloadClusterBindings);
      fail();
    case Keyword::kFlush:
      advance();
      if (accept_word("BINDINGS")) return kind_is(AdminKind::kFlushBindings);
      admin->scope = VariableScope::kSession;
      if (accept(Keyword::kGlobal)) {
        admin->scope = VariableScope::kGlobal;
      } else if (accept(Keyword::kInstance)) {
        admin->scope = VariableScope::kInstance;
      } else {
        accept(Keyword::kSession);
      }
      if (!accept_word("PLAN_CACHE")) fail();
      return kind_is(AdminKind::kFlushPlanCache);
    case Keyword::kPlugins: {
      advance();
      const bool is_enable = accept(Keyword::kEnable);
      if (!is_enable) expect(Keyword::kDisable);
      admin->plugins = parse_list([this]() -> std::string_view { return parse_name(); });
      return kind_is(is_enable ? AdminKind::kPluginsEnable : AdminKind::kPluginsDisable);
    }
    case Keyword::kRepair: {
      advance();
      expect(Keyword::kTable);
      RepairTableStatement* repair = make<RepairTableStatement>();
      repair->table = parse_object_name();
      expect(Keyword::kCreate);
      repair->create = parse_create_table_statement(TemporaryTable::kNone);
      return repair;
    }
    case Keyword::kSet: {
      advance();
      if (!accept_word("BDR")) fail();
      expect(Keyword::kRole);
      if (!is_word("PRIMARY") && !is_word("SECONDARY")) fail();
      admin->word = upper(advance().text);
      return kind_is(AdminKind::kSetBdrRole);
    }
    case Keyword::kCreate:
      advance();
      if (!accept_word("WORKLOAD") || !accept(Keyword::kSnapshot)) fail();
      return kind_is(AdminKind::kCreateWorkloadSnapshot);
    case Keyword::kReset:
      advance();
      if (!accept_word("TELEMETRY_ID")) fail();
      return kind_is(AdminKind::kResetTelemetry);
    default:
      break;
  }
  if (accept_word("CAPTURE") && accept_word("BINDINGS")) return kind_is(AdminKind::kCaptureBindings);
  if (accept_word("EVOLVE") && accept_word("BINDINGS")) return kind_is(AdminKind::kEvolveBindings);
  if (accept_word("UNSET")) {
    if (!accept_word("BDR")) fail();
    expect(Keyword::kRole);
    return kind_is(AdminKind::kUnsetBdrRole);
  }
  fail();
}

void StatementParser::parse_admin_show(AdminStatement& admin) {
  advance();
  admin.is_read_only = true;
  if (is_word("DDL") && peek().kind != TokenKind::kDot && lower(peek().text) != "next_row_id") {
    advance();
    if (accept_word("JOBS")) {
      admin.admin = AdminKind::kShowDdlJobs;
      if (is(TokenKind::kInteger)) admin.job_count = parse_id();
      admin.where = parse_where();
    } else if (accept(Keyword::kJob)) {
      if (!accept_word("QUERIES")) fail();
      if (is(Keyword::kLimit)) {
        admin.admin = AdminKind::kShowDdlJobQueriesWithLimit;
        admin.limit = parse_limit();
      } else {
        admin.admin = AdminKind::kShowDdlJobQueries;
        admin.job_ids = parse_ids();
      }
    } else {
      admin.admin = AdminKind::kShowDdl;
    }
    return;
  }
  if (is_word("SLOW") && peek().kind != TokenKind::kDot && lower(peek().text) != "next_row_id") {
    advance();
    if (accept_word("RECENT")) {
      admin.admin = AdminKind::kShowSlowRecent;
    } else {
      if (!accept_word("TOP")) fail();
      admin.admin = AdminKind::kShowSlowTop;
      if (accept_word("INTERNAL")) {
        admin.slow_top = SlowTopKind::kInternal;
      } else if (accept(Keyword::kAll)) {
        admin.slow_top = SlowTopKind::kAll;
      }
    }
    admin.count = parse_unsigned();
    return;
  }
  if (is_word("BDR")) {
    advance();
    expect(Keyword::kRole);
    admin.admin = AdminKind::kShowBdrRole;
    return;
  }
  if (is_word("TELEMETRY")) {
    advance();
    admin.admin = AdminKind::kShowTelemetry;
    return;
  }
  admin.tables = list(std::vector<ObjectName>{parse_object_name()});
  if (!accept_word("NEXT_ROW_ID")) fail();
  admin.admin = AdminKind::kShowNextRowId;
}

void StatementParser::parse_admin_check(AdminStatement& admin) {
  advance();
  admin.is_read_only = true;
  if (accept(Keyword::kTable)) {
    admin.admin = AdminKind::kCheckTable;
    admin.tables = parse_list([this] { return parse_object_name(); });
    return;
  }
  expect(Keyword::kIndex);
  admin.admin = AdminKind::kCheckIndex;
  admin.tables = list(std::vector<ObjectName>{parse_object_name()});
  admin.index = accept(Keyword::kPrimary) ? Name("PRIMARY") : parse_name();
  if (!is(TokenKind::kLeftParen)) return;
  admin.admin = AdminKind::kCheckIndexRange;
  admin.handle_ranges = parse_list([this] {
    HandleRange range;
    expect(TokenKind::kLeftParen);
    range.begin = parse_signed();
    expect(TokenKind::kComma);
    range.end = parse_signed();
    expect(TokenKind::kRightParen);
    return range;
  });
}

}  // namespace sluice::sql
