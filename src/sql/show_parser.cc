// SHOW.
#include "sql/statement_parser.h"

namespace sluice::sql {
namespace {

/// SHOW forms that are words only, then an optional LIKE or WHERE.
struct ShowWords {
  std::string_view first;
  std::string_view second;  // may be empty
  ShowKind kind;
};

constexpr ShowWords kShowWords[] = {
    {"DATABASES", "", ShowKind::kDatabases},
    {"SCHEMAS", "", ShowKind::kDatabases},
    {"WARNINGS", "", ShowKind::kWarnings},
    {"ERRORS", "", ShowKind::kErrors},
    {"PROCESSLIST", "", ShowKind::kProcesslist},
    {"PROCEDURE", "STATUS", ShowKind::kProcedureStatus},
    {"FUNCTION", "STATUS", ShowKind::kFunctionStatus},
    {"ENGINES", "", ShowKind::kEngines},
    {"CHARSET", "", ShowKind::kCharset},
    {"COLLATION", "", ShowKind::kCollation},
    {"PLUGINS", "", ShowKind::kPlugins},
    {"PRIVILEGES", "", ShowKind::kPrivileges},
    {"PROFILES", "", ShowKind::kProfiles},
    {"MASTER", "STATUS", ShowKind::kMasterStatus},
    {"SLAVE", "STATUS", ShowKind::kReplicaStatus},
    {"REPLICA", "STATUS", ShowKind::kReplicaStatus},
    {"REPLICAS", "", ShowKind::kReplicas},
    {"CONFIG", "", ShowKind::kConfig},
    {"STATS_EXTENDED", "", ShowKind::kStatsExtended},
    {"STATS_META", "", ShowKind::kStatsMeta},
    {"STATS_HISTOGRAMS", "", ShowKind::kStatsHistograms},
    {"STATS_TOPN", "", ShowKind::kStatsTopN},
    {"STATS_BUCKETS", "", ShowKind::kStatsBuckets},
    {"STATS_HEALTHY", "", ShowKind::kStatsHealthy},
    {"STATS_LOCKED", "", ShowKind::kStatsLocked},
    {"HISTOGRAMS_IN_FLIGHT", "", ShowKind::kHistogramsInFlight},
    {"COLUMN_STATS_USAGE", "", ShowKind::kColumnStatsUsage},
    {"ANALYZE", "STATUS", ShowKind::kAnalyzeStatus},
    {"BINDINGS", "", ShowKind::kBindings},
    {"BINDING_CACHE", "STATUS", ShowKind::kBindingCacheStatus},
    {"BUILTINS", "", ShowKind::kBuiltins},
    {"PUMP", "STATUS", ShowKind::kPumpStatus},
    {"DRAINER", "STATUS", ShowKind::kDrainerStatus},
    {"BACKUPS", "", ShowKind::kBackups},
    {"RESTORES", "", ShowKind::kRestores},
    {"IMPORTS", "", ShowKind::kImports},
    {"AFFINITY", "", ShowKind::kAffinity},
    {"SESSION_STATES", "", ShowKind::kSessionStates},
    {"OPEN", "TABLES", ShowKind::kOpenTables},
    {"TABLE", "STATUS", ShowKind::kTableStatus},
    {"TRIGGERS", "", ShowKind::kTriggers},
    {"EVENTS", "", ShowKind::kEvents},
};

}  // namespace

const Statement* StatementParser::parse_show() {
  advance();
  ShowStatement* show = make<ShowStatement>();
  show->is_read_only = true;
  accept_variable_scope(show->scope);
  show->is_extended = accept(Keyword::kExtended);
  show->is_full = accept(Keyword::kFull);
  if (parse_simple_show(*show)) return show;
  switch (token().keyword) {
    case Keyword::kCreate:
      parse_show_create(*show);
      return show;
    case Keyword::kTables:
      advance();
      show->show = ShowKind::kTables;
      parse_from_database(*show);
      parse_show_filter(*show);
      return show;
    case Keyword::kColumns:
    case Keyword::kFields:
      advance();
      show->show = ShowKind::kColumns;
      parse_from_table(*show);
      parse_show_filter(*show);
      return show;
    case Keyword::kIndex:
    case Keyword::kIndexes:
    case Keyword::kKeys:
      advance();
      show->show = ShowKind::kIndex;
      parse_from_table(*show);
      parse_show_filter(*show);
      return show;
    case Keyword::kTable:
      parse_show_table(*show);
      return show;
    case Keyword::kVariables:
    case Keyword::kStatus:
      show->show = advance().keyword == Keyword::kVariables ? ShowKind::kVariables : ShowKind::kStatus;
      parse_show_filter(*show);
      return show;
    case Keyword::kCharacter:
    case Keyword::kChar:
      advance();
      expect(Keyword::kSet);
      show->show = ShowKind::kCharset;
      parse_show_filter(*show);
      return show;
    case Keyword::kGrants:
      advance();
      show->show = ShowKind::kGrants;
      if (accept(Keyword::kFor)) {
        show->account = parse_account();
        if (accept(Keyword::kUsing)) show->roles = parse_accounts();
      }
      return show;
    case Keyword::kStorage:
      advance();
      if (!accept_word("ENGINES")) fail();
      show->show = ShowKind::kEngines;
      return show;
    case Keyword::kEngine:
      advance();
      show->show = ShowKind::kEngineStatus;
      show->object = accept(Keyword::kAll) ? Name() : parse_name_or_string();
      if (!is_word("STATUS") && !is_word("MUTEX") && !is_word("LOGS")) fail();
      show->text = upper(advance().text);
      return show;
    case Keyword::kCount:
      advance();
      expect(TokenKind::kLeftParen);
      expect(TokenKind::kStar);
      expect(TokenKind::kRightParen);
      show->is_count = true;
      show->show = accept_word("ERRORS") ? ShowKind::kErrors : ShowKind::kWarnings;
      if (show->show == ShowKind::kWarnings && !accept_word("WARNINGS")) fail();
      return show;
    case Keyword::kProfile:
      advance();
      show->show = ShowKind::kProfile;
      while (is(TokenKind::kIdentifier) && !is(Keyword::kFor) && !is(Keyword::kLimit)) {
        advance();
        accept(TokenKind::kComma);
      }
      if (accept(Keyword::kFor)) {
        expect(Keyword::kQuery);
        show->number = parse_signed();
        show->has_number = true;
      }
      if (is(Keyword::kLimit)) show->limit = parse_limit();
      return show;
    case Keyword::kBinary:
      advance();
      if (accept_word("LOGS")) {
        show->show = ShowKind::kBinaryLogs;
      } else {
        if (!accept(Keyword::kLog)) fail();
        expect(Keyword::kStatus);
        show->show = ShowKind::kBinaryLogStatus;
      }
      return show;
    case Keyword::kBinlog:
      advance();
      if (!accept_word("EVENTS")) fail();
      show->show = ShowKind::kBinlogEvents;
      if (accept(Keyword::kIn)) show->text = parse_string();
      if (accept(Keyword::kFrom)) show->number = parse_signed();
      if (is(Keyword::kLimit)) show->limit = parse_limit();
      return show;
    case Keyword::kPlacement:
      parse_show_placement(*show);
      return show;
    case Keyword::kImport:
      advance();
      if (accept(Keyword::kJob)) {
        show->show = ShowKind::kImportJobs;
        show->number = parse_signed();
        show->has_number = true;
      } else if (accept_word("JOBS")) {
        show->show = ShowKind::kImportJobs;
        parse_show_filter(*show);
      } else {
        if (!accept_word("GROUPS")) fail();
        show->show = ShowKind::kImportGroups;
      }
      return show;
    case Keyword::kBackup:
      advance();
      if (accept_word("LOGS")) {
        show->show = ShowKind::kBackupLogs;
        accept(Keyword::kStatus);
      } else {
        if (!accept_word("METADATA")) fail();
        show->show = ShowKind::kBackupMetadata;
      }
      if (accept(Keyword::kFrom)) show->text = parse_string();
      return show;
    default:
      break;
  }
  if (accept_word("DISTRIBUTION")) {
    show->show = ShowKind::kDistributionJobs;
    if (accept(Keyword::kJob)) {
      show->number = parse_signed();
      show->has_number = true;
    } else if (!accept_word("JOBS")) {
      fail();
    }
    parse_show_filter(*show);
    return show;
  }
  fail();
}

/// The forms of kShowWords; false if none of them stands here.
bool StatementParser::parse_simple_show(ShowStatement& show) {
  for (const ShowWords& words : kShowWords) {
    if (!is_word(words.first)) continue;
    if (!words.second.empty() && upper(peek().text) != words.second) continue;
    advance();
    if (!words.second.empty()) advance();
    show.show = words.kind;
    if (words.kind == ShowKind::kOpenTables || words.kind == ShowKind::kTableStatus ||
        words.kind == ShowKind::kTriggers || words.kind == ShowKind::kEvents) {
      parse_from_database(show);
    }
    if (is(Keyword::kLimit)) {
      show.limit = parse_limit();
    } else {
      parse_show_filter(show);
    }
    return true;
  }
  return false;
}

void StatementParser::parse_show_filter(ShowStatement& show) {
  if (is(Keyword::kLike)) {
    show.like = &parse_like(nullptr, false)->as<Like>();
  } else {
    show.where = parse_where();
  }
}

void StatementParser::parse_from_database(ShowStatement& show) {
  if (accept_any(Keyword::kFrom, Keyword::kIn)) show.database = parse_name();
}

/// {FROM|IN} table [{FROM|IN} db].
void StatementParser::parse_from_table(ShowStatement& show) {
  if (!accept_any(Keyword::kFrom, Keyword::kIn)) fail();
  show.table = parse_object_name();
  if (accept_any(Keyword::kFrom, Keyword::kIn)) show.table.schema = parse_name();
  show.database = show.table.schema;
}

void StatementParser::parse_show_create(ShowStatement& show) {
  advance();
  switch (token().keyword) {
    case Keyword::kTable:
      advance();
      show.show = ShowKind::kCreateTable;
      show.table = parse_object_name();
      return;
    case Keyword::kView:
      advance();
      show.show = ShowKind::kCreateView;
      show.table = parse_object_name();
      return;
    case Keyword::kSequence:
      advance();
      show.show = ShowKind::kCreateSequence;
      show.table = parse_object_name();
      return;
    case Keyword::kDatabase:
    case Keyword::kSchema:
      advance();
      show.show = ShowKind::kCreateDatabase;
      show.if_not_exists = accept_if_not_exists();
      show.database = parse_name();
      return;
    case Keyword::kUser:
      advance();
      show.show = ShowKind::kCreateUser;
      show.account = parse_account();
      return;
    case Keyword::kPlacement:
      advance();
      expect(Keyword::kPolicy);
      show.show = ShowKind::kCreatePlacementPolicy;
      show.object = parse_name();
      return;
    case Keyword::kResource:
      advance();
      expect(Keyword::kGroup);
      show.show = ShowKind::kCreateResourceGroup;
      show.object = accept(Keyword::kDefault) ? Name("default") : parse_name();
      return;
    case Keyword::kProcedure:
      advance();
      show.show = ShowKind::kCreateProcedure;
      show.table = parse_object_name();
      return;
    case Keyword::kFunction:
      advance();
      show.show = ShowKind::kCreateFunction;
      show.table = parse_object_name();
      return;
    case Keyword::kTrigger:
      advance();
      show.show = ShowKind::kCreateTrigger;
      show.table = parse_object_name();
      return;
    case Keyword::kEvent:
      advance();
      show.show = ShowKind::kCreateEvent;
      show.table = parse_object_name();
      return;
    case Keyword::kImport:
      advance();
      show.show = ShowKind::kCreateImport;
      show.object = parse_name();
      return;
    default:
      fail();
  }
}

/// SHOW TABLE t [PARTITION (..)] [INDEX i] REGIONS | NEXT_ROW_ID | DISTRIBUTIONS.
void StatementParser::parse_show_table(ShowStatement& show) {
  advance();
  show.table = parse_object_name();
  show.partitions = accept_partitions();
  if (accept(Keyword::kIndex)) show.index = accept(Keyword::kPrimary) ? Name("PRIMARY") : parse_name();
  if (accept_word("REGIONS")) {
    show.show = ShowKind::kTableRegions;
  } else if (accept_word("NEXT_ROW_ID")) {
    show.show = ShowKind::kTableNextRowId;
  } else {
    if (!accept_word("DISTRIBUTIONS")) fail();
    show.show = ShowKind::kTableDistributions;
  }
  parse_show_filter(show);
}

void StatementParser::parse_show_placement(ShowStatement& show) {
  advance();
  if (accept(Keyword::kLabels)) {
    show.show = ShowKind::kPlacementLabels;
  } else if (accept(Keyword::kFor)) {
    if (accept_any(Keyword::kDatabase, Keyword::kSchema)) {
      show.show = ShowKind::kPlacementForDatabase;
      show.database = parse_name();
    } else {
      expect(Keyword::kTable);
      show.show = ShowKind::kPlacementForTable;
      show.table = parse_object_name();
      if (accept(Keyword::kPartition)) {
        show.show = ShowKind::kPlacementForPartition;
        show.partition = parse_name();
      }
    }
  } else {
    show.show = ShowKind::kPlacement;
  }
  parse_show_filter(show);
}

}  // namespace sluice::sql
