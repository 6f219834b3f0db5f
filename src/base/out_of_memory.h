#pragma once

#include "base/sql_error.h"

namespace sluice {

/// What a client is told when memory that a statement needs cannot be had (std::bad_alloc): 1041.
///
/// Made when the program starts: telling it, and copying it, allocates nothing. Thread-safety: from any thread.
const SqlError& out_of_memory_error() noexcept;

}  // namespace sluice
