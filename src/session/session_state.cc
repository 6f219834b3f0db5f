#include "session/session_state.h"

namespace sluice::session {

SessionState::SessionState(const SessionEnvironment& server, const ClientIdentity& client,
                           const AccountRecord& account_record, std::shared_ptr<Process> entry)
    : environment(server),
      identity(client),
      account(account_record),
      process(std::move(entry)),
      memory("session", &server.memory),
      variables(server.variables),
      transaction(server, client.connection_id, process->activity()) {}

void SessionState::publish_transaction() {
  const SessionSettings& settings = variables.settings();
  TransactionDescription description;
  description.isolation = transaction.isolation() == Isolation::kReadCommitted ? "READ COMMITTED" : "REPEATABLE READ";
  description.is_explicit = transaction.is_explicit();
  description.is_read_only = transaction.is_read_only();
  description.unique_checks = variables.get("unique_checks") == "ON";
  description.foreign_key_checks = settings.foreign_key_checks;
  process->describe_transaction(description);
  process->set_transaction(transaction.is_explicit() ? transaction.start_ts() : 0);
}

}  // namespace sluice::session
