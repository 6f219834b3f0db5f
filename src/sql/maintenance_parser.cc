// EXPLAIN, TRACE, statistics, regions, bindings, plan replayer, backup.
#include "sql/statement_parser.h"

namespace sluice::sql {

// ---- EXPLAIN, DESC, TRACE --------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_explainable() {
  if (is(Keyword::kAlter)) return parse_alter();
  const Statement* statement = try_parse_dml();
  if (statement == nullptr) fail();
  return statement;
}

const Statement* StatementParser::parse_explain() {
  advance();
  const bool is_analyze = is(Keyword::kAnalyze);
  // DESC t [column]: a name that is not FORMAT or FOR.
  if (is_name() && !(is(Keyword::kFormat) && peek().kind == TokenKind::kEqual) && !is(Keyword::kBatch) &&
      !is(Keyword::kImport))
    return parse_describe_table();
  ExplainStatement* explain = make<ExplainStatement>();
  explain->is_read_only = true;
  if (is_analyze) {
    advance();
    explain->is_analyze = true;
  }
  if (accept(Keyword::kFormat)) {
    accept_equal();
    explain->format = lower(parse_name_or_string());
  }
  if (accept(Keyword::kFor)) {
    expect(Keyword::kConnection);
    explain->is_for_connection = true;
    explain->connection_id = parse_unsigned();
    return explain;
  }
  if (is_string()) {
    explain->plan_digest = parse_string();
    return explain;
  }
  const Statement* inner = parse_explainable();
  explain->statement = inner;
  explain->is_read_only = !is_analyze || inner->is_read_only;
  return explain;
}

const Statement* StatementParser::parse_describe_table() {
  ShowStatement* show = make<ShowStatement>();
  show->show = ShowKind::kColumns;
  show->is_describe = true;
  show->is_read_only = true;
  show->table = parse_object_name();
  if (is_name()) show->column = parse_name();
  return show;
}

const Statement* StatementParser::parse_trace() {
  advance();
  TraceStatement* trace = make<TraceStatement>();
  if (accept(Keyword::kPlan)) {
    trace->is_plan = true;
    if (accept_word("TARGET")) {
      accept_equal();
      trace->plan_target = parse_string();
    }
  }
  if (accept(Keyword::kFormat)) {
    accept_equal();
    trace->format = lower(parse_name_or_string());
  }
  if (is(Keyword::kSet)) {
    trace->statement = parse_set();
  } else if (is(Keyword::kAdmin)) {
    trace->statement = parse_admin();
  } else if (is(Keyword::kAnalyze)) {
    trace->statement = parse_analyze_table();
  } else if (is(Keyword::kCommit) || is(Keyword::kBegin) || is(Keyword::kRollback)) {
    trace->statement = is(Keyword::kBegin)      ? parse_begin()
                       : is(Keyword::kRollback) ? parse_rollback()
                                                : (advance(), make<CommitStatement>());
  } else {
    trace->statement = parse_explainable();
  }
  return trace;
}

// ---- statistics ------------------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_analyze_table() {
  advance();
  AnalyzeTableStatement* analyze = make<AnalyzeTableStatement>();
  analyze->no_write_to_binlog = accept_any(Keyword::kNoWriteToBinlog, Keyword::kLocal);
  analyze->is_incremental = accept_word("INCREMENTAL");
  if (!accept_any(Keyword::kTable, Keyword::kTables)) fail();
  analyze->tables = parse_list([this] { return parse_object_name(); });
  if (accept(Keyword::kPartition)) analyze->partitions = parse_name_list();
  if (accept(Keyword::kIndex)) {
    analyze->is_index = true;
    if (is_name() || is(Keyword::kPrimary)) {
      analyze->indexes = parse_list([this]() -> Name {
        if (accept(Keyword::kPrimary)) return "PRIMARY";
        return parse_name();
      });
    }
  } else if (accept(Keyword::kAll)) {
    expect(Keyword::kColumns);
    analyze->columns_choice = AnalyzeColumns::kAll;
  } else if (accept_word("PREDICATE")) {
    expect(Keyword::kColumns);
    analyze->columns_choice = AnalyzeColumns::kPredicate;
  } else if (accept(Keyword::kColumns)) {
    analyze->columns_choice = AnalyzeColumns::kListed;
    analyze->columns = parse_name_list();
  } else if (is(Keyword::kUpdate) || is(Keyword::kDrop)) {
    analyze->histogram =
        advance().keyword == Keyword::kUpdate ? HistogramOperation::kUpdate : HistogramOperation::kDrop;
    if (!accept_word("HISTOGRAM")) fail();
    expect(Keyword::kOn);
    analyze->columns = parse_name_list();
  }
  analyze->options = parse_analyze_options();
  return analyze;
}

