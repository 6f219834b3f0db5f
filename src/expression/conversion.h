#pragma once

#include <string>

#include "types/convert.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::expression {

struct EvalContext;

/// How conversions inside an expression behave in `context`; borrows from it.
types::ConversionContext make_conversion_context(EvalContext& context);

/// Whether a value of `kind` can lie in a vector of `type`.
bool kind_fits(types::Value::Kind kind, types::PhysicalType type) noexcept;

/// The type that a bare value has when nothing else is known: bigint, double, decimal(p, s), varchar...
types::FieldType natural_type(const types::Value& value);

/// Whether the text of `value` is ASCII for certain.
bool is_ascii_value(const types::Value& value) noexcept;

/// The target type as EXPLAIN shows it in a cast: "double BINARY", "decimal(10,2) BINARY", "var_string(5)".
std::string cast_type_text(const types::FieldType& type);

}  // namespace sluice::expression
