#include "sql/restore_writer.h"

namespace sluice::sql {

std::string restore(const Query& query, const RestoreOptions& options) {
  RestoreWriter writer(options);
  writer.query(query);
  return std::move(writer).take();
}

void RestoreWriter::query(const Query& query) {
  const std::size_t outer_ctes = cte_names_.size();
  if (query.is_parenthesised) plain("(");
  if (query.with != nullptr) with(*query.with);
  switch (query.kind) {
    case QueryKind::kSelect:
      select(query.as<SelectQuery>());
      break;
    case QueryKind::kSetOperation:
      set_operation(query.as<SetOperationQuery>());
      break;
    case QueryKind::kTable:
      keyword("TABLE ");
      table_name(query.as<TableQuery>().table->name);
      break;
    case QueryKind::kValues:
      keyword("VALUES ");
      separated(query.as<ValuesQuery>().rows, ", ", [this](ExpressionList row) {
        keyword("ROW");
        plain("(");
        expressions(row, ",");
        plain(")");
      });
      break;
  }
  query_tail(query);
  if (query.is_parenthesised) plain(")");
  cte_names_.resize(outer_ctes);
}

void RestoreWriter::with(const WithClause& with) {
  keyword(with.is_recursive ? "WITH RECURSIVE " : "WITH ");
  separated(with.expressions, ", ", [&](const CommonTableExpression& cte) {
    if (with.is_recursive) cte_names_.push_back(cte.name);
    name(cte.name);
    if (!cte.columns.empty()) {
      plain(" (");
      names(cte.columns);
      plain(")");
    }
    keyword(" AS ");
    plain("(");
    query(*cte.query);
    plain(")");
    if (!with.is_recursive) cte_names_.push_back(cte.name);
  });
  plain(" ");
}

void RestoreWriter::set_operation(const SetOperationQuery& query) {
  bool is_first = true;
  for (const SetOperand& operand : query.operands) {
    if (!is_first) {
      plain(" ");
      keyword(operand.op == SetOperator::kUnion    ? "UNION"
              : operand.op == SetOperator::kExcept ? "EXCEPT"
                                                   : "INTERSECT");
      if (operand.is_all) keyword(" ALL");
      plain(" ");
    }
    is_first = false;
    // A lone operand is a query expression of its own: its clauses are not the outer one's.
    const bool needs_parentheses = !operand.query->is_parenthesised && query.operands.size() == 1;
    if (needs_parentheses) plain("(");
    this->query(*operand.query);
    if (needs_parentheses) plain(")");
  }
}

void RestoreWriter::select(const SelectQuery& select) {
  keyword("SELECT ");
  hints(select.hints);
  if (select.distinct == Distinctness::kDistinct) keyword("DISTINCT ");
  priority(select.priority);
  if (select.is_straight_join) keyword("STRAIGHT_JOIN ");
  if (select.sql_small_result) keyword("SQL_SMALL_RESULT ");
  if (select.sql_big_result) keyword("SQL_BIG_RESULT ");
  if (select.sql_buffer_result) keyword("SQL_BUFFER_RESULT ");
  if (select.sql_no_cache) keyword("SQL_NO_CACHE ");
  if (select.sql_calc_found_rows) keyword("SQL_CALC_FOUND_ROWS ");
  const auto resolved =
      options_.resolved_lists == nullptr ? ResolvedLists::const_iterator() : options_.resolved_lists->find(&select);
  if (options_.resolved_lists != nullptr && resolved != options_.resolved_lists->end()) {
    separated(resolved->second, ",", [this](const ResolvedItem& item) { resolved_item(item); });
  } else {
    separated(select.items, ",", [this](const SelectItem& item) { select_item(item); });
  }
  if (select.is_from_dual) keyword(" FROM DUAL");
  if (select.from != nullptr) {
    keyword(" FROM ");
    table_references(*select.from);
  }
  if (select.where != nullptr) {
    keyword(" WHERE ");
    expression(*select.where);
  }
  if (!select.group_by.empty()) {
    keyword(" GROUP BY ");
    separated(select.group_by, ",", [this](const OrderItem& item) {
      expression(*item.expression);
      if (item.descending) keyword(" DESC");
    });
    if (select.is_rollup) keyword(" WITH ROLLUP");
  }
  if (select.having != nullptr) {
    keyword(" HAVING ");
    expression(*select.having);
  }
  if (!select.windows.empty()) {
    keyword(" WINDOW ");
    separated(select.windows, ",", [this](const WindowSpecification& definition) {
      name(definition.name);
      keyword(" AS ");
      window(definition);
    });
  }
}

void RestoreWriter::select_item(const SelectItem& item) {
  if (item.expression == nullptr) {
    if (!item.wildcard_schema.empty()) {
      name(item.wildcard_schema);
      plain(".");
    }
    if (!item.wildcard_table.empty()) {
      name(item.wildcard_table);
      plain(".");
    }
    plain("*");
    return;
  }
  expression(*item.expression);
  if (!item.is_alias_written) return;
  keyword(" AS ");
  name(item.alias);
}

void RestoreWriter::resolved_item(const ResolvedItem& item) {
  if (item.expression != nullptr) {
    expression(*item.expression);
  } else {
    for (const std::string* part : {&item.schema, &item.table}) {
      if (part->empty()) continue;
      name(*part);
      plain(".");
    }
    name(item.column);
  }
  keyword(" AS ");
  name(item.alias);
}

void RestoreWriter::query_tail(const Query& query) {
  if (!query.order_by.empty()) order_items(query.order_by);
  if (query.limit != nullptr) limit(*query.limit);
  if (query.locking != nullptr) locking(*query.locking);
  if (query.into != nullptr) into(*query.into);
}

void RestoreWriter::limit(const LimitClause& limit) {
  keyword(" LIMIT ");
  if (limit.offset != nullptr) {
    expression(*limit.offset);
    plain(",");
  }
  expression(*limit.count);
}

void RestoreWriter::locking(const LockingClause& locking) {
  keyword(locking.strength == LockStrength::kUpdate ? " FOR UPDATE" : " FOR SHARE");
  if (!locking.of_tables.empty()) {
    keyword(" OF ");
    separated(locking.of_tables, ", ", [this](const ObjectName& table) { object_name(table); });
  }
  switch (locking.wait) {
    case LockWait::kWait:
      return;
    case LockWait::kNoWait:
      keyword(" NOWAIT");
      return;
    case LockWait::kSkipLocked:
      keyword(" SKIP LOCKED");
      return;
    case LockWait::kWaitSeconds:
      keyword(" WAIT ");
      number(locking.wait_seconds);
      return;
  }
}

void RestoreWriter::into(const IntoClause& into) {
  keyword(" INTO ");
  if (into.kind == IntoKind::kVariables) {
    separated(into.variables, ", ", [this](std::string_view variable) {
      plain("@");
      name(variable);
    });
    return;
  }
  keyword(into.kind == IntoKind::kOutfile ? "OUTFILE " : "DUMPFILE ");
  quoted(into.file_name);
  if (!into.charset.empty()) {
    keyword(" CHARACTER SET ");
    plain(into.charset);
  }
  fields_and_lines(into.format);
}

void RestoreWriter::fields_and_lines(const FieldsAndLines& format) {
  if (format.is_fields_written) {
    keyword(" FIELDS TERMINATED BY ");
    quoted(format.fields_terminated_by);
    keyword(format.is_optionally_enclosed ? " OPTIONALLY ENCLOSED BY " : " ENCLOSED BY ");
    quoted(format.fields_enclosed_by);
    keyword(" ESCAPED BY ");
    quoted(format.fields_escaped_by);
    if (format.is_defined_null_written) {
      keyword(" DEFINED NULL BY ");
      quoted(format.fields_defined_null_by);
      if (format.is_defined_null_enclosed) keyword(" OPTIONALLY ENCLOSED");
    }
  }
  if (format.is_lines_written) {
    keyword(" LINES STARTING BY ");
    quoted(format.lines_starting_by);
    keyword(" TERMINATED BY ");
    quoted(format.lines_terminated_by);
  }
}

void RestoreWriter::hints(List<Hint> hints) {
  if (hints.empty()) return;
  plain("/*+ ");
  separated(hints, " ", [this](const Hint& hint) {
    plain(hint.name);
    plain("(");
    bool needs_comma = false;
    if (!hint.query_block.empty()) {
      plain("@");
      name(hint.query_block);
      needs_comma = false;
      if (!hint.tables.empty() || hint.has_number || !hint.argument.empty()) plain(" ");
    }
    if (hint.name == "read_from_storage") {
      keyword(hint.argument == "tikv" ? "TIKV" : "TIFLASH");
      plain("[");
    } else if (hint.has_number) {
      if (hint.name == "memory_quota") {
        number(hint.number >> 20);
        keyword(" MB");
      } else {
        number(hint.number);
      }
    } else if (hint.name == "time_range") {
      quoted(hint.argument);
      plain(", ");
      quoted(hint.second_argument);
    } else if (hint.name == "set_var") {
      plain(hint.argument);
      plain("=");
      quoted(hint.second_argument);
    } else if (!hint.argument.empty()) {
      name(hint.argument);
      if (!hint.second_argument.empty()) {
        plain(", ");
        plain(hint.second_argument);
      }
    }
    for (const HintTable& table : hint.tables) {
      if (needs_comma) plain(", ");
      needs_comma = true;
      if (!table.schema.empty()) {
        name(table.schema);
        plain(".");
      }
      name(table.table);
      if (!table.query_block.empty()) {
        plain("@");
        name(table.query_block);
      }
      if (!table.partitions.empty()) {
        keyword(" PARTITION");
        plain("(");
        names(table.partitions);
        plain(")");
      }
    }
    if (!hint.indexes.empty()) {
      plain(" ");
      names(hint.indexes);
    }
    if (hint.name == "read_from_storage") plain("]");
    plain(")");
  });
  plain("*/ ");
}

// ---- table references ------------------------------------------------------------------------------------------------

void RestoreWriter::table_references(const TableReference& table) { joined(table, false); }

/// A join inside another is written in parentheses.
void RestoreWriter::joined(const TableReference& table, bool is_nested) {
  switch (table.kind) {
    case TableReferenceKind::kTable:
      named_table(table.as<NamedTable>());
      return;
    case TableReferenceKind::kDerived: {
      const DerivedTable& derived = table.as<DerivedTable>();
      if (derived.is_lateral) keyword("LATERAL ");
      plain("(");
      query(*derived.query);
      plain(")");
      if (derived.alias.empty()) return;
      keyword(" AS ");
      name(derived.alias);
      if (!derived.columns.empty()) {
        plain("(");
        names(derived.columns);
        plain(")");
      }
      return;
    }
    case TableReferenceKind::kJoin:
      break;
  }
  const Join& join = table.as<Join>();
  if (is_nested) plain("(");
  joined(*join.left, true);
  if (join.is_natural) keyword(" NATURAL");
  if (join.join_kind == JoinKind::kLeft) keyword(" LEFT");
  if (join.join_kind == JoinKind::kRight) keyword(" RIGHT");
  keyword(join.is_straight ? " STRAIGHT_JOIN " : " JOIN ");
  joined(*join.right, true);
  if (join.on != nullptr) {
    keyword(" ON ");
    expression(*join.on);
  }
  if (!join.using_columns.empty()) {
    keyword(" USING ");
    plain("(");
    separated(join.using_columns, ",", [this](Name column) { name(column); });
    plain(")");
  }
  if (is_nested) plain(")");
}

void RestoreWriter::named_table(const NamedTable& table) {
  table_name(table.name);
  if (!table.partitions.empty()) {
    keyword(" PARTITION");
    plain("(");
    names(table.partitions);
    plain(")");
  }
  if (table.as_of_timestamp != nullptr) {
    keyword(" AS OF TIMESTAMP ");
    expression(*table.as_of_timestamp);
  }
  if (!table.alias.empty()) {
    keyword(" AS ");
    name(table.alias);
  }
  for (const IndexHint& hint : table.index_hints) {
    keyword(hint.kind == IndexHintKind::kUse      ? " USE INDEX"
            : hint.kind == IndexHintKind::kIgnore ? " IGNORE INDEX"
                                                  : " FORCE INDEX");
    if (hint.scope == IndexHintScope::kJoin) keyword(" FOR JOIN");
    if (hint.scope == IndexHintScope::kOrderBy) keyword(" FOR ORDER BY");
    if (hint.scope == IndexHintScope::kGroupBy) keyword(" FOR GROUP BY");
    plain(" (");
    names(hint.indexes);
    plain(")");
  }
  if (table.sample != nullptr) {
    keyword(" TABLESAMPLE ");
    plain(table.sample->method);
    plain("(");
    if (table.sample->amount != nullptr) {
      expression(*table.sample->amount);
      keyword(table.sample->is_rows ? " ROWS" : " PERCENT");
    }
    plain(")");
    if (table.sample->repeatable_seed != nullptr) {
      keyword(" REPEATABLE");
      plain("(");
      expression(*table.sample->repeatable_seed);
      plain(")");
    }
  }
}

}  // namespace sluice::sql
