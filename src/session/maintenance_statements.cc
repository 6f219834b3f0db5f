// ANALYZE TABLE, DROP STATS.

#include <algorithm>

#include "base/sql_error.h"
#include "catalog/schema_cache.h"
#include "catalog/statistics_storage.h"
#include "kv/snapshot.h"
#include "kv/store.h"
#include "kv/transaction.h"
#include "session/accounts.h"
#include "session/analyze.h"
#include "session/dispatch.h"
#include "sql/ast_simple.h"

namespace sluice::session {
namespace {

struct NamedTable {
  std::string database;
  catalog::TablePtr table;
};

NamedTable find_table(const sql::ObjectName& name, const SessionState& session) {
  NamedTable named;
  named.database = name.schema.empty() ? session.database : std::string(name.schema);
  if (named.database.empty()) throw SqlError(ErrorCode::kNoDbError);
  named.table = session.environment.schemas.current()->find_public_table(named.database, name.name);
  if (named.table == nullptr) throw SqlError(ErrorCode::kNoSuchTable, named.database, std::string(name.name));
  return named;
}

AnalyzeOptions options_of(const sql::AnalyzeTableStatement& statement) {
  constexpr std::uint64_t kMaxBuckets = 100'000;
  constexpr std::uint64_t kMaxTop = 100'000;
  constexpr std::uint64_t kMaxSamples = 1'000'000;
  AnalyzeOptions options;
  for (const sql::AnalyzeOption& option : statement.options) {
    const std::uint64_t number = option.value->integer;
    switch (option.kind) {
      case sql::AnalyzeOptionKind::kBuckets:
        options.bucket_count = static_cast<std::size_t>(std::min(number, kMaxBuckets));
        break;
      case sql::AnalyzeOptionKind::kTopN:
        options.top_count = static_cast<std::size_t>(std::min(number, kMaxTop));
        break;
      case sql::AnalyzeOptionKind::kSamples:
        options.sample_rows = static_cast<std::size_t>(std::clamp<std::uint64_t>(number, 1, kMaxSamples));
        break;
      default:
        break;
    }
  }
  return options;
}

/// Stores the statistics and gives them to the planner. Commit point: the transaction.
void publish(catalog::TableStatistics statistics, StatementContext& context) {
  SessionState& session = context.session;
  const std::unique_ptr<kv::Transaction> transaction =
      session.environment.store.begin(kv::TransactionOptions{}, context.run.stop());
  catalog::put_statistics(*transaction, statistics, context.run.stop());
  transaction->commit(context.run.stop());
  session.environment.statistics.publish(std::move(statistics));
}

void analyze(const sql::AnalyzeTableStatement& statement, StatementContext& context) {
  SessionState& session = context.session;
  if (statement.histogram != sql::HistogramOperation::kNone)
    throw SqlError(ErrorCode::kNotSupportedYet, "ANALYZE TABLE ... HISTOGRAM");
  if (!statement.partitions.empty()) throw SqlError(ErrorCode::kNotSupportedYet, "ANALYZE TABLE ... PARTITION");
  const AnalyzeOptions options = options_of(statement);
  std::vector<NamedTable> tables;
  for (const sql::ObjectName& name : statement.tables) {
    tables.push_back(find_table(name, session));
    const NamedTable& named = tables.back();
    session.environment.accounts.check_table(session, named.database, named.table->name.original, Privilege::kInsert);
    session.environment.accounts.check_table(session, named.database, named.table->name.original, Privilege::kSelect);
  }
  for (const NamedTable& named : tables) {
    if (named.table->is_view()) continue;
    const std::unique_ptr<kv::Snapshot> snapshot = session.environment.store.present_snapshot();
    publish(analyze_table(*named.table, *snapshot, options, context.run.stop()), context);
  }
}

void drop_statistics(const sql::DropStatsStatement& statement, StatementContext& context) {
  SessionState& session = context.session;
  const std::unique_ptr<kv::Transaction> transaction =
      session.environment.store.begin(kv::TransactionOptions{}, context.run.stop());
  std::vector<std::int64_t> ids;
  for (const sql::ObjectName& name : statement.tables) {
    const NamedTable named = find_table(name, session);
    session.environment.accounts.check_table(session, named.database, named.table->name.original, Privilege::kInsert);
    catalog::erase_statistics(*transaction, named.table->id, context.run.stop());
    ids.push_back(named.table->id);
  }
  transaction->commit(context.run.stop());
  for (const std::int64_t id : ids) session.environment.statistics.remove(id);
}

}  // namespace

void run_maintenance_statement(const sql::Statement& statement, StatementContext& context) {
  // As in MySQL these commit what is open.
  context.session.transaction.commit(context.run.stop());
  if (statement.kind == sql::StatementKind::kAnalyzeTable) {
    analyze(statement.as<sql::AnalyzeTableStatement>(), context);
  } else {
    drop_statistics(statement.as<sql::DropStatsStatement>(), context);
  }
  context.ok();
}

}  // namespace sluice::session
