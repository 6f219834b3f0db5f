// The way back of a schema change when it fails, and what is left behind; README.md lists the scenarios by number.
#include "base/failpoint.h"
#include "base/random.h"
#include "schema_change.h"

namespace sluice::stopping {
namespace {

class Undo : public SchemaChange, public testing::WithParamInterface<Place> {
 protected:
  void SetUp() override {
    SchemaChange::SetUp();
    must(*admin_, "SET GLOBAL tidb_ddl_error_count_limit = 3");
  }
  void TearDown() override {
    must(*admin_, "SET GLOBAL tidb_ddl_error_count_limit = 512");
    admin_.reset();
    SchemaChange::TearDown();
  }

  /// Cancels an ADD INDEX in its scan; returns what the session that waits is told.
  Reply cancelled_add_index(Client& client) {
    SyncPointPause pause("ddl.index_build.scan");
    Running alter(client, kAddIndex);
    EXPECT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    must(*admin_, "ADMIN CANCEL DDL JOBS " + newest_job(*admin_));
    return alter.reply();
  }

  std::unique_ptr<Client> admin_ = connect();
};

// What fails once on the way back is tried again.
TEST_P(Undo, S67AnErrorIsOvercome) {
  const std::unique_ptr<Client> client = connect();
  {
    const FailpointGuard guard(GetParam().failpoint, "1:error(1105,injected)");
    EXPECT_EQ(cancelled_add_index(*client).error, 8214);
  }
  expect_rolled_back(*client);
}

// What always fails ends in a state that says so; others are not held up, and the job ends once the cause is gone.
TEST_P(Undo, S67AnErrorThatStaysNeedsAttention) {
  const std::unique_ptr<Client> client = connect();
  const std::string before = definition(*admin_);
  const bool is_only_of_undo = std::string_view(GetParam().name) != "end";
  for (const char* retry : {"ADMIN CANCEL DDL JOBS ", "ADMIN RESUME DDL JOBS "}) {
    SCOPED_TRACE(retry);
    std::string job;
    {
      const FailpointGuard guard(GetParam().failpoint, "error(1105,injected)");
      const Reply reply = cancelled_add_index(*client);
      EXPECT_EQ(reply.error, 1105);
      EXPECT_NE(reply.message.find("injected"), std::string::npos) << reply.message;
      EXPECT_NE(reply.message.find("needs attention"), std::string::npos) << reply.message;
      job = newest_job(*admin_);
      EXPECT_FALSE(is_over(job_column(*admin_, kState)));
      const std::string comments = job_column(*admin_, kComments);
      EXPECT_NE(comments.find("needs attention"), std::string::npos) << comments;
      EXPECT_NE(comments.find("injected"), std::string::npos) << comments;

      // Nothing tries behind the scenes, and rows can be read and written; so can other tables be changed.
      const std::uint64_t passes = failpoint_passes(GetParam().failpoint);
      must(*client, "UPDATE big SET c = 'x' WHERE id = 1");
      must(*client, "UPDATE big SET c = MD5(1) WHERE id = 1");
      if (is_only_of_undo) must(*client, "ALTER TABLE s ADD INDEX other (a)");
      EXPECT_EQ(failpoint_passes(GetParam().failpoint), passes);
    }
    const Reply answer = must(*admin_, retry + job);
    EXPECT_EQ(answer.rows.at(0).at(1), "successful");
    eventually([&] { return state_of(*admin_, job) == "rollback done"; }, "the job is not undone");
    EXPECT_EQ(definition(*admin_), before);
    if (is_only_of_undo) must(*client, "ALTER TABLE s DROP INDEX other");
    expect_rolled_back(*client);
    expect_reclaimed(*client);
  }
}

INSTANTIATE_TEST_SUITE_P(Places, Undo,
                         testing::Values(Place{"begin", "ddl.undo.begin"}, Place{"commit", "ddl.undo.before_commit"},
                                         Place{"end", "ddl.end.before_commit"}),
                         [](const auto& info) { return info.param.name; });

// The undo of a failed step, not of a cancel: the error is the job's, and the build is not repeated for it.
TEST_F(SchemaChange, S67TheUndoAfterAnErrorIsTriedAgain) {
  const std::unique_ptr<Client> client = connect();
  {
    const FailpointGuard undo("ddl.undo.before_commit", "1:error(1105,injected)");
    const FailpointGuard build("ddl.index_build.merge", "1:error(1030,broken)");
    const std::uint64_t undos = failpoint_passes("ddl.undo.before_commit");
    const Reply reply = client->run(kAddIndex);
    EXPECT_EQ(reply.error, 1030);
    EXPECT_NE(reply.message.find("broken"), std::string::npos) << reply.message;
    EXPECT_EQ(failpoint_passes("ddl.undo.before_commit"), undos + 2);
  }
  expect_rolled_back(*client);
}

// Transient errors end a job once they are too many; the last one is its error.
TEST_F(SchemaChange, S68TooManyTransientErrorsEndTheJob) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET GLOBAL tidb_ddl_error_count_limit = 3");
  {
    const FailpointGuard guard("ddl.index_build.scan", "error(9007,injected)");
    EXPECT_EQ(client->run(kAddIndex).error, 9007);
  }
  must(*client, "SET GLOBAL tidb_ddl_error_count_limit = 512");
  expect_rolled_back(*client);
}

// Behind the commit point a job can only go on: it waits for somebody, then it ends as it must.
TEST_F(SchemaChange, S67AnErrorBehindTheCommitPointNeedsAttention) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  must(*client, kAddIndex);
  must(*client, "SET GLOBAL tidb_ddl_error_count_limit = 3");
  {
    SyncPointPause pause("ddl.step.after_commit");  // of the step that hides the index
    Running alter(*client, "ALTER TABLE big DROP INDEX added");
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    const FailpointGuard guard("ddl.step.before_commit", "error(1105,injected)");
    pause.release();
    const Reply reply = alter.reply();
    EXPECT_EQ(reply.error, 1105);
    EXPECT_NE(reply.message.find("needs attention"), std::string::npos) << reply.message;
  }
  EXPECT_FALSE(has_index(*admin));
  EXPECT_NE(must(*admin, "ADMIN CANCEL DDL JOBS " + newest_job(*admin)).rows.at(0).at(1).find("8226"),
            std::string::npos);
  must(*admin, "ADMIN RESUME DDL JOBS " + newest_job(*admin));
  eventually([&] { return job_column(*admin, kState) == "synced"; }, "the job does not end");
  must(*client, "SET GLOBAL tidb_ddl_error_count_limit = 512");
  expect_rolled_back(*client);
}

