#include "session/row_set.h"

#include "types/collation.h"
#include "vector/chunk.h"

namespace sluice::session {

void RowSet::add_column(std::string_view name, const types::FieldType& type) {
  ResultColumn column;
  column.name = name;
  column.type = type;
  columns_.push_back(std::move(column));
}

void RowSet::add_text_column(std::string_view name, int length) {
  types::FieldType type;
  type.code = types::TypeCode::kVarString;
  type.flen = length;
  type.collation = types::default_collation();
  add_column(name, type);
}

void RowSet::add_integer_column(std::string_view name) {
  types::FieldType type;
  type.code = types::TypeCode::kLongLong;
  type.flen = 21;
  type.decimals = 0;
  type.collation = types::binary_collation();
  add_column(name, type);
}

void RowSet::add_unsigned_column(std::string_view name) {
  add_integer_column(name);
  columns_.back().type.flags |= types::field_flag::kUnsigned;
}

void RowSet::add_datetime_column(std::string_view name) {
  types::FieldType type;
  type.code = types::TypeCode::kDatetime;
  type.flen = 19;
  type.decimals = 0;
  type.collation = types::binary_collation();
  add_column(name, type);
}

void RowSet::add_text_row(const std::vector<std::string>& row) {
  std::vector<types::Value> values;
  for (const std::string& text : row) values.emplace_back(std::string_view(text));
  rows_.push_back(std::move(values));
}

void RowSet::send(ResultWriter& writer, StopToken stop) const {
  writer.begin_result(columns_);
  std::vector<types::PhysicalType> types;
  for (const ResultColumn& column : columns_) types.push_back(types::physical_type(column.type));
  vector::Chunk chunk(types);
  const auto flush = [&] {
    if (chunk.row_count > 0) writer.rows(chunk, stop);
    chunk.clear();
  };
  for (const std::vector<types::Value>& row : rows_) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (row[c].is_null()) {
        chunk.columns[c].append_null();
      } else {
        chunk.columns[c].append_value(row[c]);
      }
    }
    if (++chunk.row_count == vector::kRowsPerChunk) {
      stop.poll();
      flush();
    }
  }
  flush();
}

}  // namespace sluice::session
