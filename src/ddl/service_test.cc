#include <algorithm>

#include "base/failpoint.h"
#include "codec/temp_index.h"
#include "ddl/ddl_fixture_test.h"
#include "ddl/table_check.h"

namespace sluice::ddl {
namespace {

TEST_F(DdlTest, ACreatedTableIsInTheSchemaAtOnceAndAfterARestart) {
  create("t");
  ASSERT_NE(server->table("t"), nullptr);
  EXPECT_EQ(server->table("t")->columns.size(), 3u);
  restart();
  EXPECT_NE(server->table("t"), nullptr);
}

TEST_F(DdlTest, ObjectsThatExistOrAreMissingGiveMySqlsErrors) {
  create("t");
  EXPECT_EQ(run(create_table_job(*server, "T")), 1050);
  Job drop = server->job_for(JobType::kDropTable, "nothing");
  drop.object = DropTableArguments{};
  drop.table_id = 12345;
  EXPECT_EQ(run(drop), 1051);
  Job database = server->job_for(JobType::kCreateSchema, "");
  database.schema_name = "TEST";
  CreateSchemaArguments arguments;
  arguments.database.name = catalog::Name("TEST");
  database.object = arguments;
  EXPECT_EQ(run(database), 1007);
}

TEST_F(DdlTest, ADroppedTableLeavesNoKeys) {
  create("t");
  fill("t", 50);
  ASSERT_EQ(run(server->alter("t", {add_index("ik", {"k"}, false)})), 0);
  const std::int64_t id = server->table("t")->id;
  Job drop = server->job_for(JobType::kDropTable, "t");
  drop.object = DropTableArguments{};
  ASSERT_EQ(run(drop), 0);
  EXPECT_EQ(server->table("t"), nullptr);
  reclaimed();
  std::unique_ptr<kv::Snapshot> snapshot = server->store->snapshot(server->store->current_timestamp());
  const std::string prefix = codec::table_prefix(id);
  EXPECT_TRUE(snapshot->cursor({prefix, codec::next_after_prefix(prefix)}, {})->next_batch({}).empty());
}

TEST_F(DdlTest, ACheckFindsEntriesOfAnIndexThatIsGone) {
  create("t");
  fill("t", 50);
  ASSERT_EQ(run(server->alter("t", {add_index("ik", {"k"}, false)})), 0);
  const std::int64_t table_id = server->table("t")->id;
  const std::int64_t index_id = server->table("t")->indexes.back().id;
  // An entry of an index that is not there yet is a younger schema change's.
  const auto put_entry = [&](std::int64_t id) {
    std::unique_ptr<kv::Transaction> transaction = server->store->begin({}, {});
    transaction->put(codec::index_prefix(table_id, id) + "entry", "1");
    transaction->commit({});
  };
  const auto check = [&] { check_table(*server->store, *server->table("t"), {}, {}); };
  put_entry(index_id + 1);
  EXPECT_NO_THROW(check());
  const std::int64_t notes = codec::temp_index_id(index_id);
  put_entry(notes);
  EXPECT_THROW(check(), SqlError);
  const std::string note = codec::index_prefix(table_id, notes);
  server->store->delete_range({note, codec::next_after_prefix(note)}, {});
  ASSERT_EQ(run(server->alter("t", {DropIndexClause{catalog::Name("ik")}})), 0);
  reclaimed();
  EXPECT_NO_THROW(check());
  put_entry(index_id);
  try {
    check();
    ADD_FAILURE() << "an entry of the dropped index was not found";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 8223);
    EXPECT_NE(std::string_view(error.what()).find("(dropped, id " + std::to_string(index_id) + ")"),
              std::string_view::npos);
  }
}

TEST_F(DdlTest, TheQueueIsReadFromItsFirstJobOn) {
  const JobQueue before = queued_jobs(*server->store, 0, StopToken());
  EXPECT_TRUE(before.jobs.empty());
  create("t");
  const JobQueue empty = queued_jobs(*server->store, before.first_id, StopToken());
  EXPECT_TRUE(empty.jobs.empty());
  EXPECT_GT(empty.first_id, before.first_id) << "the finished job lies before the queue";
  Writer idle(*server);
  idle.hold("t");
  const std::int64_t first = server->service->submit(server->alter("t", {add_index("a", {"k"}, false)}), StopToken());
  const std::int64_t second = server->service->submit(server->alter("t", {add_index("b", {"k"}, false)}), StopToken());
  const JobQueue two = queued_jobs(*server->store, empty.first_id, StopToken());
  ASSERT_EQ(two.jobs.size(), 2u);
  EXPECT_EQ(two.first_id, first);
  EXPECT_LE(empty.first_id, first);
  EXPECT_EQ(queued_jobs(*server->store, second, StopToken()).first_id, second);
}

TEST_F(DdlTest, TruncateGivesTheTableANewIdAndNoRows) {
  create("t");
  fill("t", 10);
  const std::int64_t old_id = server->table("t")->id;
  Job truncate = server->job_for(JobType::kTruncateTable, "t");
  truncate.object = TruncateTableArguments{};
  ASSERT_EQ(run(truncate), 0);
  ASSERT_NE(server->table("t"), nullptr);
  EXPECT_NE(server->table("t")->id, old_id);
  EXPECT_EQ(check_table(*server, "t"), "");
}

TEST_F(DdlTest, TablesSwapTheirNamesInOneStatement) {
  create("a");
  create("b");
  const std::int64_t a = server->table("a")->id;
  const std::int64_t b = server->table("b")->id;
  Job job = server->job_for(JobType::kRenameTables, "a");
  const std::int64_t test = catalog::system_id::kTestDatabase;
  job.object = RenameTablesArguments{{{a, test, test, catalog::Name("a"), catalog::Name("x")},
                                      {b, test, test, catalog::Name("b"), catalog::Name("a")},
                                      {a, test, test, catalog::Name("x"), catalog::Name("b")}}};
  ASSERT_EQ(run(job), 0);
  EXPECT_EQ(server->table("a")->id, b);
  EXPECT_EQ(server->table("b")->id, a);
}

TEST_F(DdlTest, DroppingADatabaseDropsItsTables) {
  Job create_database = server->job_for(JobType::kCreateSchema, "");
  create_database.schema_name = "shop";
  CreateSchemaArguments arguments;
  arguments.database.name = catalog::Name("shop");
  create_database.object = arguments;
  ASSERT_EQ(run(create_database), 0);
  const catalog::DatabaseInfo* shop = server->schemas.current()->find_database("shop");
  ASSERT_NE(shop, nullptr);
  Job table = create_table_job(*server, "orders");
  table.schema_id = shop->id;
  table.schema_name = "shop";
  ASSERT_EQ(run(table), 0);
  Job drop = server->job_for(JobType::kDropSchema, "");
  drop.schema_id = shop->id;
  drop.schema_name = "shop";
  drop.object = DropSchemaArguments{};
  ASSERT_EQ(run(drop), 0);
  EXPECT_EQ(server->schemas.current()->find_database("shop"), nullptr);
  restart();
  EXPECT_EQ(server->schemas.current()->find_table("shop", "orders"), nullptr);
}

TEST_F(DdlTest, AnIndexOnExistingRowsHasAllEntriesAndIsPublic) {
  create("t");
  fill("t", 3000);
  ASSERT_EQ(run(server->alter("t", {add_index("ik", {"k"}, false)})), 0);
  ASSERT_EQ(run(server->alter("t", {add_index("uid", {"k", "id"}, true), add_index("ic", {"c"}, false)})), 0);
  EXPECT_EQ(check_table(*server, "t"), "");
  for (const catalog::IndexInfo& index : server->table("t")->indexes) {
    EXPECT_TRUE(index.is_public());
    EXPECT_GT(index.usable_from, 0u);
  }
  EXPECT_EQ(count_index_keys(*server, server->table("t")->id), 9000u) << "notes of touched keys are gone";
}

TEST_F(DdlTest, ADuplicateFailsAUniqueIndexWithValueAndKeyAndLeavesNothing) {
  create("t");
  Writer writer(*server);
  ASSERT_TRUE(writer.put("t", {1, 5, "a"}));
  ASSERT_TRUE(writer.put("t", {2, 6, "b"}));
  ASSERT_TRUE(writer.put("t", {3, 5, "c"}));
  EXPECT_EQ(run(server->alter("t", {add_index("uk", {"k"}, true)})), 1062);
  EXPECT_EQ(last_message, "Duplicate entry '5' for key 't.uk'");
  EXPECT_TRUE(server->table("t")->indexes.empty());
  reclaimed();
  EXPECT_EQ(count_index_keys(*server, server->table("t")->id), 0u);
  EXPECT_EQ(server->memory.bytes(), 0);
}

TEST_F(DdlTest, NullsAreNoDuplicates) {
  create("t");
  Writer writer(*server);
  for (std::int64_t i = 1; i <= 20; ++i) ASSERT_TRUE(writer.put("t", {i, std::nullopt, "x"}));
  EXPECT_EQ(run(server->alter("t", {add_index("uk", {"k"}, true)})), 0);
  EXPECT_EQ(check_table(*server, "t"), "");
}

TEST_F(DdlTest, ADroppedIndexLeavesNoKeys) {
  create("t");
  fill("t", 100);
  ASSERT_EQ(run(server->alter("t", {add_index("ik", {"k"}, false)})), 0);
  ASSERT_EQ(run(server->alter("t", {DropIndexClause{catalog::Name("IK")}})), 0);
  EXPECT_TRUE(server->table("t")->indexes.empty());
  reclaimed();
  EXPECT_EQ(count_index_keys(*server, server->table("t")->id), 0u);
  EXPECT_EQ(run(server->alter("t", {DropIndexClause{catalog::Name("ik")}})), 1091);
}

TEST_F(DdlTest, ColumnsComeAndGoAndRowsKeepTheirValues) {
  create("t");
  fill("t", 20);
  AddColumnClause add;
  add.column = make_column("d", types::FieldType::of(types::TypeCode::kLong));
  add.column.default_value = "7";
  add.column.origin_default = "7";
  add.position.kind = PositionKind::kAfter;
  add.position.after = catalog::Name("id");
  ASSERT_EQ(run(server->alter("t", {add, add_index("id_d", {"d"}, false)})), 0);
  EXPECT_EQ(server->table("t")->columns[1].name.lower, "d");
  EXPECT_EQ(server->table("t")->indexes[0].columns[0].offset, 1);
  EXPECT_EQ(check_table(*server, "t"), "");
  EXPECT_EQ(run(server->alter("t", {add})), 1060);
  DropColumnClause drop;
  drop.name = catalog::Name("d");
  ASSERT_EQ(run(server->alter("t", {drop})), 0);
  EXPECT_EQ(server->table("t")->columns.size(), 3u);
  EXPECT_TRUE(server->table("t")->indexes.empty()) << "an index on that column alone goes with it";
  reclaimed();
  EXPECT_EQ(count_index_keys(*server, server->table("t")->id), 0u);
}

TEST_F(DdlTest, AClauseThatCannotBeDoneUndoesNothingBecauseNothingWasDone) {
  create("t");
  AddColumnClause add;
  add.column = make_column("d", types::FieldType::of(types::TypeCode::kLong));
  EXPECT_EQ(run(server->alter("t", {add, DropIndexClause{catalog::Name("missing")}})), 1091);
  EXPECT_EQ(server->table("t")->columns.size(), 3u);
}

TEST_F(DdlTest, NotNullIsRefusedWhileARowHoldsNull) {
  create("t");
  Writer writer(*server);
  ASSERT_TRUE(writer.put("t", {1, std::nullopt, "x"}));
  ModifyColumnClause modify;
  modify.old_name = catalog::Name("k");
  modify.column = *server->table("t")->find_column("k");
  modify.column.type.set_flag(types::field_flag::kNotNull);
  modify.forbids_null = true;
  EXPECT_EQ(run(server->alter("t", {modify})), 1138);
  EXPECT_FALSE(server->table("t")->find_column("k")->type.has_flag(types::field_flag::kPreventNullInsert));
  ASSERT_TRUE(writer.put("t", {1, 4, "x"}));
  EXPECT_EQ(run(server->alter("t", {modify})), 0);
  EXPECT_TRUE(server->table("t")->find_column("k")->type.not_null());
}

AddCheckClause add_check(const std::string& name, const std::string& expression, bool enforced) {
  AddCheckClause clause;
  clause.check.name = catalog::Name(name);
  clause.check.columns = {catalog::Name("k")};
  clause.check.expression = expression;
  clause.check.enforced = enforced;
  return clause;
}

TEST_F(DdlTest, ACheckIsRefusedWhileARowViolatesIt) {
  create("t");
  fill("t", 3000);
  Writer writer(*server);
  ASSERT_TRUE(writer.put("t", {2999, -1, "x"}));
  EXPECT_EQ(run(server->alter("t", {add_check("positive", "`k` >= 0", true)})), 3819);
  EXPECT_NE(last_message.find("'positive'"), std::string::npos) << last_message;
  EXPECT_TRUE(server->table("t")->constraints.empty());
  ASSERT_EQ(run(server->alter("t", {add_check("positive", "`k` >= 0", false)})), 0);
  EXPECT_EQ(run(server->alter("t", {AlterCheckClause{catalog::Name("positive"), true}})), 3819);
  const catalog::ConstraintInfo left = server->table("t")->constraints.at(0);
  EXPECT_EQ(left.state, catalog::SchemaState::kPublic);
  EXPECT_FALSE(left.enforced);
  EXPECT_FALSE(left.binds_statements());
  ASSERT_TRUE(writer.put("t", {2999, std::nullopt, "NULL passes"}));
  EXPECT_EQ(run(server->alter("t", {AlterCheckClause{catalog::Name("positive"), true}})), 0);
  EXPECT_TRUE(server->table("t")->constraints.at(0).binds_statements());
  EXPECT_EQ(run(server->alter("t", {DropCheckClause{catalog::Name("positive")}})), 0);
  EXPECT_TRUE(server->table("t")->constraints.empty());
  EXPECT_EQ(run(server->alter("t", {DropCheckClause{catalog::Name("positive")}})), 3821);
}

// A check that the rows are read for binds statements already, and is gone with its job.
TEST_F(DdlTest, ACancelledCheckLeavesNothing) {
  create("t");
  fill("t", 100);
  ASSERT_EQ(run(server->alter("t", {add_check("old", "`k` > -1", false)})), 0);
  const std::vector<Clause> changes[] = {{add_check("fresh", "`k` > -2", true)},
                                         {AlterCheckClause{catalog::Name("old"), true}}};
  for (const std::vector<Clause>& clauses : changes) {
    set_failpoint("ddl.check_rows.scan", "pause");
    const std::uint64_t passes = failpoint_passes("ddl.check_rows.scan");
    const std::int64_t job_id = server->service->submit(server->alter("t", clauses), StopToken());
    while (failpoint_passes("ddl.check_rows.scan") == passes) {
    }
    const catalog::ConstraintInfo& changed = server->table("t")->constraints.back();
    EXPECT_TRUE(changed.binds_statements());
    EXPECT_EQ(changed.is_shown(), changed.name.lower == "old");
    server->service->cancel(job_id, StopToken());
    while (!is_terminal(server->service->find(job_id, StopToken())->job.state)) {
    }
    clear_failpoints();
    const JobStatus status = *server->service->find(job_id, StopToken());
    EXPECT_EQ(status.job.state, JobState::kRollbackDone);
    EXPECT_EQ(status.comments, "error 8214: Cancelled DDL job");
    ASSERT_EQ(server->table("t")->constraints.size(), 1u);
    EXPECT_FALSE(server->table("t")->constraints[0].enforced);
    EXPECT_FALSE(server->table("t")->constraints[0].binds_statements());
  }
}

TEST_F(DdlTest, TheListSaysWhatAJobFailedOnAndWhichOneItWaitsFor) {
  create("t");
  create("other");
  Writer writer(*server);
  ASSERT_TRUE(writer.put("t", {1, 5, "x"}));
  ASSERT_TRUE(writer.put("t", {2, 5, "y"}));
  EXPECT_EQ(run(server->alter("t", {add_index("u", {"k"}, true)})), 1062);
  const JobStatus failed = server->service->jobs(1, StopToken()).at(0);
  EXPECT_EQ(failed.comments, "ingest, thread=4, batch_size=256, error 1062: Duplicate entry '5' for key 't.u'");

  Writer idle(*server, 77);
  idle.hold("t");
  const std::int64_t first =
      server->service->submit(server->alter("t", {add_check("c", "`k` > 0", true)}), StopToken());
  while (server->locks.waits().empty()) {
  }
  const std::int64_t second = server->service->submit(server->alter("t", {TableCommentClause{"behind"}}), StopToken());
  const std::int64_t beside =
      server->service->submit(server->alter("other", {TableCommentClause{"beside"}}), StopToken());
  while (!is_terminal(server->service->find(beside, StopToken())->job.state)) {
  }
  const std::vector<JobStatus> queue = server->service->jobs(0, StopToken());
  ASSERT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue[0].job.id, second);
  EXPECT_EQ(queue[0].comments, "waits for job " + std::to_string(first));
  EXPECT_NE(queue[1].comments.find("waits for transactions of connections 77"), std::string::npos);
  EXPECT_EQ(queue[1].comments.find("ingest"), std::string::npos) << queue[1].comments;
  idle.release();
  while (!is_terminal(server->service->find(second, StopToken())->job.state)) {
  }
}

