// SET, transactions, locks, prepared statements, KILL, FLUSH.
#include "sql/statement_parser.h"

namespace sluice::sql {

// ---- SET -------------------------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_set() {
  switch (peek().keyword) {
    case Keyword::kTransaction:
      advance();
      return parse_set_transaction(VariableScope::kNotWritten);
    case Keyword::kGlobal:
    case Keyword::kSession:
    case Keyword::kLocal:
      if (peek(2).keyword == Keyword::kTransaction) {
        advance();
        return parse_set_transaction(advance().keyword == Keyword::kGlobal ? VariableScope::kGlobal
                                                                           : VariableScope::kSession);
      }
      return parse_set_variables();
    case Keyword::kPassword:
      if (peek(2).keyword == Keyword::kFor || peek(2).kind == TokenKind::kEqual || peek(2).kind == TokenKind::kAssign)
        return parse_set_password();
      return parse_set_variables();
    case Keyword::kRole:
      return parse_set_role();
    case Keyword::kDefault:
      return parse_set_default_role();
    case Keyword::kResource:
      if (peek(2).keyword == Keyword::kGroup) {
        advance();
        advance();
        advance();
        SetResourceGroupStatement* set = make<SetResourceGroupStatement>();
        set->name = accept(Keyword::kDefault) ? Name("default") : parse_name();
        return set;
      }
      return parse_set_variables();
    case Keyword::kBinding:
      return parse_set_binding();
    case Keyword::kConfig:
      return unsupported("SET CONFIG");
    default:
      return parse_set_variables();
  }
}

const Statement* StatementParser::parse_set_variables() {
  expect(Keyword::kSet);
  SetVariablesStatement* set = make<SetVariablesStatement>();
  set->settings = parse_list([this] { return parse_variable_setting(); });
  return set;
}

bool StatementParser::accept_variable_scope(VariableScope& scope) {
  if (peek().kind != TokenKind::kIdentifier && peek().kind != TokenKind::kQuotedIdentifier) return false;
  switch (token().keyword) {
    case Keyword::kGlobal:
      scope = VariableScope::kGlobal;
      break;
    case Keyword::kSession:
    case Keyword::kLocal:
      scope = VariableScope::kSession;
      break;
    case Keyword::kPersist:
      scope = VariableScope::kPersist;
      break;
    case Keyword::kPersistOnly:
      scope = VariableScope::kPersistOnly;
      break;
    case Keyword::kInstance:
      scope = VariableScope::kInstance;
      break;
    default:
      return false;
  }
  advance();
  return true;
}

VariableSetting StatementParser::parse_variable_setting() {
  VariableSetting setting;
  if (is(Keyword::kNames) && peek().kind != TokenKind::kEqual && peek().kind != TokenKind::kAssign) {
    advance();
    setting.target = SetTargetKind::kNames;
    if (accept(Keyword::kDefault)) return setting;
    setting.charset = parse_charset_name();
    if (accept(Keyword::kCollate) && !accept(Keyword::kDefault)) setting.collation = parse_collation_name();
    return setting;
  }
  if (is_charset_keyword() && peek().kind != TokenKind::kEqual && peek().kind != TokenKind::kAssign) {
    accept_charset_keyword();
    setting.target = SetTargetKind::kCharacterSet;
    if (!accept(Keyword::kDefault)) setting.charset = parse_charset_name();
    return setting;
  }
  if (is(TokenKind::kUserVariable)) {
    setting.target = SetTargetKind::kUserVariable;
    setting.name = advance().text;
    if (!accept(TokenKind::kEqual)) expect(TokenKind::kAssign);
    setting.value = parse_expression();
    return setting;
  }
  if (is(TokenKind::kSystemVariable)) {
    const SystemVariable& variable = parse_system_variable()->as<SystemVariable>();
    setting.scope = variable.scope;
    setting.name = variable.name;
  } else {
    accept_variable_scope(setting.scope);
    const std::uint32_t begin = this->begin();
    parse_name();
    while (accept(TokenKind::kDot)) parse_name();
    setting.name = lower(text_between(begin, last_end()));
    if (setting.name.size() > 2 && setting.name.front() == '`' && setting.name.back() == '`')
      setting.name = setting.name.substr(1, setting.name.size() - 2);
  }
  if (!accept(TokenKind::kEqual)) expect(TokenKind::kAssign);
  setting.value = parse_setting_value();
  return setting;
}

