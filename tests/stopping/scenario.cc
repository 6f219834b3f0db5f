#include "scenario.h"

#include <filesystem>

#include "base/failpoint.h"
#include "base/logging.h"

namespace sluice::stopping {
namespace {

/// Lives as long as the program's tests.
struct SharedServer {
  TempDir directory;
  std::unique_ptr<TestServer> server;
};

SharedServer* shared = nullptr;

class ServerEnvironment final : public testing::Environment {
 public:
  void SetUp() override {
    set_log_level(LogLevel::kError);
    shared_ = std::make_unique<SharedServer>();
    shared = shared_.get();
    shared->server = harness::open_test_server(shared->directory.path() + "/data");
    const std::unique_ptr<Client> client = shared->server->connect("");
    for (const char* statement :
         {"CREATE DATABASE scenario", "USE scenario", "CREATE TABLE digits (d INT PRIMARY KEY)",
          "INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
          "CREATE TABLE big (id BIGINT PRIMARY KEY, k INT, c VARCHAR(40), v INT, KEY ik (k))",
          "INSERT INTO big SELECT a.d + 10*b.d + 100*c.d + 1000*e.d, (a.d*7919 + 10*b.d + 100*c.d + 1000*e.d) % 997, "
          "MD5(a.d + 10*b.d + 100*c.d + 1000*e.d), 0 FROM digits a, digits b, digits c, digits e",
          "CREATE TABLE wide (id INT PRIMARY KEY, k INT, c VARCHAR(40), pad VARCHAR(60), v INT)",
          "INSERT INTO wide SELECT big.id * 2 + digits.d, big.k, MD5(big.id * 2 + digits.d), REPEAT('p', 60), 0 "
          "FROM big, digits WHERE d < 2",
          "CREATE TABLE s (a INT, KEY (a))",
          "INSERT INTO s SELECT a.d + 10*b.d + 1 FROM digits a, digits b WHERE b.d < 2",
          "CREATE TABLE l (a INT, KEY (a))", "INSERT INTO l SELECT s.a FROM s, digits a, digits b WHERE b.d < 5"}) {
      const Reply reply = client->run(statement);
      ASSERT_TRUE(reply.ok()) << statement << ": " << reply.error << " " << reply.message;
    }
  }
  void TearDown() override { shared_.reset(); }

 private:
  std::unique_ptr<SharedServer> shared_;
};

const testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new ServerEnvironment);  // owned by GoogleTest

}  // namespace

std::string Scenario::data_path() { return shared->directory.path() + "/data"; }

TestServer& Scenario::server() { return *shared->server; }

std::unique_ptr<Client> Scenario::connect() { return server().connect("scenario"); }

Reply Scenario::must(Client& client, const std::string& statement) {
  Reply reply = client.run(statement);
  EXPECT_TRUE(reply.ok()) << statement << ": " << reply.error << " " << reply.message;
  return reply;
}

void Scenario::remove_files(const std::string& directory) {
  std::error_code ignored;
  do {
    std::filesystem::remove_all(directory, ignored);
  } while (std::filesystem::exists(directory));
}

std::string Scenario::scalar(Client& client, const std::string& query) {
  const Reply reply = must(client, query);
  return reply.rows.empty() ? "" : reply.rows[0].at(0);
}

void Scenario::SetUp() { before_ = take_census(); }

void Scenario::TearDown() {
  clear_failpoints();
  eventually([this] { return before_.growth_to(take_census()).empty(); }, "something is left behind");
  const std::unique_ptr<Client> client = connect();
  for (const char* table : {"big", "wide", "s", "l"}) must(*client, std::string("ADMIN CHECK TABLE ") + table);
}

}  // namespace sluice::stopping