TEST_F(DdlTest, AJobBehindOneThatNeedsAttentionSaysSo) {
  create("t");
  fill("t", 10);
  server->limits.error_count.store(1);
  Writer idle(*server);
  idle.hold("t");
  const std::int64_t stuck = server->service->submit(server->alter("t", {add_index("ik", {"k"}, false)}), StopToken());
  while (server->locks.waits().empty()) {
  }
  set_failpoint("ddl.undo.before_commit", "error(1105,injected)");
  server->service->cancel(stuck, StopToken());
  while (!server->service->find(stuck, StopToken())->job.needs_attention) {
  }
  idle.release();
  const std::int64_t behind = server->service->submit(server->alter("t", {TableCommentClause{"behind"}}), StopToken());
  EXPECT_EQ(server->service->jobs(0, StopToken()).at(0).comments,
            "waits for job " + std::to_string(stuck) + ", which needs attention");
  clear_failpoints();
  server->service->resume(stuck, AdminOperator::kUser, StopToken());
  while (!is_terminal(server->service->find(behind, StopToken())->job.state)) {
  }
  EXPECT_EQ(server->service->find(stuck, StopToken())->comments,
            "ingest, thread=4, batch_size=256, error 8214: Cancelled DDL job");
  EXPECT_EQ(server->table("t")->comment, "behind");
}