List<AnalyzeOption> StatementParser::parse_analyze_options() {
  if (!accept(Keyword::kWith)) return {};
  return parse_list([this] {
    AnalyzeOption option;
    if (!is(TokenKind::kInteger) && !is(TokenKind::kDecimal) && !is(TokenKind::kDouble)) fail();
    option.value = &parse_number()->as<Literal>();
    if (accept_word("BUCKETS")) {
      option.kind = AnalyzeOptionKind::kBuckets;
    } else if (accept_word("TOPN")) {
      option.kind = AnalyzeOptionKind::kTopN;
    } else if (accept_word("SAMPLES")) {
      option.kind = AnalyzeOptionKind::kSamples;
    } else if (accept_word("SAMPLERATE")) {
      option.kind = AnalyzeOptionKind::kSampleRate;
    } else {
      if (!accept_word("CMSKETCH")) fail();
      option.kind = AnalyzeOptionKind::kCmSketchDepth;
      if (accept_word("WIDTH")) {
        option.kind = AnalyzeOptionKind::kCmSketchWidth;
      } else if (!accept_word("DEPTH")) {
        fail();
      }
    }
    return option;
  });
}

const Statement* StatementParser::parse_maintain_tables(MaintenanceOperation operation) {
  advance();
  MaintainTablesStatement* maintain = make<MaintainTablesStatement>();
  maintain->operation = operation;
  if (operation == MaintenanceOperation::kOptimize || operation == MaintenanceOperation::kRepair)
    accept_any(Keyword::kNoWriteToBinlog, Keyword::kLocal);
  if (!accept_any(Keyword::kTable, Keyword::kTables)) fail();
  maintain->tables = parse_list([this] { return parse_object_name(); });
  if (operation == MaintenanceOperation::kOptimize) return maintain;
  for (;;) {
    const bool checks = operation == MaintenanceOperation::kCheck;
    if (accept(Keyword::kQuick)) {
      maintain->is_quick = true;
    } else if (checks && accept(Keyword::kFor)) {
      if (!accept_word("UPGRADE")) fail();
    } else if (!accept(Keyword::kExtended) &&
               !(checks && (accept_word("FAST") || accept_word("MEDIUM") || accept_word("CHANGED"))) &&
               !(operation == MaintenanceOperation::kRepair && accept_word("USE_FRM"))) {
      return maintain;
    }
  }
}

const Statement* StatementParser::parse_drop_stats() {
  expect(Keyword::kDrop, Keyword::kStats);
  DropStatsStatement* drop = make<DropStatsStatement>();
  drop->tables = parse_list([this] { return parse_object_name(); });
  if (accept(Keyword::kPartition)) drop->partitions = parse_name_list();
  drop->is_global = accept(Keyword::kGlobal);
  return drop;
}

