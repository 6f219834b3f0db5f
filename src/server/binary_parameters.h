/// Parameters of COM_STMT_EXECUTE.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/packet_channel.h"
#include "session/connection_session.h"

namespace sluice::server {

/// What the server keeps of a prepared statement between executions: the types of the last binding and long data.
struct StatementBinding {
  std::vector<types::FieldType> types;
  std::map<std::uint16_t, std::string> long_data;
};

/// Reads `count` parameters: NULL bitmap, new types if the client sends them, values. Source: MySQL manual, "COM_STMT_EXECUTE".
/// Throws: SqlError 1835 if the payload is malformed, 1210 if no types were ever bound, 1292 for a date or time that there is not.
std::vector<session::BoundParameter> read_parameters(PayloadReader& reader, std::uint16_t count,
                                                     StatementBinding& binding);

}  // namespace sluice::server
