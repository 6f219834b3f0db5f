#include "sql/ast_simple.h"
#include "sql/restore_writer.h"

namespace sluice::sql {

std::string restore(const Statement& statement, const RestoreOptions& options) {
  RestoreWriter writer(options);
  writer.statement(statement);
  return std::move(writer).take();
}

void RestoreWriter::statement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kQuery:
      query(*statement.as<QueryStatement>().query);
      return;
    case StatementKind::kInsert:
      insert(statement.as<InsertStatement>());
      return;
    case StatementKind::kUpdate:
      update(statement.as<UpdateStatement>());
      return;
    case StatementKind::kDelete:
      delete_rows(statement.as<DeleteStatement>());
      return;
    case StatementKind::kCreateTable:
      create_table(statement.as<CreateTableStatement>());
      return;
    case StatementKind::kAlterTable:
      alter_table(statement.as<AlterTableStatement>());
      return;
    case StatementKind::kCreateIndex:
      create_index(statement.as<CreateIndexStatement>());
      return;
    case StatementKind::kCreateView:
      create_view(statement.as<CreateViewStatement>());
      return;
    case StatementKind::kExplain: {
      const ExplainStatement& explain = statement.as<ExplainStatement>();
      if (explain.statement == nullptr) break;
      keyword(explain.is_analyze ? "EXPLAIN ANALYZE " : "EXPLAIN ");
      if (!explain.format.empty()) {
        keyword("FORMAT = ");
        quoted(explain.format);
        plain(" ");
      }
      this->statement(*explain.statement);
      return;
    }
    default:
      break;
  }
  plain(statement.text);
}

void RestoreWriter::priority(PriorityModifier priority) {
  switch (priority) {
    case PriorityModifier::kNone:
      return;
    case PriorityModifier::kLow:
      keyword("LOW_PRIORITY ");
      return;
    case PriorityModifier::kHigh:
      keyword("HIGH_PRIORITY ");
      return;
    case PriorityModifier::kDelayed:
      keyword("DELAYED ");
      return;
  }
}

void RestoreWriter::assignments(List<Assignment> list) {
  separated(list, ", ", [this](const Assignment& assignment) {
    (*this)(*assignment.column);
    plain("=");
    expression(*assignment.value);
  });
}

void RestoreWriter::insert(const InsertStatement& statement) {
  keyword(statement.is_replace ? "REPLACE " : "INSERT ");
  hints(statement.hints);
  priority(statement.priority);
  if (statement.is_ignore) keyword("IGNORE ");
  keyword("INTO ");
  table_name(statement.table);
  if (!statement.partitions.empty()) {
    keyword(" PARTITION");
    plain("(");
    names(statement.partitions);
    plain(")");
  }
  if (statement.is_column_list_written) {
    plain(" (");
    separated(statement.columns, ",", [this](const ColumnReference* column) { (*this)(*column); });
    plain(")");
  }
  if (statement.query != nullptr) {
    plain(" ");
    query(*statement.query);
  } else {
    keyword(" VALUES ");
    separated(statement.rows, ",", [this](ExpressionList row) {
      plain("(");
      expressions(row, ",");
      plain(")");
    });
  }
  if (!statement.row_alias.empty()) {
    keyword(" AS ");
    name(statement.row_alias);
    if (!statement.row_alias_columns.empty()) {
      plain("(");
      names(statement.row_alias_columns);
      plain(")");
    }
  }
  if (!statement.on_duplicate_update.empty()) {
    keyword(" ON DUPLICATE KEY UPDATE ");
    separated(statement.on_duplicate_update, ",", [this](const Assignment& assignment) {
      (*this)(*assignment.column);
      plain("=");
      expression(*assignment.value);
    });
  }
}

void RestoreWriter::update(const UpdateStatement& statement) {
  if (statement.with != nullptr) with(*statement.with);
  keyword("UPDATE ");
  hints(statement.hints);
  priority(statement.priority);
  if (statement.is_ignore) keyword("IGNORE ");
  table_references(*statement.tables);
  keyword(" SET ");
  assignments(statement.assignments);
  if (statement.where != nullptr) {
    keyword(" WHERE ");
    expression(*statement.where);
  }
  if (!statement.order_by.empty()) order_items(statement.order_by);
  if (statement.limit != nullptr) limit(*statement.limit);
}

void RestoreWriter::delete_rows(const DeleteStatement& statement) {
  if (statement.with != nullptr) with(*statement.with);
  keyword("DELETE ");
  hints(statement.hints);
  priority(statement.priority);
  if (statement.is_quick) keyword("QUICK ");
  if (statement.is_ignore) keyword("IGNORE ");
  if (statement.is_multi_table) {
    if (statement.is_using_form) keyword("FROM ");
    separated(statement.targets, ",", [this](const ObjectName& target) { object_name(target); });
    keyword(statement.is_using_form ? " USING " : " FROM ");
  } else {
    keyword("FROM ");
  }
  table_references(*statement.tables);
  if (statement.where != nullptr) {
    keyword(" WHERE ");
    expression(*statement.where);
  }
  if (!statement.order_by.empty()) order_items(statement.order_by);
  if (statement.limit != nullptr) limit(*statement.limit);
}

}  // namespace sluice::sql
