/// Answers of sessions as packets: columns, rows in the text or binary protocol, OK, EOF and error packets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/sql_error.h"
#include "server/packet_channel.h"
#include "server/row_encoder.h"
#include "session/connection_session.h"

namespace sluice::server {

enum class RowFormat : std::uint8_t { kText, kBinary };

/// Writes one command's answers to a channel. Errors after the first packet of a result end it, as the protocol allows.
/// Thread-safety: one thread.
class ResultEncoder final : public session::ResultWriter {
 public:
  /// The channel outlives the encoder. `stop`: of the connection, for the packets that carry no token of their own.
  /// `session` outlives it too; its character_set_results as each result begins is the one of the result.
  ResultEncoder(PacketChannel& channel, const session::ConnectionSession& session, std::uint32_t capabilities,
                RowFormat format, StopToken stop);

  /// The result's columns are known to the client: only rows and the end are sent (COM_STMT_FETCH).
  void omit_columns() noexcept { omits_columns_ = true; }

  void begin_result(std::span<const session::ResultColumn> columns) override;
  void rows(const vector::Chunk& chunk, StopToken stop) override;
  void end_result(const session::StatementOutcome& outcome) override;
  void ok(const session::StatementOutcome& outcome) override;
  void error(const SqlError& error) override;
  std::unique_ptr<session::LocalFile> request_local_file(std::string_view name, StopToken stop) override;

  /// Call it when the session has done with the command. An error that came before the end of a client's file is sent from here: a client that sends
  /// reads nothing, so the rest of the file is thrown away first. After an ordinary error that is all of it, as in MySQL. A statement that was
  /// stopped does not wait for its client, which may have any amount left to send: after local_file_patience_ms() of the session the
  /// connection ends.
  /// Throws: ConnectionLost, also when the session must end; Stopped.
  void finish();

 private:
  class ClientFile;

  /// The packet that ends the columns for clients that want one. It waits for what comes next: of a cursor's result it is the end as well.
  void end_columns();

  PacketChannel& channel_;
  const session::ConnectionSession& session_;
  const std::uint32_t capabilities_;
  const RowFormat format_;
  const StopToken stop_;
  std::vector<SentColumn> columns_;
  bool omits_columns_ = false;
  bool in_columns_ = false;
  bool in_file_ = false;                // the client sends a file and has not come to its end
  StopToken file_statement_;            // of the statement that asked for the file; valid while that runs
  std::optional<SqlError> held_error_;  // waits for the file's end
  bool was_stopped_ = false;            // the statement of held_error_
};

void write_ok(PacketChannel& channel, const session::StatementOutcome& outcome, std::uint8_t header, StopToken stop);
void write_error(PacketChannel& channel, const SqlError& error, StopToken stop);
/// A column definition packet, whose strings and names are sent in `charset` (nullptr: each in its own). `with_default`: as COM_FIELD_LIST
/// wants it.
void write_column(PacketChannel& channel, const session::ResultColumn& column, const types::Charset* charset,
                  bool with_default, StopToken stop);
void write_eof(PacketChannel& channel, std::uint16_t status, std::uint16_t warnings, StopToken stop);

}  // namespace sluice::server
