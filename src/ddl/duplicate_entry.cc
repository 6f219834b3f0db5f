#include "ddl/duplicate_entry.h"

#include <string>
#include <vector>

#include "catalog/default_value.h"
#include "catalog/index_encoder.h"
#include "codec/datum.h"
#include "codec/index_key.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "kv/snapshot.h"
#include "types/value_text.h"

namespace sluice::ddl {
namespace {

constexpr std::size_t kLongestValueText = 64;

// The value of one key part; NULL if neither row nor key tells it.
types::Value part_value(const catalog::TableInfo& table, const catalog::ColumnInfo& column, std::string_view row,
                        const codec::Handle& handle, std::string_view datum) {
  std::string_view raw;
  if (!row.empty() && codec::RowReader(row).find(column.id, raw) == codec::RowReader::Found::kValue) {
    return codec::decode_row_value(raw, column.type, nullptr);
  }
  if (table.handle_column() == &column) {
    return column.type.is_unsigned() ? types::Value(static_cast<std::uint64_t>(handle.int_value()))
                                     : types::Value(handle.int_value());
  }
  types::Value value;
  if (!codec::decode_key_datum(datum, column.type, nullptr, value)) return types::Value::null();
  return value;
}

}  // namespace

SqlError duplicate_entry(const catalog::TableInfo& table, const catalog::IndexInfo& index, std::string_view key,
                         std::string_view value, kv::Snapshot& snapshot, StopToken stop) {
  const codec::Handle handle = catalog::entry_handle(table, index, key, value);
  std::string row;
  if (!snapshot.get(codec::record_key(table.id, handle), row, stop)) row.clear();
  std::vector<std::string_view> datums;
  std::string_view rest;
  std::string text;
  if (codec::split_index_key(key, index.columns.size(), datums, rest)) {
    for (std::size_t i = 0; i < index.columns.size(); ++i) {
      const catalog::ColumnInfo* column = table.find_column(index.columns[i].name.lower);
      if (i > 0) text += '-';
      types::Value part = part_value(table, *column, row, handle, datums[i]);
      if (part.kind() == types::Value::Kind::kString)
        part = types::Value(codec::index_prefix_of(part.as_string(), column->type, index.columns[i].length));
      const std::string part_text = types::format_key_value(part, column->type);
      text += part_text.size() > kLongestValueText ? part_text.substr(0, kLongestValueText) : part_text;
    }
  }
  return SqlError(ErrorCode::kDupEntry, text, table.name.original + "." + index.name.original);
}

}  // namespace sluice::ddl
