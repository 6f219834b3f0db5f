// Random statements on several threads against ADD and DROP of plain and unique indexes, with cancels and restarts; after each
// job all rows are compared with all entries. SLUICE_SEED=n runs one seed again.

#include <atomic>
#include <cstdlib>
#include <random>

#include "ddl/ddl_fixture_test.h"
#include "ddl/table_check.h"

namespace sluice::ddl {
namespace {

std::uint64_t seed_of_run() {
  const char* given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20'261'121;
}

constexpr std::int64_t kIds = 400;
constexpr std::int64_t kValues = 5000;  // few enough that unique values meet now and then

class IndexChecker : public DdlTest {
 protected:
  // Writes until `is_over`; keeps count of what it did.
  void write_randomly(std::uint64_t seed, const std::atomic<bool>& is_over) {
    std::mt19937_64 random(seed);
    Writer writer(*server, seed);
    while (!is_over.load()) {
      const auto id = static_cast<std::int64_t>(random() % kIds);
      if (random() % 4 == 0) {
        writer.erase("t", id);
      } else {
        std::optional<std::int64_t> k;
        if (random() % 20 != 0) k = static_cast<std::int64_t>(random() % kValues);
        writer.put("t", {id, k, "c" + std::to_string(random() % 50)});
      }
    }
  }
};

TEST_F(IndexChecker, IndexesAgreeWithRowsAfterEveryJob) {
  const std::uint64_t seed = seed_of_run();
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  create("t");
  Writer filler(*server);
  for (std::int64_t id = 0; id < kIds; id += 2) filler.put("t", {id, id * 10, "start"});
  int built = 0;
  int cancelled = 0;
  int duplicates = 0;
  for (int round = 0; round < 24; ++round) {
    const bool unique = round % 2 == 0;
    const bool cancels = random() % 3 == 0;
    std::atomic<bool> is_over{false};
    {
      StopSource source;
      TaskScope scope("writers", source.token());
      for (int number = 0; number < 3; ++number) {
        const std::uint64_t writer_seed = random();
        scope.spawn("writer", [this, writer_seed, &is_over](StopToken) { write_randomly(writer_seed, is_over); });
      }
      const std::int64_t job_id = server->service->submit(
          server->alter("t", {add_index("u", {"k"}, unique), add_index("p", {"c", "k"}, false)}), StopToken());
      const std::int64_t cancel_after_ns = static_cast<std::int64_t>(random() % 30'000'000);
      const std::int64_t start = clock().now_ns();
      bool has_cancelled = false;
      for (;;) {
        std::optional<JobStatus> status = server->service->find(job_id, StopToken());
        ASSERT_TRUE(status.has_value());
        if (is_terminal(status->job.state)) {
          if (status->job.state == JobState::kSynced) {
            ++built;
          } else if (status->job.error->code == 8214) {
            ++cancelled;
            EXPECT_TRUE(cancels);
          } else {
            EXPECT_EQ(status->job.error->code, 1062) << status->job.error->message;
            EXPECT_TRUE(unique);
            ++duplicates;
          }
          break;
        }
        if (cancels && !has_cancelled && clock().now_ns() - start > cancel_after_ns) {
          has_cancelled = true;
          try {
            server->service->cancel(job_id, StopToken());
          } catch (const SqlError& late) {
            EXPECT_TRUE(late.number() == 8225 || late.number() == 8226);
          }
        }
      }
      is_over = true;
      scope.join();
    }
    EXPECT_EQ(check_table(*server, "t"), "") << "round " << round;
    EXPECT_NO_THROW(ddl::check_table(*server->store, *server->table("t"), {}, StopToken()));
    if (!server->table("t")->indexes.empty()) {
      ASSERT_EQ(run(server->alter("t", {DropIndexClause{catalog::Name("u")}, DropIndexClause{catalog::Name("p")}})), 0);
    }
    reclaimed();
    EXPECT_EQ(count_index_keys(*server, server->table("t")->id), 0u) << "round " << round;
    if (random() % 6 == 0) restart();
  }
  RecordProperty("built", built);
  RecordProperty("cancelled", cancelled);
  RecordProperty("duplicates", duplicates);
  EXPECT_GT(built, 0);
}

}  // namespace
}  // namespace sluice::ddl
