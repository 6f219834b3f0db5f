/// Prepared statements of one session, both of the protocol and of PREPARE.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "executor/row_list.h"
#include "session/query.h"
#include "sql/parser.h"

namespace sluice::session {

/// Rows of a cursor that wait to be fetched.
struct OpenCursor {
  std::vector<ResultColumn> columns;
  std::unique_ptr<executor::RowList> rows;
  std::size_t next_block = 0;
  std::size_t next_row = 0;
};

struct PreparedStatement {
  std::uint32_t id = 0;
  std::string name;         // of PREPARE; empty for the protocol's
  sql::ParseResult parsed;  // owns its text and exactly one statement
  std::vector<ResultColumn> columns;
  CachedPlan plan;
  std::unique_ptr<OpenCursor> cursor;

  const sql::Statement& statement() const { return *parsed.statements().front(); }
};

/// Thread-safety: the session's thread.
class PreparedStatements {
 public:
  /// Parses `text`, which must hold one statement that can be prepared.
  /// Throws: SqlError 1064, 1065, 1295, 8115.
  PreparedStatement& add(std::string_view text, std::string_view name, const sql::ParseOptions& options);
  PreparedStatement* find(std::uint32_t id);
  const PreparedStatement* find(std::uint32_t id) const;
  /// By the name of PREPARE, in any case.
  PreparedStatement* find(std::string_view name);
  void remove(std::uint32_t id);
  void clear() { statements_.clear(); }
  std::size_t size() const noexcept { return statements_.size(); }

 private:
  std::map<std::uint32_t, std::unique_ptr<PreparedStatement>> statements_;
  std::map<std::string, std::uint32_t> names_;
  std::uint32_t next_id_ = 1;
};

}  // namespace sluice::session
