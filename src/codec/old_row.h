// Rows in the format before version 2: pairs of column id and value, both as value datums; an empty row is one NULL datum.
//
//   columns 2 INT = 1, 3 VARCHAR = 'ab', 4 NULL:   08 04 | 08 02 | 08 06 | 02 04 61 62 | 08 08 | 00
//
// TiDB before 4.0 wrote it, and tables of that age still hold such rows; Sluice reads it and writes version 2 (row.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::codec {

/// Whether `row` is in the old format.
constexpr bool is_old_row(std::string_view row) noexcept {
  return !row.empty() && static_cast<unsigned char>(row.front()) != 0x80;
}

struct OldRowColumn {
  std::int64_t id;
  std::string_view datum;  // for decode_value_datum; borrows the row
};

/// The columns of `row` in the order in which they lie. False if it is malformed.
[[nodiscard]] bool split_old_row(std::string_view row, std::vector<OldRowColumn>& columns);

}  // namespace sluice::codec
