/// Answers of sessions as packets: columns, rows in the text or binary protocol, OK, EOF and error packets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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

 private:
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
};

void write_ok(PacketChannel& channel, const session::StatementOutcome& outcome, std::uint8_t header, StopToken stop);
void write_error(PacketChannel& channel, const SqlError& error, StopToken stop);
/// A column definition packet, whose strings and names are sent in `charset` (nullptr: each in its own). `with_default`: as COM_FIELD_LIST
/// wants it.
void write_column(PacketChannel& channel, const session::ResultColumn& column, const types::Charset* charset,
                  bool with_default, StopToken stop);
void write_eof(PacketChannel& channel, std::uint16_t status, std::uint16_t warnings, StopToken stop);

}  // namespace sluice::server