/// An expression, DEFAULT (null), or one of the reserved words ON, BINARY, ROW, SYSTEM that stand for their own text.
const Expression* StatementParser::parse_setting_value() {
  const TokenKind next = peek().kind;
  const bool is_alone = next == TokenKind::kComma || next == TokenKind::kSemicolon || next == TokenKind::kEnd;
  if (is(Keyword::kDefault) && next != TokenKind::kLeftParen) {
    advance();
    return nullptr;
  }
  if (is_alone &&
      is_any(Keyword::kOn, Keyword::kBinary, Keyword::kRow, Keyword::kAll, Keyword::kForce, Keyword::kRead)) {
    const std::uint32_t begin = this->begin();
    ColumnReference* word = make<ColumnReference>();
    word->column = advance().text;
    return finish(word, begin);
  }
  return parse_expression();
}

/// The current token is TRANSACTION.
const Statement* StatementParser::parse_set_transaction(VariableScope scope) {
  advance();
  SetTransactionStatement* set = make<SetTransactionStatement>();
  set->scope = scope;
  do {
    if (accept(Keyword::kIsolation)) {
      expect(Keyword::kLevel);
      if (accept(Keyword::kRepeatable)) {
        expect(Keyword::kRead);
        set->isolation = IsolationLevel::kRepeatableRead;
      } else if (accept(Keyword::kSerializable)) {
        set->isolation = IsolationLevel::kSerializable;
      } else {
        expect(Keyword::kRead);
        set->isolation =
            accept(Keyword::kCommitted) ? IsolationLevel::kReadCommitted : IsolationLevel::kReadUncommitted;
        if (set->isolation == IsolationLevel::kReadUncommitted) expect(Keyword::kUncommitted);
      }
    } else {
      expect(Keyword::kRead);
      set->access = accept(Keyword::kWrite) ? AccessMode::kReadWrite : AccessMode::kReadOnly;
      if (set->access == AccessMode::kReadOnly && !accept_word("ONLY")) fail();
      if (set->access == AccessMode::kReadOnly) set->as_of_timestamp = accept_as_of();
    }
  } while (accept(TokenKind::kComma));
  return set;
}

const Statement* StatementParser::parse_set_password() {
  expect(Keyword::kSet, Keyword::kPassword);
  SetPasswordStatement* set = make<SetPasswordStatement>();
  if (accept(Keyword::kFor)) set->account = parse_account();
  if (!accept(TokenKind::kEqual)) expect(TokenKind::kAssign);
  if (accept(Keyword::kPassword)) {
    expect(TokenKind::kLeftParen);
    set->password = parse_string();
    expect(TokenKind::kRightParen);
  } else {
    set->password = parse_string();
  }
  return set;
}

const Statement* StatementParser::parse_set_role() {
  expect(Keyword::kSet, Keyword::kRole);
  SetRoleStatement* set = make<SetRoleStatement>();
  if (accept(Keyword::kDefault)) {
    set->selection = RoleSelection::kDefault;
  } else if (accept_word("NONE")) {
    set->selection = RoleSelection::kNone;
  } else if (accept(Keyword::kAll)) {
    set->selection = RoleSelection::kAll;
    if (accept(Keyword::kExcept)) {
      set->selection = RoleSelection::kAllExcept;
      set->roles = parse_accounts();
    }
  } else {
    set->roles = parse_accounts();
  }
  return set;
}

const Statement* StatementParser::parse_set_default_role() {
  expect(Keyword::kSet, Keyword::kDefault, Keyword::kRole);
  SetDefaultRoleStatement* set = make<SetDefaultRoleStatement>();
  if (accept_word("NONE")) {
    set->selection = RoleSelection::kNone;
  } else if (accept(Keyword::kAll)) {
    set->selection = RoleSelection::kAll;
  } else {
    set->roles = parse_accounts();
  }
  expect(Keyword::kTo);
  set->accounts = parse_accounts();
  return set;
}

