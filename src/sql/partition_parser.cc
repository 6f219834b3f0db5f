// PARTITION BY and partition definitions.
#include "sql/ddl_parser.h"

namespace sluice::sql {

/// The current token is PARTITION.
const PartitionOptions* DdlParser::parse_partition_options() {
  expect(Keyword::kPartition, Keyword::kBy);
  PartitionOptions* options = make<PartitionOptions>();
  options->method = parse_partition_method(false);
  if (accept(Keyword::kPartitions)) options->method.count = parse_unsigned();
  if (accept(Keyword::kSubpartition)) {
    expect(Keyword::kBy);
    options->subpartition_method = parse_partition_method(true);
    if (accept(Keyword::kSubpartitions)) options->subpartition_method.count = parse_unsigned();
  }
  if (is(TokenKind::kLeftParen)) options->definitions = parse_partition_definitions();
  options->update_indexes = accept_update_indexes();
  return options;
}

PartitionMethod DdlParser::parse_partition_method(bool is_subpartition) {
  PartitionMethod method;
  method.is_linear = accept(Keyword::kLinear);
  if (accept(Keyword::kHash)) {
    method.kind = PartitionMethodKind::kHash;
  } else if (accept(Keyword::kKey)) {
    method.kind = PartitionMethodKind::kKey;
    if (accept(Keyword::kAlgorithm)) {
      accept_equal();
      method.key_algorithm = parse_unsigned();
    }
    expect(TokenKind::kLeftParen);
    if (!is(TokenKind::kRightParen)) method.columns = parse_name_list();
    expect(TokenKind::kRightParen);
    return method;
  } else if (is_subpartition || method.is_linear) {
    fail();
  } else if (accept(Keyword::kSystemTime)) {
    method.kind = PartitionMethodKind::kSystemTime;
    if (accept(Keyword::kInterval)) {
      method.expression = parse_primary();
      method.unit = parse_time_unit();
    } else if (accept(Keyword::kLimit)) {
      method.limit = parse_unsigned();
    }
    return method;
  } else {
    method.kind = is(Keyword::kRange) ? PartitionMethodKind::kRange : PartitionMethodKind::kList;
    if (!accept(Keyword::kRange)) expect(Keyword::kList);
    if (accept_any(Keyword::kColumns, Keyword::kFields)) {
      method.is_columns = true;
      method.columns = parse_parenthesised_list([this] { return parse_column_reference()->column; });
      if (is(Keyword::kInterval)) method.interval = parse_partition_interval();
      return method;
    }
  }
  expect(TokenKind::kLeftParen);
  const std::uint32_t begin = this->begin();
  method.expression = parse_arithmetic(1);
  method.expression_text = text_between(begin, last_end());
  expect(TokenKind::kRightParen);
  if (method.kind == PartitionMethodKind::kRange && is(Keyword::kInterval))
    method.interval = parse_partition_interval();
  return method;
}

const PartitionInterval* DdlParser::parse_partition_interval() {
  expect(Keyword::kInterval);
  PartitionInterval* interval = make<PartitionInterval>();
  expect(TokenKind::kLeftParen);
  interval->interval = parse_arithmetic(1);
  if (!is(TokenKind::kRightParen)) interval->unit = parse_time_unit();
  expect(TokenKind::kRightParen);
  if (accept(Keyword::kFirst)) {
    expect(Keyword::kPartition);
    expect(Keyword::kLess, Keyword::kThan);
    expect(TokenKind::kLeftParen);
    interval->first = parse_arithmetic(1);
    expect(TokenKind::kRightParen);
    expect(Keyword::kLast, Keyword::kPartition);
    expect(Keyword::kLess, Keyword::kThan);
    expect(TokenKind::kLeftParen);
    interval->last = parse_arithmetic(1);
    expect(TokenKind::kRightParen);
  }
  interval->has_null_partition = accept(Keyword::kNull, Keyword::kPartition);
  interval->has_max_value_partition = accept(Keyword::kMaxvalue, Keyword::kPartition);
  return interval;
}

List<PartitionDefinition> DdlParser::parse_partition_definitions() {
  return parse_parenthesised_list([this] { return parse_partition_definition(false); });
}

PartitionDefinition DdlParser::parse_partition_definition(bool is_subpartition) {
  PartitionDefinition definition;
  expect(is_subpartition ? Keyword::kSubpartition : Keyword::kPartition);
  definition.name = parse_name();
  if (!is_subpartition) parse_partition_bound(definition);
  std::vector<TableOption> options;
  for (;;) {
    TableOption option;
    if (!parse_table_option(option)) break;
    options.push_back(option);
  }
  definition.options = list(options);
  if (!is_subpartition && is(TokenKind::kLeftParen)) {
    definition.subpartitions = parse_parenthesised_list([this] { return parse_partition_definition(true); });
  }
  return definition;
}

void DdlParser::parse_partition_bound(PartitionDefinition& definition) {
  if (is(Keyword::kDefault) && peek().keyword != Keyword::kCharset && peek().keyword != Keyword::kCollate) {
    advance();
    definition.bound = PartitionBoundKind::kDefault;
    return;
  }
  if (accept(Keyword::kHistory)) {
    definition.bound = PartitionBoundKind::kHistory;
    return;
  }
  if (accept(Keyword::kCurrent)) {
    definition.bound = PartitionBoundKind::kCurrent;
    return;
  }
  if (!accept(Keyword::kValues)) return;
  if (accept(Keyword::kLess)) {
    expect(Keyword::kThan);
    definition.bound = PartitionBoundKind::kLessThan;
    is_maxvalue_allowed_ = true;
    if (is(Keyword::kMaxvalue)) {
      definition.less_than = list(std::vector<const Expression*>{parse_primary()});
    } else {
      definition.less_than = parse_parenthesised_list([this] { return parse_arithmetic(1); });
    }
    is_maxvalue_allowed_ = false;
    return;
  }
  expect(Keyword::kIn);
  definition.bound = PartitionBoundKind::kIn;
  definition.in_values = parse_parenthesised_list([this] {
    const Expression* value = parse_bound_value();
    if (const Row* row = value->try_as<Row>()) return row->values;
    return list(std::vector<const Expression*>{value});
  });
}

/// A value of VALUES IN, which may be DEFAULT.
const Expression* DdlParser::parse_bound_value() {
  if (is(Keyword::kDefault)) {
    const std::uint32_t begin = advance().begin;
    return finish(make<DefaultValue>(), begin);
  }
  return parse_expression();
}

/// UPDATE INDEXES (name GLOBAL|LOCAL, ..).
List<UpdateIndexOption> DdlParser::accept_update_indexes() {
  if (!is(Keyword::kUpdate) || !(peek().text.size() == 7 && lower(peek().text) == "indexes")) return {};
  advance();
  advance();
  return parse_parenthesised_list([this] {
    UpdateIndexOption option;
    option.index = accept(Keyword::kPrimary) ? Name("PRIMARY") : parse_name();
    option.is_global = accept(Keyword::kGlobal);
    if (!option.is_global) expect(Keyword::kLocal);
    return option;
  });
}

}  // namespace sluice::sql
