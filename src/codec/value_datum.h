// SQL values outside keys, in TiDB's compact value encoding: a flag byte, then a payload that does not order.
//
//   00 NULL   02 varint length ‖ bytes   05 float   06 decimal   08 varint (signed integers, YEAR, TIME)   09 uvarint (unsigned
//   integers, packed times, ENUM, SET, BIT)   0a JSON type ‖ body
//
// Rows in the old format consist of these (old_row.h).
#pragma once

#include <string>
#include <string_view>

#include "types/field_type.h"
#include "types/value.h"

namespace sluice::types {
class TimeZone;
}

namespace sluice::codec {

/// Appends a value of type `type`. TIMESTAMP is converted from `zone` (null: UTC) to UTC.
void append_value_datum(const types::Value& value, const types::FieldType& type, const types::TimeZone* zone,
                        std::string& out);

/// Takes one datum off the front of `in`; flags of keys (datum.h) are read too. False if the bytes are malformed or do not match the type.
[[nodiscard]] bool decode_value_datum(std::string_view& in, const types::FieldType& type, const types::TimeZone* zone,
                                      types::Value& out);

/// Takes one datum of any type off the front of `in`; `datum` (if not null) gets its bytes with the flag.
[[nodiscard]] bool skip_value_datum(std::string_view& in, std::string_view* datum = nullptr) noexcept;

}  // namespace sluice::codec