// Stops an ADD INDEX at a place of its build and checks that nothing is left of it.
class CancelAt : public DdlTest, public testing::WithParamInterface<const char*> {};

TEST_P(CancelAt, ACancelledIndexBuildLeavesNothingAndTheNextOneSucceeds) {
  create("t");
  fill("t", 2000);
  const std::int64_t table_id = server->table("t")->id;
  const CensusSnapshot before = take_census();
  for (const bool unique : {false, true}) {
    set_failpoint(GetParam(), "pause");
    const std::uint64_t passes = failpoint_passes(GetParam());
    const std::int64_t job_id =
        server->service->submit(server->alter("t", {add_index("ik", {"k", "id"}, unique)}), StopToken());
    const std::int64_t deadline = clock().now_ns() + 20'000'000'000;
    bool reached = true;
    while (failpoint_passes(GetParam()) == passes && clock().now_ns() < deadline) {
      std::optional<JobStatus> status = server->service->find(job_id, StopToken());
      if (status.has_value() && is_terminal(status->job.state)) {
        reached = false;
        break;
      }
    }
    if (!reached) {  // this build has no use for the place (no spill, no touched keys)
      clear_failpoints();
      ASSERT_EQ(run(server->alter("t", {DropIndexClause{catalog::Name("ik")}})), 0);
      continue;
    }
    server->service->cancel(job_id, StopToken());
    std::optional<JobStatus> status;
    do {
      status = server->service->find(job_id, StopToken());
    } while (status.has_value() && !is_terminal(status->job.state) && clock().now_ns() < deadline);
    clear_failpoints();
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->job.state, JobState::kRollbackDone);
    EXPECT_EQ(status->job.error->code, 8214);
    EXPECT_TRUE(server->table("t")->indexes.empty());
    reclaimed();
    EXPECT_EQ(count_index_keys(*server, table_id), 0u);
    EXPECT_EQ(server->memory.bytes(), 0);
    while (server->service->running_count() != 0) {
    }
    ASSERT_EQ(run(server->alter("t", {add_index("ik", {"k", "id"}, unique)})), 0);
    EXPECT_EQ(check_table(*server, "t"), "");
    ASSERT_EQ(run(server->alter("t", {DropIndexClause{catalog::Name("ik")}})), 0);
  }
  // The scheduler may be looking at the queue right now; what it holds for that goes by itself.
  std::string growth = before.growth_to(take_census());
  const std::int64_t patience = clock().now_ns() + 10'000'000'000;
  while (!growth.empty() && clock().now_ns() < patience) growth = before.growth_to(take_census());
  EXPECT_EQ(growth, "");
}