const Statement* StatementParser::parse_lock_stats(bool is_lock) {
  advance();
  expect(Keyword::kStats);
  const List<StatsLockTable> tables = parse_list([this] {
    StatsLockTable table;
    table.table = parse_object_name();
    if (accept(Keyword::kPartition)) {
      const bool is_parenthesised = accept(TokenKind::kLeftParen);
      table.partitions = parse_name_list();
      if (is_parenthesised) expect(TokenKind::kRightParen);
    }
    return table;
  });
  if (is_lock) {
    LockStatsStatement* lock = make<LockStatsStatement>();
    lock->tables = tables;
    return lock;
  }
  UnlockStatsStatement* unlock = make<UnlockStatsStatement>();
  unlock->tables = tables;
  return unlock;
}

// ---- regions ---------------------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_split() {
  advance();
  SplitRegionStatement* split = make<SplitRegionStatement>();
  if (accept_word("REGION")) {
    expect(Keyword::kFor);
    split->is_region_for = true;
  }
  split->is_partition_table = accept(Keyword::kPartition);
  expect(Keyword::kTable);
  split->table = parse_object_name();
  split->partitions = accept_partitions();
  if (accept(Keyword::kIndex)) {
    split->is_index = true;
    split->index = accept(Keyword::kPrimary) ? Name("PRIMARY") : parse_name();
  }
  const auto parse_values = [this] {
    expect(TokenKind::kLeftParen);
    ExpressionList values;
    if (!is(TokenKind::kRightParen)) values = parse_expression_list();
    expect(TokenKind::kRightParen);
    return values;
  };
  if (accept(Keyword::kBetween)) {
    split->lower = parse_values();
    expect(Keyword::kAnd);
    split->upper = parse_values();
    if (!accept_word("REGIONS")) fail();
    split->region_count = parse_signed();
  } else {
    expect(Keyword::kBy);
    split->values = parse_list(parse_values);
  }
  return split;
}

const Statement* StatementParser::parse_distribute() {
  advance();
  expect(Keyword::kTable);
  DistributeTableStatement* distribute = make<DistributeTableStatement>();
  distribute->table = parse_object_name();
  distribute->partitions = accept_partitions();
  for (;;) {
    if (accept_word("RULE")) {
      accept_equal();
      distribute->rule = parse_name_or_string();
    } else if (accept(Keyword::kEngine)) {
      accept_equal();
      distribute->engine = parse_name_or_string();
    } else if (accept_word("TIMEOUT")) {
      accept_equal();
      distribute->timeout = parse_string();
    } else {
      return distribute;
    }
  }
}

// ---- bindings --------------------------------------------------------------------------------------------------------

/// Behind CREATE|DROP [SESSION|GLOBAL].
const Statement* StatementParser::parse_binding(Keyword action, BindingScope scope) {
  expect(Keyword::kBinding);
  const auto parse_digests = [this] {
    if (!accept_word("DIGEST")) fail();
    return parse_list([this]() -> const Expression* {
      if (is(TokenKind::kUserVariable)) return parse_user_variable();
      if (!is_string()) fail();
      return parse_string_literal();
    });
  };
  if (action == Keyword::kCreate) {
    CreateBindingStatement* create = make<CreateBindingStatement>();
    create->scope = scope;
    if (accept(Keyword::kFrom)) {
      expect(Keyword::kHistory, Keyword::kUsing, Keyword::kPlan);
      create->plan_digests = parse_digests();
      return create;
    }
    if (accept(Keyword::kFor)) create->original = parse_explainable();
    expect(Keyword::kUsing);
    create->hinted = parse_explainable();
    return create;
  }
  DropBindingStatement* drop = make<DropBindingStatement>();
  drop->scope = scope;
  expect(Keyword::kFor);
  if (accept(Keyword::kSql)) {
    drop->sql_digests = parse_digests();
    return drop;
  }
  drop->original = parse_explainable();
  if (accept(Keyword::kUsing)) drop->hinted = parse_explainable();
  return drop;
}

// ---- plan replayer, backup, jobs -------------------------------------------------------------------------------------

