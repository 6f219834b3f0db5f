/// Cuts text into records and fields as LOAD DATA wants it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"

namespace sluice::session {

/// FIELDS and LINES of LOAD DATA. Source: MySQL 8.0 manual, "LOAD DATA Statement".
struct RecordFormat {
  std::string field_terminator = "\t";
  std::string enclosure;      // one character or none
  std::string escape = "\\";  // one character or none
  std::string line_start;
  std::string line_terminator = "\n";
  std::optional<std::string> null_text;
};

/// Reads records from chunks of bytes; a record may span any number of chunks.
/// Thread-safety: one thread.
class RecordParser {
 public:
  /// `read` returns the next bytes, empty at the end; valid until its next call.
  RecordParser(RecordFormat format, std::function<std::string_view(StopToken)> read);

  /// The next record's fields; NULL is \N without quotes, or the word NULL when fields may be enclosed. False at the end.
  /// Throws what `read` throws; polls per field.
  bool next(std::vector<std::optional<std::string>>& fields, StopToken stop);

  /// Skips `count` lines without looking into them.
  void skip_lines(std::uint64_t count, StopToken stop);

 private:
  bool fill(StopToken stop);
  /// Whether the buffer goes on with `text` at `position_`; reads more if need be.
  bool at(std::string_view text, StopToken stop);
  bool has_more(StopToken stop);
  bool find_line_start(StopToken stop);
  /// Reads one field; returns whether the record ends with it.
  bool read_field(std::optional<std::string>& field, StopToken stop);

  const RecordFormat format_;
  std::function<std::string_view(StopToken)> read_;
  std::string buffer_;
  std::size_t position_ = 0;
  bool at_end_ = false;
};

}  // namespace sluice::session
