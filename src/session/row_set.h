/// Small computed results: SHOW, ADMIN, EXPLAIN.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "session/result_writer.h"
#include "types/value.h"

namespace sluice::session {

/// Rows that a statement computes as a whole.
class RowSet {
 public:
  /// Columns by name; text, integers, unsigned integers and times. `length`: display length of a text column.
  void add_text_column(std::string_view name, int length = 256);
  void add_integer_column(std::string_view name);
  void add_unsigned_column(std::string_view name);
  void add_datetime_column(std::string_view name);
  void add_column(std::string_view name, const types::FieldType& type);

  /// One value per column, of its physical kind or NULL.
  void add_row(std::vector<types::Value> row) { rows_.push_back(std::move(row)); }
  /// All columns text.
  void add_text_row(const std::vector<std::string>& row);

  const std::vector<ResultColumn>& columns() const noexcept { return columns_; }
  const std::vector<std::vector<types::Value>>& rows() const noexcept { return rows_; }
  std::vector<std::vector<types::Value>>& rows() noexcept { return rows_; }

  /// begin_result and rows. The caller ends the result.
  void send(ResultWriter& writer, StopToken stop) const;

 private:
  std::vector<ResultColumn> columns_;
  std::vector<std::vector<types::Value>> rows_;
};

}  // namespace sluice::session
