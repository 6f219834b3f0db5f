#include "codec/old_row.h"

#include "codec/datum.h"
#include "codec/number.h"
#include "codec/value_datum.h"

namespace sluice::codec {

bool split_old_row(std::string_view row, std::vector<OldRowColumn>& columns) {
  columns.clear();
  if (row.size() == 1 && row.front() == kDatumNull) return true;
  while (!row.empty()) {
    if (row.front() != kDatumVarint) return false;
    row.remove_prefix(1);
    OldRowColumn column{};
    if (!decode_varint(row, column.id) || !skip_value_datum(row, &column.datum)) return false;
    columns.push_back(column);
  }
  return true;
}

}  // namespace sluice::codec
