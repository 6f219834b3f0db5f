/// The SQL mode under which every date that a column may hold is one.
#pragma once

#include "types/sql_mode.h"

namespace sluice::types {

/// For conversions to what is stored already or is looked for among it: zero dates, zero parts and invalid days may have been
/// written under another mode than the statement's.
inline constexpr SqlMode kStoredDatesMode{SqlMode::kAllowInvalidDates};

}  // namespace sluice::types
