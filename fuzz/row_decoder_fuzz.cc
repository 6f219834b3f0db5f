// Rows, record and index keys, index values and their parts from arbitrary bytes.
//
// The first byte chooses the decoder and the column type; the rest is the input, copied to its own allocation so that the address
// sanitizer sees every read beyond it. What decodes must encode again to bytes that decode to the same value.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/sql_error.h"
#include "codec/datum.h"
#include "codec/index_key.h"
#include "codec/index_value.h"
#include "codec/meta_key.h"
#include "codec/old_row.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "codec/temp_index.h"
#include "codec/value_datum.h"
#include "types/collation.h"
#include "types/value_text.h"

namespace sluice::codec {
namespace {

using types::FieldType;
using types::TypeCode;
using types::Value;

const std::vector<FieldType>& column_types() {
  static const std::vector<FieldType> kTypes = {
      FieldType::bigint(),
      FieldType::bigint_unsigned(),
      FieldType::double_precision(),
      FieldType::decimal(20, 6),
      FieldType::datetime(6),
      FieldType::time(6),
      FieldType::json(),
      FieldType::year(),
      FieldType::varbinary(20),
      FieldType::varchar(20, types::utf8mb4_bin()),
      FieldType::varchar(20, types::find_collation("utf8mb4_general_ci")),
  };
  return kTypes;
}

void require(bool condition) {
  if (!condition) std::abort();
}

/// A view that a decoder returns lies within its input.
void require_inside(std::string_view raw, std::string_view input) {
  require(raw.empty() || (raw.data() >= input.data() && raw.data() + raw.size() <= input.data() + input.size()));
}

void check_value(std::string_view raw, const FieldType& type) {
  Value value;
  try {
    value = decode_row_value(raw, type, nullptr);
  } catch (const SqlError&) {
    return;
  }
  std::string text;
  types::append_value_text(value, type, text);
  RowWriter writer;
  writer.add_value(1, value, type, nullptr);
  std::string row;
  writer.finish(row);
  std::string_view again;
  require(RowReader(row).find(1, again) == RowReader::Found::kValue);
  require(decode_row_value(again, type, nullptr) == value || value.kind() == Value::Kind::kDouble ||
          value.kind() == Value::Kind::kDecimal);
}

void check_row(std::string_view input, const FieldType& type) {
  const RowReader reader(input);
  for (std::size_t i = 0; i < reader.not_null_count() && i < 64; ++i) {
    std::int64_t id;
    std::string_view raw;
    if (!reader.column_at(i, id, raw)) continue;
    require_inside(raw, input);
    check_value(raw, type);
    std::string key;
    if (append_index_column_from_row({type, 5}, raw, key)) {
      std::string_view in = key;
      require(skip_key_datum(in) && in.empty());
    }
  }
  for (std::int64_t id : {-1, 0, 1, 2, 255, 256, 300}) {
    std::string_view raw;
    if (reader.find(id, raw) == RowReader::Found::kValue) require_inside(raw, input);
  }
  reader.verify_checksum("key");
  std::vector<OldRowColumn> columns;
  if (!split_old_row(input, columns)) return;
  for (const OldRowColumn& column : columns) {
    require_inside(column.datum, input);
    std::string_view in = column.datum;
    Value value;
    if (decode_value_datum(in, type, nullptr, value)) require_inside(in, input);
  }
}

void check_key(std::string_view input, const FieldType& type) {
  std::int64_t table_id;
  Handle handle;
  if (decode_record_key(input, table_id, handle)) require(record_key(table_id, handle) == input);
  std::vector<std::string_view> datums;
  std::string_view rest;
  if (split_index_key(input, 2, datums, rest)) {
    for (const std::string_view datum : datums) require_inside(datum, input);
    require_inside(rest, input);
    for (const HandleKind kind : {HandleKind::kInt, HandleKind::kCommon}) {
      if (decode_index_key_handle(rest, kind, handle)) require(handle.is_int() == (kind == HandleKind::kInt));
    }
  }
  std::string_view in = input;
  Value value;
  if (decode_key_datum(in, type, nullptr, value)) require_inside(in, input);
  std::string key;
  std::string field;
  if (decode_meta_hash_field_key(input, key, field)) require(meta_hash_field_key(key, field) == input);
}

void check_index_value(std::string_view input, const FieldType& type) {
  if (const auto elements = decode_temp_index_value(input)) {
    std::string again;
    for (const TempIndexElement& element : *elements) {
      require_inside(element.index_value, input);
      append_temp_index_element(element, again);
    }
  }
  const std::optional<IndexValueView> view = decode_index_value(input);
  if (!view) return;
  require_inside(view->restored_row, input);
  std::string text;
  if (restore_string(3, type, "sort key", *view, text)) require(text.size() < input.size() + (1u << 30) + 16);
}

}  // namespace
}  // namespace sluice::codec

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::codec;
  if (size == 0) return 0;
  const std::size_t choice = data[0];
  const auto exact = std::make_unique<char[]>(size - 1);
  std::copy(data + 1, data + size, exact.get());
  const std::string_view input(exact.get(), size - 1);
  const auto& type = column_types()[choice / 4 % column_types().size()];
  switch (choice % 4) {
    case 0:
      check_row(input, type);
      break;
    case 1:
      check_key(input, type);
      break;
    case 2:
      check_index_value(input, type);
      break;
    default:
      check_value(input, type);
  }
  return 0;
}
