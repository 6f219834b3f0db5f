/// From a stop's reason to the client's error.
#pragma once

#include <cstdint>

#include "base/sql_error.h"
#include "base/stop_token.h"

namespace sluice::session {

/// The error that the client of a stopped statement gets. Total: every reason has one.
/// | query killed | 1317 | time limit | 3024 | memory | 8175 | disk | 1021 | shutdown | 1053 | job cancelled | 8214 |
SqlError error_of_stop(StopReason reason, std::uint64_t connection_id);

/// Whether the connection ends with the statement.
bool ends_connection(StopReason reason) noexcept;

}  // namespace sluice::session
