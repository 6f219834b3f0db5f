/// The input of LOAD DATA: bytes of a file, cut into records.
#pragma once

#include <memory>

#include "executor/execution_context.h"
#include "session/dispatch.h"
#include "sql/ast_dml.h"

namespace sluice::session {

/// The records of the statement's file: the client's for LOCAL, else the server's own (which needs the FILE privilege). The file is opened, or
/// the client asked for it, when the first record is. `statement` and `context` outlive them.
/// Throws: SqlError 3948 (LOCAL is off), 1227, 1235 for formats that are not supported. The first record may throw also 13 (no such file), 29 (not
/// readable), 1085 (not a regular file), 3948 (the client refuses).
std::unique_ptr<executor::RecordSource> open_load_input(const sql::LoadDataStatement& statement,
                                                        StatementContext& context);

}  // namespace sluice::session