const Statement* StatementParser::parse_set_binding() {
  expect(Keyword::kSet, Keyword::kBinding);
  SetBindingStatement* set = make<SetBindingStatement>();
  set->is_enabled = accept_word("ENABLED");
  if (!set->is_enabled && !accept_word("DISABLED")) fail();
  expect(Keyword::kFor);
  if (accept(Keyword::kSql)) {
    if (!accept_word("DIGEST")) fail();
    set->sql_digest = parse_string();
    return set;
  }
  set->original = parse_explainable();
  if (accept(Keyword::kUsing)) set->hinted = parse_explainable();
  return set;
}

// ---- transactions ----------------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_begin() {
  advance();
  BeginStatement* begin = make<BeginStatement>();
  if (accept_word("PESSIMISTIC")) {
    begin->mode = TransactionMode::kPessimistic;
  } else if (accept_word("OPTIMISTIC")) {
    begin->mode = TransactionMode::kOptimistic;
  } else {
    accept_word("WORK");
  }
  return begin;
}

const Statement* StatementParser::parse_start() {
  advance();
  if (is_any(Keyword::kSlave, Keyword::kReplica)) return unsupported("START SLAVE");
  expect(Keyword::kTransaction);
  BeginStatement* begin = make<BeginStatement>();
  if (!is(TokenKind::kEnd) && !is(TokenKind::kSemicolon)) parse_start_options(*begin);
  return begin;
}

void StatementParser::parse_start_options(BeginStatement& begin) {
  do {
    if (accept(Keyword::kWith)) {
      if (accept_word("CAUSAL")) {
        if (!accept_word("CONSISTENCY") || !accept_word("ONLY")) fail();
        begin.with_causal_consistency_only = true;
      } else {
        if (!accept_word("CONSISTENT") || !accept(Keyword::kSnapshot)) fail();
        begin.with_consistent_snapshot = true;
      }
    } else {
      expect(Keyword::kRead);
      begin.access = accept(Keyword::kWrite) ? AccessMode::kReadWrite : AccessMode::kReadOnly;
      if (begin.access == AccessMode::kReadOnly) {
        if (!accept_word("ONLY")) fail();
        begin.as_of_timestamp = accept_as_of();
      }
    }
  } while (accept(TokenKind::kComma));
}

/// [WORK] [AND [NO] CHAIN] [[NO] RELEASE].
Completion StatementParser::parse_completion() {
  accept_word("WORK");
  Completion completion = Completion::kDefault;
  if (accept(Keyword::kAnd)) {
    const bool is_no = accept(Keyword::kNo);
    if (!accept_word("CHAIN")) fail();
    completion = is_no ? Completion::kNoChain : Completion::kChain;
  }
  if (accept(Keyword::kNo)) {
    expect(Keyword::kRelease);
  } else if (completion != Completion::kChain && accept(Keyword::kRelease)) {
    completion = Completion::kRelease;
  }
  return completion;
}

const Statement* StatementParser::parse_rollback() {
  advance();
  accept_word("WORK");
  if (accept(Keyword::kTo)) {
    accept(Keyword::kSavepoint);
    RollbackToSavepointStatement* rollback = make<RollbackToSavepointStatement>();
    rollback->name = parse_name();
    return rollback;
  }
  RollbackStatement* rollback = make<RollbackStatement>();
  rollback->completion = parse_completion();
  return rollback;
}

// ---- locks -----------------------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_lock() {
  advance();
  if (is(Keyword::kInstance)) return unsupported("LOCK INSTANCE");
  if (!accept_any(Keyword::kTable, Keyword::kTables)) fail();
  LockTablesStatement* lock = make<LockTablesStatement>();
  lock->locks = parse_list([this] {
    TableLock table_lock;
    table_lock.table = parse_object_name();
    if (accept(Keyword::kAs)) {
      table_lock.alias = parse_name();
    } else {
      table_lock.alias = accept_name();
    }
    if (accept(Keyword::kRead)) {
      table_lock.kind = accept(Keyword::kLocal) ? TableLockKind::kReadLocal : TableLockKind::kRead;
    } else {
      const bool is_low = accept(Keyword::kLowPriority);
      expect(Keyword::kWrite);
      table_lock.kind = is_low                    ? TableLockKind::kLowPriorityWrite
                        : accept(Keyword::kLocal) ? TableLockKind::kWriteLocal
                                                  : TableLockKind::kWrite;
    }
    return table_lock;
  });
  return lock;
}

