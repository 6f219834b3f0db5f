#include "session/process_list.h"

#include <algorithm>
#include <iterator>
#include <new>

#include "base/clock.h"
#include "base/sql_error.h"

namespace sluice::session {
namespace {

constexpr std::uint64_t kServerNumber = 1;
constexpr std::uint64_t kLocalIds = std::uint64_t{1} << 20;
/// Of a statement's text that the list keeps.
constexpr std::size_t kTextBytes = 64 << 10;

}  // namespace

Process::Process(std::uint64_t id, std::string user, std::string host, std::function<void()> wake_close)
    : id_(id),
      host_(std::move(host)),
      wake_close_(std::move(wake_close)),
      user_(std::move(user)),
      since_ns_(clock().now_ns()) {}

void Process::begin_command() noexcept {
  MutexLock lock(mutex_);
  in_command_ = true;
  command_stop_ = StopReason::kNone;
}

void Process::end_command() noexcept {
  MutexLock lock(mutex_);
  in_command_ = false;
  command_stop_ = StopReason::kNone;
  killed_ = false;
}

void Process::begin_statement(StopSource& source, std::string_view command, std::string_view text) noexcept {
  const std::int64_t now = clock().now_ns();
  {
    MutexLock lock(mutex_);
    statement_ = &source;
    killed_ = command_stop_ != StopReason::kNone;
    if (killed_) source.request_stop(command_stop_);
    command_ = command == "Execute" ? "Execute" : "Query";
    try {
      text_.assign(text.substr(0, kTextBytes));
    } catch (const std::bad_alloc&) {
      text_.clear();  // the list is a little poorer
    }
    since_ns_ = now;
  }
  // Read after the source is published: a killer sees either the source or this thread sees its mark.
  const StopReason reason = stopped_.load(std::memory_order_acquire);
  if (reason != StopReason::kNone) source.request_stop(reason);
}

void Process::end_statement() noexcept {
  const std::int64_t now = clock().now_ns();
  MutexLock lock(mutex_);
  statement_ = nullptr;
  if (!in_command_) killed_ = false;
  command_ = "Sleep";
  text_.clear();
  since_ns_ = now;
}

void Process::stop_statement(StopReason reason) noexcept {
  MutexLock lock(mutex_);
  if (statement_ == nullptr && !in_command_) return;
  // A statement that is through may not see its stop any more; then the next one of the command does.
  command_stop_ = reason;
  if (statement_ != nullptr) statement_->request_stop(reason);
  killed_ = true;
}

void Process::stop_connection(StopReason reason) noexcept {
  StopReason none = StopReason::kNone;
  stopped_.compare_exchange_strong(none, reason, std::memory_order_acq_rel);
  {
    MutexLock lock(mutex_);
    killed_ = true;
    if (statement_ != nullptr) {
      statement_->request_stop(reason);
      return;
    }
  }
  if (wake_close_) wake_close_();
}

std::string Process::user() const {
  MutexLock lock(mutex_);
  return user_;
}

void Process::set_user(std::string_view user) {
  MutexLock lock(mutex_);
  user_.assign(user);
}

void Process::set_database(std::string_view database) {
  MutexLock lock(mutex_);
  database_.assign(database);
}

void Process::set_attributes(std::vector<std::pair<std::string, std::string>> attributes) {
  MutexLock lock(mutex_);
  attributes_ = std::move(attributes);
}

void Process::describe_transaction(const TransactionDescription& description) noexcept {
  MutexLock lock(mutex_);
  transaction_ = description;
}

ProcessInfo Process::info() const {
  ProcessInfo info;
  info.id = id_;
  info.host = host_;
  info.transaction_start_ts = transaction_start_ts_.load(std::memory_order_relaxed);
  const std::int64_t now = clock().now_ns();
  MutexLock lock(mutex_);
  info.user = user_;
  info.database = database_;
  info.command = command_;
  info.time_seconds = (now - since_ns_) / 1'000'000'000;
  info.state = killed_ ? "Killed" : info.transaction_start_ts != 0 ? "in transaction; autocommit" : "autocommit";
  info.info = text_;
  info.transaction = transaction_;
  info.attributes = attributes_;
  return info;
}

bool ProcessList::add(std::shared_ptr<Process> process, std::size_t limit) {
  MutexLock lock(mutex_);
  if (limit != 0 && processes_.size() >= limit) return false;
  const std::uint64_t id = process->id();
  processes_[id] = std::move(process);
  logins_.erase(id);
  return true;
}

void ProcessList::remove(std::uint64_t id) {
  MutexLock lock(mutex_);
  processes_.erase(id);
}

std::shared_ptr<Process> ProcessList::find(std::uint64_t id) const {
  MutexLock lock(mutex_);
  const auto found = processes_.find(id);
  return found == processes_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Process>> ProcessList::all() const {
  std::vector<std::shared_ptr<Process>> out;
  MutexLock lock(mutex_);
  for (const auto& [id, process] : processes_) out.push_back(process);
  return out;
}

std::size_t ProcessList::size() const {
  MutexLock lock(mutex_);
  return processes_.size();
}

std::vector<ProcessInfo> ProcessList::rows() const {
  std::vector<ProcessInfo> rows;
  // A process has a lock of its own, which is not taken under the list's. One that logs in meanwhile is in one of the two.
  std::vector<ProcessInfo> logins = login_rows();
  for (const std::shared_ptr<Process>& process : all()) {
    rows.push_back(process->info());
    std::erase_if(logins, [&](const ProcessInfo& login) { return login.id == process->id(); });
  }
  std::move(logins.begin(), logins.end(), std::back_inserter(rows));
  return rows;
}

std::vector<ProcessInfo> ProcessList::login_rows() const {
  const std::int64_t now = clock().now_ns();
  std::vector<ProcessInfo> rows;
  MutexLock lock(mutex_);
  for (const auto& [id, login] : logins_) {
    ProcessInfo info;
    info.id = id;
    info.user = "unauthenticated user";
    info.host = login.host;
    info.command = "Connect";
    info.time_seconds = (now - login.since_ns) / 1'000'000'000;
    info.state = "login";
    rows.push_back(std::move(info));
  }
  return rows;
}

void ProcessList::add_login(std::uint64_t id, std::string host, std::function<void(StopReason)> stop) {
  MutexLock lock(mutex_);
  logins_[id] = {std::move(host), clock().now_ns(), std::move(stop)};
}

void ProcessList::remove_login(std::uint64_t id) {
  MutexLock lock(mutex_);
  logins_.erase(id);
}

bool ProcessList::stop_login(std::uint64_t id, StopReason reason) noexcept {
  MutexLock lock(mutex_);
  const auto found = logins_.find(id);
  if (found == logins_.end()) return false;
  found->second.stop(reason);
  return true;
}

bool ProcessList::has_login(std::uint64_t id) const {
  MutexLock lock(mutex_);
  return logins_.contains(id);
}

std::uint64_t ProcessList::next_id() {
  MutexLock lock(mutex_);
  while (true) {
    const std::uint64_t local = next_local_;
    next_local_ = next_local_ + 1 == kLocalIds ? 1 : next_local_ + 1;
    const std::uint64_t id = (kServerNumber << 21) | (local << 1);
    if (!processes_.contains(id) && !logins_.contains(id)) return id;
  }
}

}  // namespace sluice::session
