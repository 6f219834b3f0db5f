#include "executor/handle_builder.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/table_info.h"
#include "codec/datum.h"
#include "vector/chunk.h"

namespace sluice::executor {

HandleBuilder::HandleBuilder(const catalog::TableInfo& table, std::vector<int> positions)
    : table_(table), positions_(std::move(positions)) {
  SLUICE_CHECK(!positions_.empty(), "table {} has no handle columns in the plan", table.name.original);
}

bool HandleBuilder::is_null(const vector::Chunk& chunk, std::size_t row) const {
  return std::any_of(positions_.begin(), positions_.end(),
                     [&](int position) { return chunk.columns[static_cast<std::size_t>(position)].is_null(row); });
}

codec::Handle HandleBuilder::handle(const vector::Chunk& chunk, std::size_t row, const types::TimeZone* zone) const {
  if (!table_.is_common_handle) {
    // Signed and unsigned handles have the same bits.
    const vector::ColumnVector& column = chunk.columns[static_cast<std::size_t>(positions_.front())];
    return codec::Handle(column.at<std::int64_t>(row));
  }
  const catalog::IndexInfo& primary = *table_.primary_index();
  std::string encoded;
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    const catalog::IndexColumn& part = primary.columns[i];
    const types::FieldType& type = table_.columns[static_cast<std::size_t>(part.offset)].type;
    const vector::ColumnVector& column = chunk.columns[static_cast<std::size_t>(positions_[i])];
    if (column.holds_strings()) {
      codec::append_key_string(codec::index_prefix_of(column.string_at(row), type, part.length), type.collation,
                               encoded);
    } else {
      codec::append_key_datum(column.value_at(row), type, zone, encoded);
    }
  }
  return codec::Handle::common(std::move(encoded));
}

std::string HandleBuilder::key(const vector::Chunk& chunk, std::size_t row, const types::TimeZone* zone) const {
  return codec::record_key(table_.id, handle(chunk, row, zone));
}

}  // namespace sluice::executor
