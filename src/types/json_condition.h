#pragma once

#include "types/json.h"

namespace sluice::types {

/// Whether `value` is a number equal to 0: the only document that is false as a condition. Strings, literals and containers are not.
bool is_json_zero(JsonView value) noexcept;

}  // namespace sluice::types