INSTANTIATE_TEST_SUITE_P(Places, CancelAt,
                         testing::Values("ddl.index_build.scan", "ddl.index_build.sort", "ddl.index_build.spill",
                                         "ddl.index_build.merge", "ddl.index_build.ingest", "ddl.index_build.check"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_F(DdlTest, ACancelDoesNotWaitForTheTransactionThatTheJobWaitsFor) {
  create("t");
  fill("t", 10);
  Writer idle(*server, 77);
  idle.hold("t");
  const std::int64_t job_id = server->service->submit(server->alter("t", {add_index("ik", {"k"}, false)}), StopToken());
  while (server->locks.waits().empty()) {
  }
  EXPECT_EQ(server->locks.waits()[0].blockers[0].connection_id, 77u);
  server->service->cancel(job_id, StopToken());
  while (!is_terminal(server->service->find(job_id, StopToken())->job.state)) {
  }
  EXPECT_TRUE(server->table("t")->indexes.empty());
  idle.release();
}

TEST_F(DdlTest, APausedJobKeepsItsPhaseAndGoesOnAfterResume) {
  create("t");
  fill("t", 10);
  Writer idle(*server);
  idle.hold("t");
  const std::int64_t job_id = server->service->submit(server->alter("t", {add_index("ik", {"k"}, false)}), StopToken());
  while (server->locks.waits().empty()) {
  }
  server->service->pause(job_id, AdminOperator::kUser, StopToken());
  while (server->service->find(job_id, StopToken())->job.state != JobState::kPaused) {
  }
  EXPECT_THROW(server->service->pause(job_id, AdminOperator::kUser, StopToken()), SqlError);
  idle.release();
  restart();
  EXPECT_EQ(server->service->find(job_id, StopToken())->job.state, JobState::kPaused) << "a restart resumes nothing";
  server->service->resume(job_id, AdminOperator::kUser, StopToken());
  while (!is_terminal(server->service->find(job_id, StopToken())->job.state)) {
  }
  EXPECT_EQ(server->service->find(job_id, StopToken())->job.state, JobState::kSynced);
  EXPECT_EQ(check_table(*server, "t"), "");
}

TEST_F(DdlTest, IntentsOnFinishedOrUnknownJobsAreRefused) {
  create("t");
  const std::int64_t finished = server->service->jobs(1, StopToken())[0].job.id;
  auto number_of = [&](auto action) {
    try {
      action();
      return 0;
    } catch (const SqlError& error) {
      return static_cast<int>(error.number());
    }
  };
  EXPECT_EQ(number_of([&] { server->service->cancel(finished, StopToken()); }), 8225);
  EXPECT_EQ(number_of([&] { server->service->cancel(999'999, StopToken()); }), 8224);
  EXPECT_EQ(number_of([&] { server->service->pause(finished, AdminOperator::kUser, StopToken()); }), 8260);
  EXPECT_EQ(number_of([&] { server->service->resume(finished, AdminOperator::kUser, StopToken()); }), 8261);
}

TEST_F(DdlTest, AKilledStatementTakesItsJobBack) {
  create("t");
  fill("t", 10);
  Writer idle(*server);
  idle.hold("t");
  StopSource statement;
  StopSource test;
  TaskScope scope("test", test.token());
  StopReason seen = StopReason::kNone;
  scope.spawn("statement", [&](StopToken) {
    try {
      server->service->execute(server->alter("t", {add_index("ik", {"k"}, false)}), statement.token());
    } catch (const Stopped& stopped) {
      seen = stopped.reason();
    }
  });
  while (server->locks.waits().empty()) {
  }
  statement.request_stop(StopReason::kQueryKilled);
  scope.join();
  EXPECT_EQ(seen, StopReason::kQueryKilled);
  EXPECT_EQ(server->service->jobs(1, StopToken())[0].job.state, JobState::kRollbackDone);
  idle.release();
}

TEST_F(DdlTest, AJobGoesOnAfterARestartAtEveryStep) {
  create("t");
  fill("t", 1500);
  int restarts = 0;
  // The n-th pass of the place after a commit stops the server there.
  for (int n = 1; n <= 6; ++n) {
    set_failpoint("ddl.step.after_commit", std::to_string(n) + ":pause");
    const std::uint64_t wanted = failpoint_passes("ddl.step.after_commit") + static_cast<std::uint64_t>(n);
    const std::int64_t job_id = server->service->submit(
        server->alter("t", {add_index("uk" + std::to_string(n), {"k", "id"}, true)}), StopToken());
    bool ended = false;
    while (failpoint_passes("ddl.step.after_commit") < wanted && !ended) {
      ended = is_terminal(server->service->find(job_id, StopToken())->job.state);
    }
    TaskScope scope("test", StopToken());
    if (!ended) {
      ++restarts;
      server->stop.request_stop(StopReason::kShutdown);
      clear_failpoints();
      restart();
    }
    clear_failpoints();
    while (!is_terminal(server->service->find(job_id, StopToken())->job.state)) {
    }
    EXPECT_EQ(server->service->find(job_id, StopToken())->job.state, JobState::kSynced);
    EXPECT_EQ(check_table(*server, "t"), "") << "restart after step " << n;
  }
  EXPECT_GE(restarts, 4);
}

}  // namespace
}  // namespace sluice::ddl