const Statement* StatementParser::parse_plan_replayer() {
  advance();
  if (!accept_word("REPLAYER")) fail();
  PlanReplayerStatement* replayer = make<PlanReplayerStatement>();
  if (accept(Keyword::kLoad)) {
    replayer->action = PlanReplayerAction::kLoad;
    replayer->file = parse_string();
    return replayer;
  }
  if (accept_word("CAPTURE")) {
    replayer->action = accept(Keyword::kRemove) ? PlanReplayerAction::kCaptureRemove : PlanReplayerAction::kCapture;
    replayer->sql_digest = parse_string();
    replayer->plan_digest = parse_string();
    return replayer;
  }
  if (!accept_word("DUMP")) fail();
  if (accept(Keyword::kWith)) {
    if (!accept(Keyword::kStats)) fail();
    replayer->as_of_timestamp = accept_as_of();
  }
  expect(Keyword::kExplain);
  replayer->is_analyze = accept(Keyword::kAnalyze);
  if (is_word("SLOW")) {
    advance();
    expect(Keyword::kQuery);
    replayer->is_slow_query = true;
    replayer->where = parse_where();
    if (is(Keyword::kOrder)) replayer->order_by = parse_order_items();
    if (is(Keyword::kLimit)) replayer->limit = parse_limit();
  } else if (is_string()) {
    replayer->file = parse_string();
  } else {
    replayer->statement = parse_explainable();
  }
  return replayer;
}

/// BACKUP|RESTORE {DATABASE {* | d, ..} | TABLE t, ..} {TO | FROM} 'url' [name [=] value ..].
const Statement* StatementParser::parse_backup_restore() {
  BackupRestoreStatement* backup = make<BackupRestoreStatement>();
  backup->action = advance().keyword == Keyword::kBackup ? "BACKUP" : "RESTORE";
  if (accept_any(Keyword::kDatabase, Keyword::kSchema)) {
    if (!accept(TokenKind::kStar)) backup->databases = parse_name_list();
  } else {
    if (!accept_any(Keyword::kTable, Keyword::kTables)) fail();
    backup->tables = parse_list([this] { return parse_object_name(); });
  }
  if (!accept(Keyword::kTo)) expect(Keyword::kFrom);
  backup->storage = parse_string();
  std::vector<NamedOption> options;
  while (is_name()) {
    NamedOption option;
    option.name = lower(parse_name());
    if (accept(TokenKind::kEqual) || (!is(TokenKind::kEnd) && !is(TokenKind::kSemicolon))) {
      option.value = parse_primary();
      // RATE_LIMIT = n MB/SECOND, SNAPSHOT = n UNIT AGO
      while (is_word("MB") || is(TokenKind::kSlash) || is_word("SECOND") || is_word("AGO") || is_time_unit()) advance();
    }
    options.push_back(option);
  }
  backup->options = list(options);
  return backup;
}

/// CANCEL IMPORT JOB n, CANCEL DISTRIBUTION JOB n.
const Statement* StatementParser::parse_import_job() {
  advance();
  ImportJobStatement* job = make<ImportJobStatement>();
  if (accept(Keyword::kImport)) {
    job->action = "CANCEL IMPORT JOB";
  } else {
    if (!accept_word("DISTRIBUTION")) fail();
    job->action = "CANCEL DISTRIBUTION JOB";
  }
  expect(Keyword::kJob);
  job->job_id = parse_signed();
  return job;
}

const Statement* StatementParser::parse_traffic() {
  advance();
  TrafficControlStatement* traffic = make<TrafficControlStatement>();
  if (!is_name() && !is(Keyword::kShow)) fail();
  traffic->action = upper(advance().text);
  if (accept(Keyword::kTo) || accept(Keyword::kFrom)) traffic->path = parse_string();
  std::vector<NamedOption> options;
  while (is_name()) {
    NamedOption option;
    option.name = lower(parse_name());
    accept_equal();
    option.value = parse_primary();
    options.push_back(option);
  }
  traffic->options = list(options);
  return traffic;
}

}  // namespace sluice::sql
