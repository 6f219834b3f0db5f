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
      transaction(server, client.connection_id) {}

}  // namespace sluice::session
