// CREATE, DROP, TRUNCATE, RENAME, RECOVER and FLASHBACK of tables and indexes.
#include "sql/ddl_parser.h"

namespace sluice::sql {

const Statement* DdlParser::unsupported(std::string_view name) {
  UnsupportedStatement* statement = make<UnsupportedStatement>();
  statement->name = name;
  // Bodies of procedures hold semicolons: the statement takes the rest of the text.
  while (!is(TokenKind::kEnd)) advance();
  return statement;
}

const Statement* DdlParser::parse_create() {
  expect(Keyword::kCreate);
  const bool or_replace = accept(Keyword::kOr, Keyword::kReplace);
  switch (token().keyword) {
    case Keyword::kTable:
      if (or_replace) fail();
      return parse_create_table(TemporaryTable::kNone);
    case Keyword::kTemporary:
      advance();
      if (!is(Keyword::kTable)) fail();
      return parse_create_table(TemporaryTable::kLocal);
    case Keyword::kGlobal:
      if (peek().keyword == Keyword::kTemporary) {
        advance();
        advance();
        return parse_create_table(TemporaryTable::kGlobal);
      }
      fail();
    case Keyword::kIndex:
      return parse_create_index(IndexKind::kIndex);
    case Keyword::kUnique:
      advance();
      return parse_create_index(IndexKind::kUnique);
    case Keyword::kFulltext:
      advance();
      return parse_create_index(IndexKind::kFullText);
    case Keyword::kSpatial:
      advance();
      return parse_create_index(IndexKind::kSpatial);
    case Keyword::kVector:
      advance();
      return parse_create_index(IndexKind::kVector);
    case Keyword::kColumnar:
      advance();
      return parse_create_index(IndexKind::kColumnar);
    case Keyword::kDatabase:
    case Keyword::kSchema:
      return parse_create_database();
    case Keyword::kView:
    case Keyword::kAlgorithm:
    case Keyword::kSql:
      return parse_create_view(or_replace, false);
    case Keyword::kDefiner:
      return parse_create_view(or_replace, false);
    case Keyword::kSequence:
      return parse_create_sequence();
    case Keyword::kUser:
      return parse_create_user();
    case Keyword::kRole:
      return parse_create_role();
    case Keyword::kPlacement:
      return parse_placement_policy(Keyword::kCreate, or_replace);
    case Keyword::kResource:
      return parse_resource_group(Keyword::kCreate);
    case Keyword::kStatistics:
      return parse_create_statistics();
    case Keyword::kProcedure:
      return unsupported("CREATE PROCEDURE");
    case Keyword::kFunction:
      return unsupported("CREATE FUNCTION");
    case Keyword::kAggregate:
      return unsupported("CREATE FUNCTION");
    case Keyword::kTrigger:
      return unsupported("CREATE TRIGGER");
    case Keyword::kEvent:
      return unsupported("CREATE EVENT");
    case Keyword::kServer:
      return unsupported("CREATE SERVER");
    case Keyword::kTablespace:
      return unsupported("CREATE TABLESPACE");
    case Keyword::kUndo:
      return unsupported("CREATE UNDO TABLESPACE");
    case Keyword::kLogfile:
      return unsupported("CREATE LOGFILE GROUP");
    default:
      fail();
  }
}

// ---- CREATE TABLE ----------------------------------------------------------------------------------------------------

const Statement* DdlParser::parse_create_table(TemporaryTable temporary) {
  return parse_create_table_statement(temporary);
}

/// From TABLE on.
const CreateTableStatement* DdlParser::parse_create_table_statement(TemporaryTable temporary) {
  expect(Keyword::kTable);
  CreateTableStatement* create = make<CreateTableStatement>();
  create->temporary = temporary;
  create->if_not_exists = accept_if_not_exists();
  create->table = parse_object_name();
  if (accept(Keyword::kLike)) {
    create->like = parse_object_name();
  } else if (is(TokenKind::kLeftParen) && peek().keyword == Keyword::kLike) {
    advance();
    advance();
    create->like = parse_object_name();
    expect(TokenKind::kRightParen);
  } else {
    if (is(TokenKind::kLeftParen) && !query_follows_parentheses()) parse_create_table_body(*create);
    create->options = parse_table_options();
    if (is(Keyword::kPartition)) create->partition = parse_partition_options();
    if (accept(Keyword::kReplace)) {
      create->on_duplicate = DuplicateHandling::kReplace;
    } else if (accept(Keyword::kIgnore)) {
      create->on_duplicate = DuplicateHandling::kIgnore;
    }
    accept(Keyword::kAs);
    if (starts_query() || is(TokenKind::kLeftParen)) create->query = parse_query_expression();
  }
  if (is(Keyword::kOn) && peek().keyword == Keyword::kCommit) {
    advance();
    advance();
    create->is_on_commit_written = true;
    create->is_on_commit_delete = accept(Keyword::kDelete);
    if (!create->is_on_commit_delete) {
      if (!accept_word("PRESERVE")) fail();
    }
    expect(Keyword::kRows);
  }
  if (temporary == TemporaryTable::kGlobal && !create->is_on_commit_written) fail();
  return create;
}

void DdlParser::parse_create_table_body(CreateTableStatement& create) {
  expect(TokenKind::kLeftParen);
  std::vector<ColumnDefinition> columns;
  std::vector<Constraint> constraints;
  do {
    if (starts_constraint()) {
      constraints.push_back(parse_constraint());
    } else {
      columns.push_back(parse_column_definition());
    }
  } while (accept(TokenKind::kComma));
  expect(TokenKind::kRightParen);
  create.columns = list(columns);
  create.constraints = list(constraints);
}

// ---- indexes ---------------------------------------------------------------------------------------------------------

const Statement* DdlParser::parse_create_index(IndexKind kind) {
  CreateIndexStatement* create = make<CreateIndexStatement>();
  expect(Keyword::kIndex);
  create->index.kind = kind;
  create->index.if_not_exists = accept_if_not_exists();
  create->index.name = parse_name();
  if (accept_any(Keyword::kUsing, Keyword::kType)) create->index.options.method = parse_index_method();
  expect(Keyword::kOn);
  create->table = parse_object_name();
  create->index.columns = parse_index_columns();
  parse_index_options(create->index.options);
  parse_algorithm_and_lock(create->algorithm, create->lock);
  return create;
}

/// ALGORITHM [=] a and LOCK [=] l, in any order.
void DdlParser::parse_algorithm_and_lock(std::string_view& algorithm, std::string_view& lock) {
  for (;;) {
    if (accept(Keyword::kAlgorithm)) {
      accept_equal();
      const Token word = token();
      algorithm = accept(Keyword::kDefault) ? "DEFAULT" : upper(parse_name());
      if (algorithm != "DEFAULT" && algorithm != "COPY" && algorithm != "INPLACE" && algorithm != "INSTANT")
        fail_at(word);
    } else if (accept(Keyword::kLock)) {
      accept_equal();
      const Token word = token();
      lock = accept(Keyword::kDefault) ? "DEFAULT" : upper(parse_name());
      if (lock != "DEFAULT" && lock != "NONE" && lock != "SHARED" && lock != "EXCLUSIVE") fail_at(word);
    } else {
      return;
    }
  }
}

// ---- DROP ------------------------------------------------------------------------------------------------------------

const Statement* DdlParser::parse_drop() {
  expect(Keyword::kDrop);
  switch (token().keyword) {
    case Keyword::kTable:
    case Keyword::kTables:
      return parse_drop_table(TemporaryTable::kNone);
    case Keyword::kTemporary:
      advance();
      return parse_drop_table(TemporaryTable::kLocal);
    case Keyword::kGlobal:
      if (peek().keyword == Keyword::kTemporary) {
        advance();
        advance();
        return parse_drop_table(TemporaryTable::kGlobal);
      }
      fail();
    case Keyword::kIndex:
      return parse_drop_index();
    case Keyword::kHypo:
      return parse_drop_index();
    case Keyword::kDatabase:
    case Keyword::kSchema: {
      advance();
      DropDatabaseStatement* drop = make<DropDatabaseStatement>();
      drop->if_exists = accept_if_exists();
      drop->name = parse_name();
      return drop;
    }
    case Keyword::kView: {
      advance();
      DropViewStatement* drop = make<DropViewStatement>();
      drop->if_exists = accept_if_exists();
      drop->views = parse_list([this] { return parse_object_name(); });
      drop->behaviour = parse_drop_behaviour();
      return drop;
    }
    case Keyword::kSequence: {
      advance();
      DropSequenceStatement* drop = make<DropSequenceStatement>();
      drop->if_exists = accept_if_exists();
      drop->names = parse_list([this] { return parse_object_name(); });
      return drop;
    }
    case Keyword::kUser:
    case Keyword::kRole:
      return parse_drop_accounts();
    case Keyword::kPlacement:
      return parse_placement_policy(Keyword::kDrop, false);
    case Keyword::kResource:
      return parse_resource_group(Keyword::kDrop);
    case Keyword::kStatistics: {
      advance();
      DropStatisticsStatement* drop = make<DropStatisticsStatement>();
      drop->name = parse_name();
      return drop;
    }
    case Keyword::kProcedure:
      return unsupported("DROP PROCEDURE");
    case Keyword::kFunction:
      return unsupported("DROP FUNCTION");
    case Keyword::kTrigger:
      return unsupported("DROP TRIGGER");
    case Keyword::kEvent:
      return unsupported("DROP EVENT");
    case Keyword::kServer:
      return unsupported("DROP SERVER");
    case Keyword::kTablespace:
      return unsupported("DROP TABLESPACE");
    default:
      fail();
  }
}

DropBehaviour DdlParser::parse_drop_behaviour() {
  if (accept(Keyword::kRestrict)) return DropBehaviour::kRestrict;
  if (accept(Keyword::kCascade)) return DropBehaviour::kCascade;
  return DropBehaviour::kNotWritten;
}

const Statement* DdlParser::parse_drop_table(TemporaryTable temporary) {
  if (!accept_any(Keyword::kTable, Keyword::kTables)) fail();
  DropTableStatement* drop = make<DropTableStatement>();
  drop->temporary = temporary;
  drop->if_exists = accept_if_exists();
  drop->tables = parse_list([this] { return parse_object_name(); });
  drop->behaviour = parse_drop_behaviour();
  return drop;
}

const Statement* DdlParser::parse_drop_index() {
  DropIndexStatement* drop = make<DropIndexStatement>();
  drop->is_hypo = accept(Keyword::kHypo);
  expect(Keyword::kIndex);
  drop->if_exists = accept_if_exists();
  drop->name = parse_name();
  expect(Keyword::kOn);
  drop->table = parse_object_name();
  parse_algorithm_and_lock(drop->algorithm, drop->lock);
  return drop;
}

// ---- TRUNCATE, RENAME, RECOVER, FLASHBACK ----------------------------------------------------------------------------

const Statement* DdlParser::parse_truncate() {
  expect(Keyword::kTruncate);
  accept(Keyword::kTable);
  TruncateTableStatement* truncate = make<TruncateTableStatement>();
  truncate->table = parse_object_name();
  return truncate;
}

const Statement* DdlParser::parse_rename() {
  expect(Keyword::kRename);
  if (is(Keyword::kUser)) return parse_rename_user();
  if (!accept_any(Keyword::kTable, Keyword::kTables)) fail();
  RenameTableStatement* rename = make<RenameTableStatement>();
  rename->tables = parse_list([this] {
    RenamePair pair;
    pair.from = parse_object_name();
    expect(Keyword::kTo);
    pair.to = parse_object_name();
    return pair;
  });
  return rename;
}

const Statement* DdlParser::parse_recover() {
  expect(Keyword::kRecover, Keyword::kTable);
  RecoverTableStatement* recover = make<RecoverTableStatement>();
  if (accept(Keyword::kBy)) {
    expect(Keyword::kJob);
    recover->job_id = parse_signed();
  } else {
    recover->table = parse_object_name();
    if (is(TokenKind::kInteger)) recover->job_num = parse_signed();
  }
  return recover;
}

const Statement* DdlParser::parse_flashback() {
  expect(Keyword::kFlashback);
  List<ObjectName> tables;
  Name database;
  if (accept(Keyword::kTable)) {
    tables = parse_list([this] { return parse_object_name(); });
  } else if (accept_any(Keyword::kDatabase, Keyword::kSchema)) {
    database = parse_name();
  } else {
    expect(Keyword::kCluster);
  }
  const bool is_cluster = tables.empty() && database.empty();
  const bool has_to = accept(Keyword::kTo);
  if (has_to && (is(Keyword::kTimestamp) || is_word("TSO"))) {
    FlashbackClusterStatement* flashback = make<FlashbackClusterStatement>();
    flashback->tables = tables;
    flashback->database = database;
    if (accept(Keyword::kTimestamp)) {
      flashback->timestamp = parse_string_literal();
    } else {
      advance();
      flashback->tso = parse_unsigned();
    }
    return flashback;
  }
  if (is_cluster || tables.size() > 1) fail();
  const Name new_name = has_to ? parse_name() : Name();
  if (!database.empty()) {
    FlashbackDatabaseStatement* flashback = make<FlashbackDatabaseStatement>();
    flashback->database = database;
    flashback->new_name = new_name;
    return flashback;
  }
  FlashbackTableStatement* flashback = make<FlashbackTableStatement>();
  flashback->table = tables[0];
  flashback->new_name = new_name;
  return flashback;
}

}  // namespace sluice::sql