// Builds that were cancelled anywhere leave nothing, whatever fails while they are cleaned up.
TEST_F(SchemaChange, S64WhatCancelledBuildsLeaveIsReclaimed) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(seed);
  Random random(seed);
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  const BuildsWithFiles files;
  constexpr const char* kPlaces[] = {"ddl.index_build.spill", "ingest.run_file.append", "ddl.index_build.merge",
                                     "kv.sst.finish",         "ddl.index_build.ingest", "ddl.undo.before_commit"};
  const std::uint64_t rounds = stops(8, 200);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const char* const place = kPlaces[round % std::size(kPlaces)];
    SCOPED_TRACE(place);
    const bool is_undo = std::string_view(place) == "ddl.undo.before_commit";
    SyncPointPause pause(is_undo ? "ddl.index_build.ingest" : place);
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    const std::string job = newest_job(*admin);
    // One of: the removal of the files fails, that of the data does, the files are gone already.
    const std::uint64_t trouble = random.below(4);
    const FailpointGuard files("ddl.files.remove", trouble == 0 ? "1:take" : "off");
    const FailpointGuard data("kv.delete_range", trouble == 1 ? "1:error(1030,injected)" : "off");
    const FailpointGuard undo("ddl.undo.before_commit", is_undo ? "1:error(1105,injected)" : "off");
    if (trouble == 2) remove_files(data_path() + "/temp/" + job);
    must(*admin, "ADMIN CANCEL DDL JOBS " + job);
    const int error = alter.reply().error;
    // Another worker of the build may miss its files before the build is cancelled.
    EXPECT_TRUE(error == 8214 || (trouble == 2 && error != 0)) << error;
    pause.release();
    expect_reclaimed(*admin);
  }
  EXPECT_EQ(scalar(*admin, "SELECT COUNT(*) FROM mysql.tidb_ddl_job"), "0");
  EXPECT_EQ(scalar(*admin, "SELECT COUNT(*) FROM mysql.tidb_ddl_reorg"), "0");
  EXPECT_EQ(index_keys(*admin), 10'000u) << "of the one index that the table has";
  expect_rolled_back(*client);
  expect_reclaimed(*client);
}

}  // namespace
}  // namespace sluice::stopping
