#pragma once

#include <string>
#include <string_view>

#include "ddl/job.h"

namespace sluice::ddl {

/// The stored form of a job: TIDB-FACTS section 3.3, "Job", raw_args of version 2; the members `phase`, `synced`,
/// `stop_requested` and `clauses` are this program's own.
std::string to_stored(const Job& job);

/// Throws InternalError if `document` is not a job of this form.
Job parse_job(std::string_view document);

}  // namespace sluice::ddl
