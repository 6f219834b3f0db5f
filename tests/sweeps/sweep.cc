#include "sweep.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "base/census.h"
#include "base/clock.h"

namespace sluice::sweeps {
namespace {

using namespace std::chrono_literals;

/// What a stop may leave behind for a moment (files that a collector removes, threads on their way out) must be gone
/// after this (T_clean).
constexpr std::chrono::nanoseconds kCleanWithin = 5s;

Reply run_or_throw(Client& client, const std::string& statement) {
  Reply reply = client.run(statement);
  if (!reply.ok()) {
    throw std::runtime_error(statement + ": error " + std::to_string(reply.error) + ": " + reply.message);
  }
  return reply;
}

std::string joined(const std::vector<std::string>& row) {
  std::string out;
  for (const std::string& value : row) out.append(value).push_back('\x1f');
  return out;
}

std::vector<std::string> base_tables(Client& client) {
  std::vector<std::string> names;
  for (const std::vector<std::string>& row : run_or_throw(client, "SHOW TABLES").rows) names.push_back(row.at(0));
  std::sort(names.begin(), names.end());
  return names;
}

// SHOW CREATE TABLE names the next auto-increment value, which a stopped insert may have used up.
std::string without_auto_increment(std::string text) {
  const std::size_t begin = text.find(" AUTO_INCREMENT=");
  if (begin == std::string::npos) return text;
  std::size_t end = begin + 16;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return text.erase(begin, end - begin);
}

}  // namespace

std::vector<std::uint64_t> choose_points(std::uint64_t count, const SweepOptions& options) {
  std::vector<std::uint64_t> points;
  const std::uint64_t budget = std::max<std::uint64_t>(3, options.points_per_case);
  if (count <= budget) {
    for (std::uint64_t point = 1; point <= count; ++point) points.push_back(point);
    return points;
  }
  const std::uint64_t dense = std::max<std::uint64_t>(1, budget / 3);
  for (std::uint64_t point = 1; point <= dense; ++point) points.push_back(point);
  Random random(options.seed);
  const std::uint64_t strata = budget - dense - 1;
  for (std::uint64_t i = 0; i < strata; ++i) {
    const std::uint64_t low = dense + 1 + (count - dense) * i / strata;
    const std::uint64_t high = dense + (count - dense) * (i + 1) / strata;
    points.push_back(low + random.below(std::max<std::uint64_t>(1, high - low + 1)));
  }
  points.push_back(count);
  return points;
}

std::string digest(Client& client) {
  std::string out;
  for (const std::string& table : base_tables(client)) {
    out += without_auto_increment(run_or_throw(client, "SHOW CREATE TABLE `" + table + "`").rows.at(0).at(1)) + "\n";
    std::vector<std::string> rows;
    for (const std::vector<std::string>& row : run_or_throw(client, "SELECT * FROM `" + table + "`").rows) {
      rows.push_back(joined(row));
    }
    std::sort(rows.begin(), rows.end());
    for (const std::string& row : rows) out += row + "\n";
  }
  for (const std::vector<std::string>& row : run_or_throw(client, "SHOW DATABASES").rows) out += row.at(0) + "\n";
  return out;
}

void run_all(Client& client, const std::string& text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find("; ", begin), text.size());
    run_or_throw(client, text.substr(begin, end - begin));
    begin = end + 2;
  }
}

void load_fixture(TestServer& server, const CaseFile& file) {
  run_or_throw(*server.connect(""), std::string("CREATE DATABASE ") + kDatabase);
  const std::unique_ptr<Client> client = server.connect(kDatabase);
  for (const std::string& statement : file.fixture) run_or_throw(*client, statement);
}

struct CaseRun::Baseline {
  CensusSnapshot census;
};

CaseRun::CaseRun(TestServer& server, const SweepCase& sweep_case)
    : server_(server), case_(sweep_case), baseline_(std::make_shared<Baseline>()) {
  const std::unique_ptr<Client> client = connect();
  before_ = digest(*client);
  run_or_throw(*client, case_.statement);
  after_ = digest(*client);
  run_all(*client, case_.undo);
  if (const std::string now = digest(*client); now != before_) throw std::runtime_error("the undo does not undo");
  if (case_.kind == CaseKind::kQuery && after_ != before_) throw std::runtime_error("the query changes something");
}

std::unique_ptr<Client> CaseRun::connect() const {
  std::unique_ptr<Client> client = server_.connect(kDatabase);
  for (const std::string& setting : case_.before) run_or_throw(*client, setting);
  return client;
}

void CaseRun::take_baseline() {
  // The census is at rest when it has not shrunk for a while.
  CensusSnapshot census = take_census();
  for (int calm = 0; calm < 20; ++calm) {
    clock().sleep(1ms, StopToken());
    const CensusSnapshot now = take_census();
    if (!now.growth_to(census).empty()) calm = 0;
    census = now;
  }
  baseline_->census = census;
}

std::string CaseRun::check_census() {
  const std::int64_t deadline_ns = clock().now_ns() + kCleanWithin.count();
  for (;;) {
    const std::string growth = baseline_->census.growth_to(take_census());
    if (growth.empty()) return "";
    if (clock().now_ns() >= deadline_ns) return "left behind:\n" + growth;
    clock().sleep(1ms, StopToken());
  }
}

std::string CaseRun::check_tables(Client& client) {
  for (const std::string& table : base_tables(client)) {
    const Reply reply = client.run("ADMIN CHECK TABLE `" + table + "`");
    if (!reply.ok()) return "ADMIN CHECK TABLE " + table + ": " + std::to_string(reply.error) + " " + reply.message;
  }
  return "";
}

std::string CaseRun::verify_after(const Reply& reply) {
  try {
    if (std::string left = check_census(); !left.empty()) return left;
    const std::unique_ptr<Client> client = connect();
    const bool changes = case_.kind != CaseKind::kQuery;
    if (changes) {
      const std::string now = digest(*client);
      if (reply.ok() && now != after_) return "succeeded without its whole effect";
      if (!reply.ok() && now != before_)
        return now == after_ ? "reported an error for work that took effect" : "left half its effect";
      if (std::string broken = check_tables(*client); !broken.empty()) return broken;
      if (reply.ok()) run_all(*client, case_.undo);
    }
    const Reply again = client->run(case_.statement);
    if (!again.ok()) return "does not succeed afterwards: " + std::to_string(again.error) + " " + again.message;
    if (changes) {
      if (digest(*client) != after_) return "has another effect afterwards";
      run_all(*client, case_.undo);
      if (digest(*client) != before_) return "cannot be undone afterwards";
    }
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace sluice::sweeps
