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
  bool is_too_long = false;  // a parameter's long data passed the limit; the next execution fails

  /// Appends a piece of COM_STMT_SEND_LONG_DATA, which has no answer. `limit`: bytes of one parameter.
  void add_long_data(std::uint16_t parameter, std::string_view piece, std::uint64_t limit);
  void drop_long_data();
};

/// Reads `count` parameters: NULL bitmap, new types if the client sends them, values. Source: MySQL manual, "COM_STMT_EXECUTE".
/// Throws: SqlError 1835 if the payload is malformed, 1105 if long data was too long, 1210 if no types were ever bound, 1292 for a date or time that there is not.
std::vector<session::BoundParameter> read_parameters(PayloadReader& reader, std::uint16_t count,
                                                     StatementBinding& binding);

}  // namespace sluice::server