const Statement* StatementParser::parse_unlock() {
  advance();
  if (is(Keyword::kInstance)) return unsupported("UNLOCK INSTANCE");
  if (!accept_any(Keyword::kTable, Keyword::kTables)) fail();
  return make<UnlockTablesStatement>();
}

// ---- prepared statements ---------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_prepare() {
  advance();
  PrepareStatement* prepare = make<PrepareStatement>();
  prepare->name = parse_name();
  expect(Keyword::kFrom);
  if (is(TokenKind::kUserVariable)) {
    prepare->variable = advance().text;
  } else {
    prepare->statement_text = parse_string();
  }
  return prepare;
}

/// EXECUTE, DEALLOCATE PREPARE, DROP PREPARE (whose DROP has been consumed).
const Statement* StatementParser::parse_execute() {
  if (accept(Keyword::kExecute)) {
    ExecuteStatement* execute = make<ExecuteStatement>();
    execute->name = parse_name();
    if (accept(Keyword::kUsing)) {
      execute->variables = parse_list([this] {
        if (!is(TokenKind::kUserVariable)) fail();
        return advance().text;
      });
    }
    return execute;
  }
  accept(Keyword::kDeallocate);
  expect(Keyword::kPrepare);
  DeallocateStatement* deallocate = make<DeallocateStatement>();
  deallocate->name = parse_name();
  return deallocate;
}

// ---- KILL, FLUSH -----------------------------------------------------------------------------------------------------

const Statement* StatementParser::parse_kill() {
  advance();
  KillStatement* kill = make<KillStatement>();
  kill->is_tidb = accept(Keyword::kTidb);
  if (accept(Keyword::kQuery)) {
    kill->target = KillTarget::kQuery;
  } else {
    accept(Keyword::kConnection);
  }
  if (is(TokenKind::kInteger)) {
    kill->connection_id = parse_unsigned();
  } else {
    const Token first = token();
    kill->expression = parse_primary();
    const FunctionCall* call = kill->expression->try_as<FunctionCall>();
    if (call == nullptr || call->name != "connection_id") fail_at(first);
  }
  return kill;
}

const Statement* StatementParser::parse_flush() {
  advance();
  FlushStatement* flush = make<FlushStatement>();
  flush->no_write_to_binlog = accept_any(Keyword::kNoWriteToBinlog, Keyword::kLocal);
  if (accept(Keyword::kPrivileges)) {
    flush->flush = FlushKind::kPrivileges;
  } else if (accept(Keyword::kStatus)) {
    flush->flush = FlushKind::kStatus;
  } else if (accept_word("HOSTS")) {
    flush->flush = FlushKind::kHosts;
  } else if (accept_word("STATS_DELTA")) {
    flush->flush = FlushKind::kStatsDelta;
  } else if (accept_word("CLIENT_ERRORS_SUMMARY")) {
    flush->flush = FlushKind::kClientErrorsSummary;
  } else if (accept(Keyword::kTidb)) {
    if (!accept_word("PLUGINS")) fail();
    flush->flush = FlushKind::kTidbPlugins;
    flush->plugins = parse_list([this]() -> std::string_view { return parse_name(); });
  } else if (is_any(Keyword::kTable, Keyword::kTables)) {
    advance();
    flush->flush = FlushKind::kTables;
    if (is_name()) flush->tables = parse_list([this] { return parse_object_name(); });
    if (accept(Keyword::kWith)) {
      expect(Keyword::kRead, Keyword::kLock);
      flush->with_read_lock = true;
    }
  } else {
    flush->flush = FlushKind::kLogs;
    struct LogWord {
      std::string_view word;
      FlushLog log;
    };
    static constexpr LogWord kLogs[] = {{"BINARY", FlushLog::kBinary},
                                        {"ENGINE", FlushLog::kEngine},
                                        {"ERROR", FlushLog::kError},
                                        {"GENERAL", FlushLog::kGeneral},
                                        {"SLOW", FlushLog::kSlow}};
    for (const LogWord& candidate : kLogs) {
      if (accept_word(candidate.word)) {
        flush->log = candidate.log;
        break;
      }
    }
    if (!accept_word("LOGS")) fail();
  }
  return flush;
}

}  // namespace sluice::sql
