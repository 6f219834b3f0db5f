#include "session/prepared_statements.h"

#include "base/sql_error.h"
#include "catalog/name.h"

namespace sluice::session {

PreparedStatement& PreparedStatements::add(std::string_view text, std::string_view name,
                                           const sql::ParseOptions& options) {
  auto prepared = std::make_unique<PreparedStatement>();
  sql::ParseOptions one = options;
  one.allow_parameters = true;
  one.allow_multiple = true;
  prepared->parsed = sql::parse_copy(text, one);
  if (prepared->parsed.statements().empty()) throw SqlError(ErrorCode::kEmptyQuery);
  if (prepared->parsed.statements().size() > 1) throw SqlError(ErrorCode::kPrepareMulti);
  const sql::Statement& statement = prepared->statement();
  switch (statement.kind) {
    case sql::StatementKind::kPrepare:
    case sql::StatementKind::kExecute:
    case sql::StatementKind::kDeallocate:
    case sql::StatementKind::kLoadData:
      throw SqlError(ErrorCode::kUnsupportedPs);
    default:
      break;
  }
  if (statement.parameter_count > UINT16_MAX) throw SqlError(ErrorCode::kPsManyParam);
  prepared->id = next_id_++;
  if (!name.empty()) {
    prepared->name = catalog::to_lower(name);
    const auto old = names_.find(prepared->name);
    if (old != names_.end()) remove(old->second);
    names_[prepared->name] = prepared->id;
  }
  const std::uint32_t id = prepared->id;
  return *(statements_[id] = std::move(prepared));
}

PreparedStatement* PreparedStatements::find(std::uint32_t id) {
  const auto found = statements_.find(id);
  return found == statements_.end() ? nullptr : found->second.get();
}

const PreparedStatement* PreparedStatements::find(std::uint32_t id) const {
  const auto found = statements_.find(id);
  return found == statements_.end() ? nullptr : found->second.get();
}

PreparedStatement* PreparedStatements::find(std::string_view name) {
  const auto found = names_.find(catalog::to_lower(name));
  return found == names_.end() ? nullptr : find(found->second);
}

void PreparedStatements::remove(std::uint32_t id) {
  const auto found = statements_.find(id);
  if (found == statements_.end()) return;
  if (!found->second->name.empty()) names_.erase(found->second->name);
  statements_.erase(found);
}

}  // namespace sluice::session
