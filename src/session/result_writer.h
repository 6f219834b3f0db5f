#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "types/field_type.h"

namespace sluice {
class SqlError;
}
namespace sluice::vector {
class Chunk;
}

namespace sluice::session {

/// One column of a result set, as the protocol describes it. `table` and `name` are the aliases that the statement
/// uses; the `original_` names are those of the schema, empty for computed columns.
struct ResultColumn {
  std::string database;
  std::string table;
  std::string original_table;
  std::string name;
  std::string original_name;
  types::FieldType type;
};

/// What an OK or end-of-result packet reports. `status_flags` are the protocol's SERVER_STATUS_… bits.
struct StatementOutcome {
  std::uint64_t affected_rows = 0;
  std::uint64_t last_insert_id = 0;
  std::uint16_t status_flags = 0;
  std::uint16_t warning_count = 0;
  std::string info;
};

/// A file that the client sends for LOAD DATA LOCAL.
///
/// It need not be read to its end: the writer throws away the rest before it answers.
/// Thread-safety: one thread.
class LocalFile {
 public:
  virtual ~LocalFile() = default;

  /// The next bytes of the file, valid until the next call; empty at its end.
  /// Throws: Stopped; SqlError if the client goes away.
  virtual std::string_view read(StopToken stop) = 0;
};

/// Where a session puts the answers to one command. The server implements it for the text and the binary protocol;
/// tests and internal sessions collect rows.
///
/// A statement answers with begin_result, rows*, end_result, or with ok, or with error; error may also follow
/// begin_result and rows. Several statements of one command answer one after the other.
/// Thread-safety: one thread.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;

  virtual void begin_result(std::span<const ResultColumn> columns) = 0;

  /// Sends the chunk's selected rows; columns are in the order of begin_result.
  /// Throws: Stopped (a client that does not read blocks here); SqlError if the connection is lost.
  virtual void rows(const vector::Chunk& chunk, StopToken stop) = 0;

  virtual void end_result(const StatementOutcome& outcome) = 0;
  virtual void ok(const StatementOutcome& outcome) = 0;
  virtual void error(const SqlError& error) = 0;

  /// Asks the client for a file. Throws: SqlError 3948 if the client does not allow it.
  virtual std::unique_ptr<LocalFile> request_local_file(std::string_view name, StopToken stop) = 0;
};

}  // namespace sluice::session
