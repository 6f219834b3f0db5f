// Databases, views, sequences, placement policies, resource groups.
#include "sql/ddl_parser.h"

namespace sluice::sql {

// ---- databases -------------------------------------------------------------------------------------------------------

const Statement* DdlParser::parse_create_database() {
  advance();  // DATABASE or SCHEMA
  CreateDatabaseStatement* create = make<CreateDatabaseStatement>();
  create->if_not_exists = accept_if_not_exists();
  create->name = parse_name();
  create->options = parse_database_options(false);
  return create;
}

const Statement* DdlParser::parse_alter_database() {
  advance();
  AlterDatabaseStatement* alter = make<AlterDatabaseStatement>();
  const bool is_option = is_charset_keyword() || is(Keyword::kEncryption) ||
                         (is(Keyword::kPlacement) && peek().keyword == Keyword::kPolicy);
  if (!is_option) alter->name = accept_name();
  alter->options = parse_database_options(true);
  return alter;
}

List<DatabaseOption> DdlParser::parse_database_options(bool is_required) {
  std::vector<DatabaseOption> options;
  for (;;) {
    DatabaseOption option;
    if (is(Keyword::kSet) && peek().keyword == Keyword::kTiflash) {
      advance();
      advance();
      expect(Keyword::kReplica);
      option.kind = DatabaseOptionKind::kTiFlashReplica;
      option.number = parse_unsigned();
      if (accept(Keyword::kLocation)) {
        expect(Keyword::kLabels);
        option.labels = parse_string_list();
      }
      options.push_back(option);
      continue;
    }
    accept(Keyword::kDefault);
    if (is_charset_keyword()) {
      accept_charset_keyword();
      accept_equal();
      option.kind = DatabaseOptionKind::kCharset;
      option.text = parse_charset_name();
    } else if (accept(Keyword::kCollate)) {
      accept_equal();
      option.kind = DatabaseOptionKind::kCollate;
      option.text = parse_collation_name();
    } else if (accept(Keyword::kEncryption)) {
      accept_equal();
      option.kind = DatabaseOptionKind::kEncryption;
      option.text = parse_string();
    } else if (accept(Keyword::kPlacement)) {
      expect(Keyword::kPolicy);
      accept_equal();
      option.kind = DatabaseOptionKind::kPlacementPolicy;
      if (accept(Keyword::kSet)) {
        expect(Keyword::kDefault);
        option.is_default = true;
        option.text = "default";
      } else if (accept(Keyword::kDefault)) {
        option.is_default = true;
        option.text = "default";
      } else {
        option.text = parse_name_or_string();
      }
    } else {
      break;
    }
    options.push_back(option);
  }
  if (is_required && options.empty()) fail();
  return list(options);
}

// ---- views -----------------------------------------------------------------------------------------------------------

const Statement* DdlParser::parse_create_view(bool or_replace, bool is_alter) {
  CreateViewStatement* create = make<CreateViewStatement>();
  create->or_replace = or_replace;
  create->is_alter = is_alter;
  if (accept(Keyword::kAlgorithm)) {
    accept_equal();
    if (accept_word("MERGE")) {
      create->algorithm = ViewAlgorithm::kMerge;
    } else if (accept_word("TEMPTABLE")) {
      create->algorithm = ViewAlgorithm::kTempTable;
    } else if (!accept_word("UNDEFINED")) {
      fail();
    }
  }
  create->definer.is_current_user = true;
  if (accept(Keyword::kDefiner)) {
    accept_equal();
    create->definer = parse_account();
  }
  if (accept(Keyword::kSql)) {
    expect(Keyword::kSecurity);
    create->security = accept(Keyword::kInvoker) ? ViewSecurity::kInvoker : ViewSecurity::kDefiner;
    if (create->security == ViewSecurity::kDefiner) expect(Keyword::kDefiner);
  }
  if (is(Keyword::kProcedure)) return unsupported("CREATE PROCEDURE");
  if (is(Keyword::kFunction)) return unsupported("CREATE FUNCTION");
  if (is(Keyword::kTrigger)) return unsupported("CREATE TRIGGER");
  if (is(Keyword::kEvent)) return unsupported("CREATE EVENT");
  expect(Keyword::kView);
  create->name = parse_object_name();
  if (is(TokenKind::kLeftParen)) create->columns = parse_parenthesised_names();
  expect(Keyword::kAs);
  const std::uint32_t begin = this->begin();
  create->query = parse_query_expression();
  create->query_text = text_between(begin, last_end());
  if (accept(Keyword::kWith)) {
    if (accept(Keyword::kLocal)) {
      create->check_option = ViewCheckOption::kLocal;
    } else {
      accept_word("CASCADED");
      create->check_option = ViewCheckOption::kCascaded;
    }
    expect(Keyword::kCheck, Keyword::kOption);
  }
  return create;
}

// ---- sequences -------------------------------------------------------------------------------------------------------

const Statement* DdlParser::parse_create_sequence() {
  expect(Keyword::kSequence);
  CreateSequenceStatement* create = make<CreateSequenceStatement>();
  create->if_not_exists = accept_if_not_exists();
  create->name = parse_object_name();
  create->options = parse_sequence_options(false);
  create->table_options = parse_table_options();
  return create;
}

const Statement* DdlParser::parse_alter_sequence() {
  expect(Keyword::kSequence);
  AlterSequenceStatement* alter = make<AlterSequenceStatement>();
  alter->if_exists = accept_if_exists();
  alter->name = parse_object_name();
  alter->options = parse_sequence_options(true);
  if (alter->options.empty()) fail();
  return alter;
}

List<SequenceOption> DdlParser::parse_sequence_options(bool is_alter) {
  std::vector<SequenceOption> options;
  for (;;) {
    SequenceOption option;
    if (!parse_sequence_option(option, is_alter)) break;
    options.push_back(option);
  }
  return list(options);
}

bool DdlParser::parse_sequence_option(SequenceOption& option, bool is_alter) {
  const auto number = [this] {
    accept_equal();
    return parse_signed();
  };
  if (accept(Keyword::kIncrement)) {
    option.kind = SequenceOptionKind::kIncrement;
    accept(Keyword::kBy);
    option.value = number();
  } else if (accept(Keyword::kStart)) {
    option.kind = SequenceOptionKind::kStart;
    accept(Keyword::kWith);
    option.value = number();
  } else if (accept(Keyword::kMinvalue)) {
    option.kind = SequenceOptionKind::kMinValue;
    option.value = number();
  } else if (accept(Keyword::kMaxvalue)) {
    option.kind = SequenceOptionKind::kMaxValue;
    option.value = number();
  } else if (accept(Keyword::kCache)) {
    option.kind = SequenceOptionKind::kCache;
    option.value = number();
  } else if (accept(Keyword::kNominvalue) || accept(Keyword::kNo, Keyword::kMinvalue)) {
    option.kind = SequenceOptionKind::kNoMinValue;
  } else if (accept(Keyword::kNomaxvalue) || accept(Keyword::kNo, Keyword::kMaxvalue)) {
    option.kind = SequenceOptionKind::kNoMaxValue;
  } else if (accept(Keyword::kNocache) || accept(Keyword::kNo, Keyword::kCache)) {
    option.kind = SequenceOptionKind::kNoCache;
  } else if (accept(Keyword::kNocycle) || accept(Keyword::kNo, Keyword::kCycle)) {
    option.kind = SequenceOptionKind::kNoCycle;
  } else if (accept(Keyword::kCycle)) {
    option.kind = SequenceOptionKind::kCycle;
  } else if (is_alter && accept(Keyword::kRestart)) {
    option.kind = SequenceOptionKind::kRestart;
    if (accept(Keyword::kWith) || is(TokenKind::kEqual) || is(TokenKind::kInteger) || is(TokenKind::kMinus)) {
      option.kind = SequenceOptionKind::kRestartWith;
      option.value = number();
    }
  } else {
    return false;
  }
  return true;
}

// ---- placement policies and resource groups --------------------------------------------------------------------------

/// `action`: CREATE, ALTER or DROP, already consumed.
const Statement* DdlParser::parse_placement_policy(Keyword action, bool or_replace) {
  expect(Keyword::kPlacement, Keyword::kPolicy);
  if (action == Keyword::kCreate) {
    CreatePlacementPolicyStatement* create = make<CreatePlacementPolicyStatement>();
    create->or_replace = or_replace;
    create->if_not_exists = accept_if_not_exists();
    create->name = parse_name();
    create->options = parse_policy_options();
    return create;
  }
  if (action == Keyword::kAlter) {
    AlterPlacementPolicyStatement* alter = make<AlterPlacementPolicyStatement>();
    alter->if_exists = accept_if_exists();
    alter->name = parse_name();
    alter->options = parse_policy_options();
    if (alter->options.empty()) fail();
    return alter;
  }
  DropPlacementPolicyStatement* drop = make<DropPlacementPolicyStatement>();
  drop->if_exists = accept_if_exists();
  drop->name = parse_name();
  return drop;
}

const Statement* DdlParser::parse_resource_group(Keyword action) {
  expect(Keyword::kResource, Keyword::kGroup);
  const auto parse_group_name = [this] { return accept(Keyword::kDefault) ? Name("default") : parse_name(); };
  if (action == Keyword::kCreate) {
    CreateResourceGroupStatement* create = make<CreateResourceGroupStatement>();
    create->if_not_exists = accept_if_not_exists();
    create->name = parse_group_name();
    create->options = parse_policy_options();
    return create;
  }
  if (action == Keyword::kAlter) {
    AlterResourceGroupStatement* alter = make<AlterResourceGroupStatement>();
    alter->if_exists = accept_if_exists();
    alter->name = parse_group_name();
    alter->options = parse_policy_options();
    if (alter->options.empty()) fail();
    return alter;
  }
  DropResourceGroupStatement* drop = make<DropResourceGroupStatement>();
  drop->if_exists = accept_if_exists();
  drop->name = parse_group_name();
  return drop;
}

List<PolicyOption> DdlParser::parse_policy_options() {
  std::vector<PolicyOption> options;
  while (is_name()) {
    options.push_back(parse_policy_option());
    accept(TokenKind::kComma);
  }
  return list(options);
}

/// NAME [=] number | 'string' | word | (nested options).
PolicyOption DdlParser::parse_policy_option() {
  const NestingGuard guard(*this);
  PolicyOption option;
  option.name = upper(parse_name());
  const bool has_equal = accept(TokenKind::kEqual);
  if (is(TokenKind::kInteger)) {
    option.is_number = true;
    option.number = parse_unsigned();
  } else if (is_string()) {
    option.text = parse_string();
  } else if (accept(TokenKind::kLeftParen)) {
    option.nested = parse_policy_options();
    expect(TokenKind::kRightParen);
  } else if (accept(Keyword::kNull)) {
    option.is_default = true;
  } else if (has_equal) {
    option.text = is_reserved(token().keyword) ? upper(advance().text) : upper(parse_name());
    // ACTION = SWITCH_GROUP(name)
    if (accept(TokenKind::kLeftParen)) {
      option.nested = parse_policy_options();
      expect(TokenKind::kRightParen);
    }
  }
  return option;
}

const Statement* DdlParser::parse_calibrate() {
  expect(Keyword::kCalibrate, Keyword::kResource);
  CalibrateResourceStatement* calibrate = make<CalibrateResourceStatement>();
  for (;;) {
    if (accept_word("WORKLOAD")) {
      calibrate->workload = upper(parse_name());
    } else if (accept_word("START_TIME")) {
      accept_equal();
      calibrate->start_time = parse_expression();
    } else if (accept_word("END_TIME")) {
      accept_equal();
      calibrate->end_time = parse_expression();
    } else if (accept_word("DURATION")) {
      accept_equal();
      const bool is_interval = accept(Keyword::kInterval);
      calibrate->duration = parse_primary();
      if (is_interval) calibrate->duration_unit = parse_time_unit();
    } else {
      return calibrate;
    }
    accept(TokenKind::kComma);
  }
}

/// QUERY WATCH ADD .. | REMOVE n.
const Statement* DdlParser::parse_query_watch() {
  expect(Keyword::kQuery);
  if (!accept_word("WATCH")) fail();
  if (accept(Keyword::kRemove)) {
    DropQueryWatchStatement* drop = make<DropQueryWatchStatement>();
    if (accept(Keyword::kResource)) {
      expect(Keyword::kGroup);
      drop->resource_group = parse_name();
    } else {
      drop->id = parse_signed();
    }
    return drop;
  }
  expect(Keyword::kAdd);
  AddQueryWatchStatement* add = make<AddQueryWatchStatement>();
  std::vector<PolicyOption> options;
  while (is(TokenKind::kIdentifier)) {
    // Each option is a run of words, then a string, a number or a name.
    PolicyOption option;
    const std::uint32_t begin = this->begin();
    std::uint32_t end = begin;
    while (is(TokenKind::kIdentifier)) {
      advance();
      end = last_end();
      if (is(TokenKind::kEqual)) {
        advance();
        break;
      }
    }
    option.name = upper(text_between(begin, end));
    if (is(TokenKind::kInteger)) {
      option.is_number = true;
      option.number = parse_unsigned();
    } else if (is_string()) {
      option.text = parse_string();
    } else if (is_name()) {
      option.text = parse_name();
    }
    options.push_back(option);
    accept(TokenKind::kComma);
  }
  add->options = list(options);
  return add;
}

/// CREATE STATISTICS [IF NOT EXISTS] name (type) ON table(columns).
const Statement* DdlParser::parse_create_statistics() {
  expect(Keyword::kStatistics);
  CreateStatisticsStatement* create = make<CreateStatisticsStatement>();
  create->if_not_exists = accept_if_not_exists();
  create->name = parse_name();
  expect(TokenKind::kLeftParen);
  create->type = upper(parse_name());
  expect(TokenKind::kRightParen);
  expect(Keyword::kOn);
  create->table = parse_object_name();
  create->columns = parse_parenthesised_names();
  return create;
}

}  // namespace sluice::sql
