/// Who is connected and what each connection does; KILL finds its target here.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "kv/transaction_activity.h"

namespace sluice::session {

/// How a connection's transaction was begun.
struct TransactionDescription {
  std::string_view isolation = "REPEATABLE READ";
  bool is_explicit = false;
  bool is_read_only = false;
  bool unique_checks = true;
  bool foreign_key_checks = true;
};

/// A row of SHOW PROCESSLIST.
struct ProcessInfo {
  std::uint64_t id = 0;
  std::string user;
  std::string host;      // address:port
  std::string database;  // empty: NULL
  std::string command;   // Query, Sleep, Execute ...
  std::int64_t time_seconds = 0;
  std::string state;  // "autocommit", "in transaction", "Killed"
  std::string info;   // the statement; empty: NULL
  std::string digest;
  std::int64_t memory_bytes = 0;
  std::uint64_t transaction_start_ts = 0;                       // of an explicit one
  TransactionDescription transaction;                           // counts while its activity() has an id
  std::vector<std::pair<std::string, std::string>> attributes;  // that the client sent
};

/// One connection's entry.
///
/// Ownership: shared by the list and the session; outlives both. Thread-safe.
class Process {
 public:
  /// `wake_close`: called when an idle connection is killed; must not block.
  Process(std::uint64_t id, std::string user, std::string host, std::function<void()> wake_close);

  std::uint64_t id() const noexcept { return id_; }
  std::string user() const;
  void set_user(std::string_view user);

  /// A command of the client begins; it runs no statement, one, or several one after the other, until end_command().
  void begin_command() noexcept;
  void end_command() noexcept;

  /// A statement begins; `source` is its stop source until end_statement(). What came for the connection before, or for the command since its
  /// begin, stops it at once.
  void begin_statement(StopSource& source, std::string_view command, std::string_view text) noexcept;
  /// Takes the source back: from its return on no killer touches it.
  void end_statement() noexcept;

  /// KILL QUERY: stops the command that runs now, if any: its statement, or the next one if none has begun. Later commands are not touched.
  void stop_statement(StopReason reason) noexcept;
  /// KILL CONNECTION, shutdown, client gone: stops the statement and every later one; wakes an idle connection.
  void stop_connection(StopReason reason) noexcept;
  bool is_stopped() const noexcept { return stopped_.load(std::memory_order_acquire) != StopReason::kNone; }

  void set_database(std::string_view database);
  void set_attributes(std::vector<std::pair<std::string, std::string>> attributes);
  void set_transaction(std::uint64_t start_ts) noexcept {
    transaction_start_ts_.store(start_ts, std::memory_order_relaxed);
  }
  void describe_transaction(const TransactionDescription& description) noexcept;
  /// Of the session's transaction; the store keeps it up to date.
  kv::TransactionActivity& activity() noexcept { return activity_; }
  ProcessInfo info() const;

 private:
  const std::uint64_t id_;
  const std::string host_;
  const std::function<void()> wake_close_;
  std::atomic<StopReason> stopped_{StopReason::kNone};
  std::atomic<std::uint64_t> transaction_start_ts_{0};
  kv::TransactionActivity activity_;
  mutable Mutex mutex_;
  StopSource* statement_ SLUICE_GUARDED_BY(mutex_) = nullptr;
  bool in_command_ SLUICE_GUARDED_BY(mutex_) = false;
  StopReason command_stop_ SLUICE_GUARDED_BY(mutex_) = StopReason::kNone;  // for the command's next statement
  bool killed_ SLUICE_GUARDED_BY(mutex_) = false;
  std::string user_ SLUICE_GUARDED_BY(mutex_);
  std::string database_ SLUICE_GUARDED_BY(mutex_);
  TransactionDescription transaction_ SLUICE_GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, std::string>> attributes_ SLUICE_GUARDED_BY(mutex_);
  const char* command_ SLUICE_GUARDED_BY(mutex_) = "Sleep";
  std::string text_ SLUICE_GUARDED_BY(mutex_);
  std::int64_t since_ns_ SLUICE_GUARDED_BY(mutex_) = 0;
};

/// All connections of this server. Thread-safe.
class ProcessList {
 public:
  /// In place of the login with its id. False, and nothing done, if there are `limit` processes already; a limit of 0 is none.
  bool add(std::shared_ptr<Process> process, std::size_t limit);
  void remove(std::uint64_t id);
  /// nullptr if no such connection is logged in.
  std::shared_ptr<Process> find(std::uint64_t id) const;
  /// Those that are logged in.
  std::vector<std::shared_ptr<Process>> all() const;
  std::size_t size() const;
  /// All of them, and the connections that have not logged in yet.
  std::vector<ProcessInfo> rows() const;

  /// A connection that has not logged in yet. `stop` ends it, from any thread and under the list's lock: it must not block.
  void add_login(std::uint64_t id, std::string host, std::function<void(StopReason)> stop);
  /// From its return on nobody calls its `stop`. Of none: nothing happens.
  void remove_login(std::uint64_t id);
  /// Ends the login; false if there is none.
  bool stop_login(std::uint64_t id, StopReason reason) noexcept;
  /// What KILL QUERY does to a login: nothing. False if there is none.
  bool has_login(std::uint64_t id) const;

  /// Ids are even and fit 32 bits: bit 0 is 0, bits 1 to 20 count, bits 21 to 31 are the server's number (TiDB's 32-bit form).
  std::uint64_t next_id();

 private:
  std::vector<ProcessInfo> login_rows() const;

  struct Login {
    std::string host;
    std::int64_t since_ns = 0;
    std::function<void(StopReason)> stop;
  };

  mutable Mutex mutex_;
  std::map<std::uint64_t, Login> logins_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::uint64_t, std::shared_ptr<Process>> processes_ SLUICE_GUARDED_BY(mutex_);
  std::uint64_t next_local_ SLUICE_GUARDED_BY(mutex_) = 1;
};

}  // namespace sluice::session
