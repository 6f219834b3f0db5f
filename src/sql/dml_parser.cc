#include "sql/dml_parser.h"

namespace sluice::sql {

const Statement* DmlParser::try_parse_dml() {
  switch (token().keyword) {
    case Keyword::kSelect:
    case Keyword::kTable:
    case Keyword::kValues:
      return parse_query_statement();
    case Keyword::kWith:
      return parse_with_statement();
    case Keyword::kInsert:
    case Keyword::kReplace:
      return parse_insert();
    case Keyword::kUpdate:
      return parse_update(nullptr);
    case Keyword::kDelete:
      return parse_delete(nullptr);
    case Keyword::kLoad:
      return peek().keyword == Keyword::kData ? parse_load_data() : nullptr;
    case Keyword::kImport:
      return peek().keyword == Keyword::kInto ? parse_import_into() : nullptr;
    default:
      return is(TokenKind::kLeftParen) ? parse_query_statement() : nullptr;
  }
}

const Statement* DmlParser::parse_query_statement() {
  QueryStatement* statement = make<QueryStatement>();
  statement->query = parse_query_expression();
  const Query& query = *statement->query;
  statement->is_read_only = query.locking == nullptr && query.into == nullptr;
  return statement;
}

const Statement* DmlParser::parse_with_statement() {
  const std::uint32_t begin = this->begin();
  const WithClause* with = parse_with();
  if (is(Keyword::kUpdate)) return parse_update(with);
  if (is(Keyword::kDelete)) return parse_delete(with);
  QueryStatement* statement = make<QueryStatement>();
  const Query* query = attach_with(with, continue_query_expression(parse_query_operand(), begin), begin);
  statement->query = query;
  statement->is_read_only = query->locking == nullptr && query->into == nullptr;
  return statement;
}

PriorityModifier DmlParser::accept_priority() {
  if (accept(Keyword::kLowPriority)) return PriorityModifier::kLow;
  if (accept(Keyword::kHighPriority)) return PriorityModifier::kHigh;
  if (accept(Keyword::kDelayed)) return PriorityModifier::kDelayed;
  return PriorityModifier::kNone;
}

// ---- INSERT, REPLACE -------------------------------------------------------------------------------------------------

const Statement* DmlParser::parse_insert() {
  InsertStatement* insert = make<InsertStatement>();
  insert->is_replace = advance().keyword == Keyword::kReplace;
  insert->hints = take_hints();
  insert->priority = accept_priority();
  if (!insert->is_replace) insert->is_ignore = accept(Keyword::kIgnore);
  accept(Keyword::kInto);
  insert->table = parse_object_name();
  insert->partitions = accept_partitions();
  parse_insert_source(*insert);
  if (!insert->is_replace) parse_on_duplicate(*insert);
  return insert;
}

void DmlParser::parse_insert_source(InsertStatement& insert) {
  if (accept(Keyword::kSet)) {
    insert.is_set_form = true;
    insert.is_column_list_written = true;
    const List<Assignment> assignments = parse_assignments();
    std::vector<const ColumnReference*> columns;
    std::vector<const Expression*> values;
    for (const Assignment& assignment : assignments) {
      columns.push_back(assignment.column);
      values.push_back(assignment.value);
    }
    insert.columns = list(columns);
    insert.rows = list(std::vector<ExpressionList>{list(values)});
    if (accept(Keyword::kAs)) {
      insert.row_alias = parse_name();
      if (is(TokenKind::kLeftParen)) insert.row_alias_columns = parse_parenthesised_names();
    }
    return;
  }
  if (is(TokenKind::kLeftParen) && !query_follows_parentheses()) {
    advance();
    insert.is_column_list_written = true;
    if (!is(TokenKind::kRightParen)) insert.columns = parse_list([this] { return parse_column_reference(); });
    expect(TokenKind::kRightParen);
  }
  const bool is_row_query = is(Keyword::kValues) && peek().keyword == Keyword::kRow;
  if (!is_row_query && accept_any(Keyword::kValues, Keyword::kValue)) {
    insert.rows = parse_list([this] { return parse_value_list(); });
    if (accept(Keyword::kAs)) {
      insert.row_alias = parse_name();
      if (is(TokenKind::kLeftParen)) insert.row_alias_columns = parse_parenthesised_names();
    }
    return;
  }
  if (accept(Keyword::kSet)) fail();
  if (!starts_query() && !is(TokenKind::kLeftParen)) fail();
  insert.query = parse_query_expression();
}

ExpressionList DmlParser::parse_value_list() {
  expect(TokenKind::kLeftParen);
  ExpressionList values;
  if (!is(TokenKind::kRightParen)) values = parse_list([this] { return parse_expression_or_default(); });
  expect(TokenKind::kRightParen);
  return values;
}

const Expression* DmlParser::parse_expression_or_default() {
  if (is(Keyword::kDefault) && peek().kind != TokenKind::kLeftParen) {
    const std::uint32_t begin = advance().begin;
    return finish(make<DefaultValue>(), begin);
  }
  return parse_expression();
}

Assignment DmlParser::parse_assignment() {
  Assignment assignment;
  assignment.column = parse_column_reference();
  if (!accept(TokenKind::kEqual)) expect(TokenKind::kAssign);
  assignment.value = parse_expression_or_default();
  return assignment;
}

void DmlParser::parse_on_duplicate(InsertStatement& insert) {
  if (!accept(Keyword::kOn)) return;
  expect(Keyword::kDuplicate, Keyword::kKey, Keyword::kUpdate);
  insert.on_duplicate_update = parse_assignments();
}

// ---- UPDATE ----------------------------------------------------------------------------------------------------------

const Statement* DmlParser::parse_update(const WithClause* with) {
  expect(Keyword::kUpdate);
  UpdateStatement* update = make<UpdateStatement>();
  update->with = with;
  update->hints = take_hints();
  update->priority = accept_priority();
  update->is_ignore = accept(Keyword::kIgnore);
  update->tables = parse_table_references();
  update->is_multi_table = update->tables->kind == TableReferenceKind::kJoin;
  expect(Keyword::kSet);
  update->assignments = parse_assignments();
  update->where = parse_where();
  if (!update->is_multi_table) {
    if (is(Keyword::kOrder)) update->order_by = parse_order_items();
    if (is(Keyword::kLimit)) update->limit = parse_limit();
  }
  return update;
}

// ---- DELETE ----------------------------------------------------------------------------------------------------------

const Statement* DmlParser::parse_delete(const WithClause* with) {
  expect(Keyword::kDelete);
  DeleteStatement* statement = make<DeleteStatement>();
  statement->with = with;
  statement->hints = take_hints();
  statement->priority = accept_priority();
  statement->is_quick = accept(Keyword::kQuick);
  statement->is_ignore = accept(Keyword::kIgnore);
  if (!accept(Keyword::kFrom)) {
    // DELETE t1, t2 FROM table references
    statement->is_multi_table = true;
    parse_multi_delete_targets(*statement);
    expect(Keyword::kFrom);
    statement->tables = parse_table_references();
    statement->where = parse_where();
    return statement;
  }
  // DELETE FROM t ..; a comma, `.*` or USING behind the first name makes it DELETE FROM t1, t2 USING references.
  const std::uint32_t begin = this->begin();
  ObjectName first;
  first.name = parse_name();
  bool is_star = false;
  if (accept(TokenKind::kDot)) {
    is_star = accept(TokenKind::kStar);
    if (!is_star) {
      first.schema = first.name;
      first.name = parse_name();
      if (accept(TokenKind::kDot)) {
        expect(TokenKind::kStar);
        is_star = true;
      }
    }
  }
  if (is_star || is(TokenKind::kComma) || is(Keyword::kUsing)) {
    statement->is_multi_table = true;
    statement->is_using_form = true;
    std::vector<ObjectName> targets{first};
    if (accept(TokenKind::kComma)) {
      parse_multi_delete_targets(*statement);
      targets.insert(targets.end(), statement->targets.begin(), statement->targets.end());
    }
    statement->targets = list(targets);
    expect(Keyword::kUsing);
    statement->tables = parse_table_references();
    statement->where = parse_where();
    return statement;
  }
  NamedTable* table = make<NamedTable>();
  table->name = first;
  table->partitions = accept_partitions();
  table->source = {begin, last_end()};
  table->alias = accept_table_alias();
  table->index_hints = parse_index_hints();
  table->sample = accept_table_sample();
  statement->tables = table;
  statement->where = parse_where();
  if (is(Keyword::kOrder)) statement->order_by = parse_order_items();
  if (is(Keyword::kLimit)) statement->limit = parse_limit();
  return statement;
}

/// `t1`, `db.t1`, each with an optional `.*`.
void DmlParser::parse_multi_delete_targets(DeleteStatement& statement) {
  statement.targets = parse_list([this] {
    ObjectName name;
    name.name = parse_name();
    if (accept(TokenKind::kDot)) {
      if (accept(TokenKind::kStar)) return name;
      name.schema = name.name;
      name.name = parse_name();
      if (accept(TokenKind::kDot)) expect(TokenKind::kStar);
    }
    return name;
  });
}

// ---- LOAD DATA, IMPORT INTO ------------------------------------------------------------------------------------------

const Statement* DmlParser::parse_load_data() {
  expect(Keyword::kLoad, Keyword::kData);
  LoadDataStatement* load = make<LoadDataStatement>();
  if (accept(Keyword::kLowPriority)) load->priority = PriorityModifier::kLow;
  accept(Keyword::kConcurrent);
  load->is_local = accept(Keyword::kLocal);
  expect(Keyword::kInfile);
  load->file_name = parse_string();
  if (accept(Keyword::kFormat)) load->file_format = parse_string();
  if (accept(Keyword::kReplace)) {
    load->on_duplicate = DuplicateHandling::kReplace;
  } else if (accept(Keyword::kIgnore)) {
    load->on_duplicate = DuplicateHandling::kIgnore;
  }
  expect(Keyword::kInto, Keyword::kTable);
  load->table = parse_object_name();
  load->partitions = accept_partitions();
  if (accept_charset_keyword()) load->charset = parse_charset_name();
  parse_fields_and_lines(load->format);
  if (accept(Keyword::kIgnore)) {
    load->ignore_lines = parse_unsigned();
    if (!accept_any(Keyword::kLines, Keyword::kRows)) fail();
  }
  load->targets = parse_load_targets();
  if (accept(Keyword::kSet)) load->assignments = parse_assignments();
  load->options = accept_with_options();
  return load;
}

List<LoadTarget> DmlParser::parse_load_targets() {
  if (!accept(TokenKind::kLeftParen)) return {};
  List<LoadTarget> targets;
  if (!is(TokenKind::kRightParen)) targets = parse_list([this] { return parse_load_target(); });
  expect(TokenKind::kRightParen);
  return targets;
}

LoadTarget DmlParser::parse_load_target() {
  if (is(TokenKind::kUserVariable)) return {.variable = advance().text};
  return {.column = parse_column_reference()};
}

List<NamedOption> DmlParser::accept_with_options() {
  if (!accept(Keyword::kWith)) return {};
  return parse_list([this] { return parse_named_option(); });
}

NamedOption DmlParser::parse_named_option() {
  NamedOption option;
  if (!is(TokenKind::kIdentifier) && !is(TokenKind::kQuotedIdentifier)) fail();
  option.name = lower(advance().text);
  if (accept(TokenKind::kEqual)) option.value = parse_expression();
  return option;
}

const Statement* DmlParser::parse_import_into() {
  expect(Keyword::kImport, Keyword::kInto);
  ImportIntoStatement* import = make<ImportIntoStatement>();
  import->table = parse_object_name();
  import->targets = parse_load_targets();
  if (accept(Keyword::kSet)) import->assignments = parse_assignments();
  expect(Keyword::kFrom);
  if (is_string()) {
    import->file_name = parse_string();
    if (accept(Keyword::kFormat)) import->file_format = parse_string();
  } else {
    import->query = parse_query_expression();
  }
  import->options = accept_with_options();
  return import;
}

// ---- BATCH, DO, CALL -------------------------------------------------------------------------------------------------

const Statement* DmlParser::parse_batch() {
  expect(Keyword::kBatch);
  BatchStatement* batch = make<BatchStatement>();
  if (accept(Keyword::kOn)) batch->shard_column = parse_column_reference();
  expect(Keyword::kLimit);
  batch->limit = parse_unsigned();
  if (accept_word("DRY")) {
    if (!accept_word("RUN")) fail();
    batch->dry_run = accept(Keyword::kQuery) ? BatchDryRun::kQuery : BatchDryRun::kSplit;
  }
  if (!is_any(Keyword::kInsert, Keyword::kReplace, Keyword::kUpdate, Keyword::kDelete)) fail();
  batch->statement = try_parse_dml();
  return batch;
}

const Statement* DmlParser::parse_do() {
  expect(Keyword::kDo);
  DoStatement* statement = make<DoStatement>();
  statement->expressions = parse_expression_list();
  return statement;
}

const Statement* DmlParser::parse_call() {
  expect(Keyword::kCall);
  CallStatement* call = make<CallStatement>();
  call->procedure = parse_object_name();
  if (accept(TokenKind::kLeftParen)) {
    if (!is(TokenKind::kRightParen)) call->arguments = parse_expression_list();
    expect(TokenKind::kRightParen);
  }
  return call;
}

}  // namespace sluice::sql
