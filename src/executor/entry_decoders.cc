#include "executor/entry_decoders.h"

#include <optional>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/default_value.h"
#include "catalog/index_encoder.h"
#include "catalog/table_info.h"
#include "codec/datum.h"
#include "codec/index_value.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "executor/column_loader.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

using types::PhysicalType;

const types::FieldType& row_id_type() {
  static const types::FieldType type = [] {
    types::FieldType row_id;
    row_id.code = types::TypeCode::kLongLong;
    row_id.flags = types::field_flag::kNotNull;
    row_id.collation = types::default_collation();
    return row_id;
  }();
  return type;
}

[[noreturn]] void throw_corrupt(const catalog::TableInfo& table, std::string_view key) {
  throw SqlError::with_message(ErrorCode::kUnknownError, "corrupt data in table '" + table.name.original +
                                                             "' at a key of " + std::to_string(key.size()) + " bytes");
}

/// Fills the virtual columns of a chunk from the others.
void compute_virtual_columns(const std::vector<planner::VirtualColumn>& virtual_columns, vector::Chunk& out,
                             WorkerContext& worker) {
  for (const planner::VirtualColumn& column : virtual_columns) {
    vector::ColumnVector values(out.columns[static_cast<std::size_t>(column.position)].type());
    column.expression->evaluate(worker.eval, out, values);
    values.flatten();
    out.columns[static_cast<std::size_t>(column.position)] = std::move(values);
  }
}

/// One output column of a record.
struct RecordColumn {
  enum class Source : std::uint8_t { kValue, kIntHandle, kCommonHandle, kVirtual };
  Source source = Source::kValue;
  std::int64_t column_id = 0;
  const types::FieldType* type = nullptr;
  PhysicalType physical = PhysicalType::kInt64;
  std::size_t handle_part = 0;  // kCommonHandle: which key column; used when the value itself is not stored
  types::Value absent_value;    // origin default, TIMESTAMP in UTC
};

/// A copy of a column id set as in the clustered primary key: position in the key, or nothing.
std::optional<std::size_t> primary_key_part(const catalog::TableInfo& table, int offset) {
  const catalog::IndexInfo* primary = table.is_common_handle ? table.primary_index() : nullptr;
  if (primary == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < primary->columns.size(); ++i) {
    if (primary->columns[i].offset == offset) return i;
  }
  return std::nullopt;
}

void store_value(const types::Value& value, const RecordColumn& column, const types::TimeZone* zone,
                 vector::ColumnVector& out, std::size_t row) {
  switch (value.kind()) {
    case types::Value::Kind::kNull:
      out.set_null(row);
      break;
    case types::Value::Kind::kInt64:
      out.values<std::int64_t>()[row] = value.as_int64();
      break;
    case types::Value::Kind::kUInt64:
      out.values<std::uint64_t>()[row] = value.as_uint64();
      break;
    case types::Value::Kind::kDouble:
      out.values<double>()[row] = value.as_double();
      break;
    case types::Value::Kind::kDecimal:
      out.values<types::Decimal>()[row] = value.as_decimal();
      break;
    case types::Value::Kind::kDuration:
      out.values<types::Duration>()[row] = value.as_duration();
      break;
    case types::Value::Kind::kString:
      out.set_string(row, value.as_string());
      break;
    case types::Value::Kind::kJson:
      out.set_string(row, value.as_json().binary());
      break;
    case types::Value::Kind::kTime: {
      types::Time time = value.as_time();
      if (column.type->code == types::TypeCode::kTimestamp && zone != nullptr)
        time = types::timestamp_from_utc(time, zone);
      out.values<types::Time>()[row] = time;
      break;
    }
  }
}

class RecordDecoder final : public EntryDecoder {
 public:
  RecordDecoder(const planner::TableReference& source, const std::vector<int>& column_offsets,
                const std::vector<planner::VirtualColumn>& virtual_columns)
      : table_(*source.table), virtual_columns_(virtual_columns) {
    for (const int offset : column_offsets) add_column(offset);
    for (const planner::VirtualColumn& column : virtual_columns) {
      columns_[static_cast<std::size_t>(column.position)].source = RecordColumn::Source::kVirtual;
    }
    for (const RecordColumn& column : columns_) {
      needs_values_ = needs_values_ || column.source == RecordColumn::Source::kValue ||
                      column.source == RecordColumn::Source::kCommonHandle;
      types_.push_back(column.physical);
    }
  }

  std::span<const PhysicalType> output_types() const noexcept override { return types_; }
  bool needs_values() const noexcept override { return needs_values_; }

  void decode(std::span<const kv::KeyValue> entries, vector::Chunk& out, WorkerContext& worker) override {
    const types::TimeZone* zone = worker.eval.time_zone;
    for (vector::ColumnVector& column : out.columns) column.resize(entries.size());
    out.row_count = entries.size();
    for (std::size_t row = 0; row < entries.size(); ++row) decode_row(entries[row], out, row, zone);
    compute_virtual_columns(virtual_columns_, out, worker);
  }

 private:
  void add_column(int offset) {
    RecordColumn column;
    if (offset == planner::kRowIdOffset) {
      column.source = RecordColumn::Source::kIntHandle;
      column.type = &row_id_type();
    } else {
      const catalog::ColumnInfo& info = table_.columns[static_cast<std::size_t>(offset)];
      column.column_id = info.id;
      column.type = &info.type;
      if (table_.pk_is_handle && table_.handle_column() == &info) {
        column.source = RecordColumn::Source::kIntHandle;
      } else if (const auto part = primary_key_part(table_, offset)) {
        column.source = RecordColumn::Source::kCommonHandle;
        column.handle_part = *part;
      } else {
        column.absent_value = catalog::origin_default_value(info);
      }
    }
    column.physical = types::physical_type(*column.type);
    columns_.push_back(std::move(column));
  }

  void decode_row(const kv::KeyValue& entry, vector::Chunk& out, std::size_t row, const types::TimeZone* zone) {
    if (needs_values_) {
      reader_.reset(entry.value);
      if (!reader_.is_valid()) throw_corrupt(table_, entry.key);
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const RecordColumn& column = columns_[i];
      switch (column.source) {
        case RecordColumn::Source::kVirtual:
          break;
        case RecordColumn::Source::kIntHandle: {
          std::int64_t handle = 0;
          if (!codec::decode_int_handle(entry.key, handle)) throw_corrupt(table_, entry.key);
          // An unsigned key keeps its bits in the signed handle.
          if (column.physical == PhysicalType::kUInt64) {
            out.columns[i].values<std::uint64_t>()[row] = static_cast<std::uint64_t>(handle);
          } else {
            out.columns[i].values<std::int64_t>()[row] = handle;
          }
          break;
        }
        case RecordColumn::Source::kCommonHandle:
        case RecordColumn::Source::kValue:
          load_stored(column, entry, out.columns[i], row, zone);
          break;
      }
    }
  }

  void load_stored(const RecordColumn& column, const kv::KeyValue& entry, vector::ColumnVector& out, std::size_t row,
                   const types::TimeZone* zone) {
    std::string_view raw;
    switch (reader_.find(column.column_id, raw)) {
      case codec::RowReader::Found::kValue:
        if (!load_row_value(raw, *column.type, column.physical, zone, out, row)) throw_corrupt(table_, entry.key);
        return;
      case codec::RowReader::Found::kNull:
        out.set_null(row);
        return;
      case codec::RowReader::Found::kCorrupt:
        throw_corrupt(table_, entry.key);
      case codec::RowReader::Found::kAbsent:
        break;
    }
    if (column.source == RecordColumn::Source::kCommonHandle) {
      store_value(handle_value(column, entry.key, zone), column, nullptr, out, row);
    } else {
      store_value(column.absent_value, column, zone, out, row);
    }
  }

  types::Value handle_value(const RecordColumn& column, std::string_view key, const types::TimeZone* zone) const {
    if (key.size() < codec::kRecordPrefixBytes) throw_corrupt(table_, key);
    std::string_view rest = key.substr(codec::kRecordPrefixBytes);
    for (std::size_t i = 0; i < column.handle_part; ++i) {
      if (!codec::skip_key_datum(rest)) throw_corrupt(table_, key);
    }
    types::Value value;
    if (!codec::decode_key_datum(rest, *column.type, zone, value)) throw_corrupt(table_, key);
    return value;
  }

  const catalog::TableInfo& table_;
  const std::vector<planner::VirtualColumn>& virtual_columns_;
  std::vector<RecordColumn> columns_;
  std::vector<PhysicalType> types_;
  bool needs_values_ = false;
  codec::RowReader reader_;
};

/// One output column of an index entry: a part of the indexed columns or of the handle.
struct EntryColumn {
  enum class Source : std::uint8_t { kKeyPart, kIntHandle, kHandlePart, kVirtual };
  Source source = Source::kKeyPart;
  std::int64_t column_id = 0;
  const types::FieldType* type = nullptr;
  PhysicalType physical = PhysicalType::kInt64;
  std::size_t part = 0;
  bool restored = false;  // the key holds a sort key: the value is in the entry's restored data
};

class IndexDecoder final : public EntryDecoder {
 public:
  IndexDecoder(const planner::TableReference& source, const catalog::IndexInfo& index,
               const std::vector<int>& column_offsets, const std::vector<planner::VirtualColumn>& virtual_columns)
      : table_(*source.table), index_(index), virtual_columns_(virtual_columns) {
    for (const int offset : column_offsets) add_column(offset);
    for (const planner::VirtualColumn& column : virtual_columns) {
      columns_[static_cast<std::size_t>(column.position)].source = EntryColumn::Source::kVirtual;
    }
    for (const EntryColumn& column : columns_) {
      needs_values_ = needs_values_ || column.restored;
      // The handle of a distinct entry is in its value.
      if (column.source == EntryColumn::Source::kIntHandle || column.source == EntryColumn::Source::kHandlePart) {
        needs_handle_ = true;
        needs_values_ = needs_values_ || index_.unique;
      }
      types_.push_back(column.physical);
    }
    parts_.resize(index_.columns.size());
  }

  std::span<const PhysicalType> output_types() const noexcept override { return types_; }
  bool needs_values() const noexcept override { return needs_values_; }

  void decode(std::span<const kv::KeyValue> entries, vector::Chunk& out, WorkerContext& worker) override {
    const types::TimeZone* zone = worker.eval.time_zone;
    for (vector::ColumnVector& column : out.columns) column.resize(entries.size());
    out.row_count = entries.size();
    for (std::size_t row = 0; row < entries.size(); ++row) decode_entry(entries[row], out, row, zone);
    compute_virtual_columns(virtual_columns_, out, worker);
  }

 private:
  void add_column(int offset) {
    EntryColumn column;
    if (offset == planner::kRowIdOffset) {
      column.source = EntryColumn::Source::kIntHandle;
      column.type = &row_id_type();
      column.physical = PhysicalType::kInt64;
      columns_.push_back(column);
      return;
    }
    const catalog::ColumnInfo& info = table_.columns[static_cast<std::size_t>(offset)];
    column.column_id = info.id;
    column.type = &info.type;
    column.physical = types::physical_type(info.type);
    column.restored = codec::needs_restored_data(info.type);
    bool found = false;
    for (std::size_t i = 0; i < index_.columns.size() && !found; ++i) {
      if (index_.columns[i].offset != offset || index_.columns[i].is_prefix()) continue;
      column.source = EntryColumn::Source::kKeyPart;
      column.part = i;
      found = true;
    }
    if (!found && table_.pk_is_handle && table_.handle_column() == &info) {
      column.source = EntryColumn::Source::kIntHandle;
      column.restored = false;
      found = true;
    }
    if (!found) {
      if (const auto part = primary_key_part(table_, offset)) {
        column.source = EntryColumn::Source::kHandlePart;
        column.part = *part;
        found = true;
      }
    }
    SLUICE_CHECK(found || info.is_virtual(), "index {} does not hold column {}", index_.name.original,
                 info.name.original);
    columns_.push_back(column);
  }

  void decode_entry(const kv::KeyValue& entry, vector::Chunk& out, std::size_t row, const types::TimeZone* zone) {
    if (entry.key.size() < codec::kIndexPrefixBytes) throw_corrupt(table_, entry.key);
    std::string_view rest = entry.key.substr(codec::kIndexPrefixBytes);
    for (std::string_view& part : parts_) {
      if (!codec::skip_key_datum(rest, &part)) throw_corrupt(table_, entry.key);
    }
    std::optional<codec::IndexValueView> value;
    if (needs_values_) {
      value = codec::decode_index_value(entry.value);
      if (!value) throw_corrupt(table_, entry.key);
    }
    codec::Handle handle;
    if (needs_handle_ && index_.unique) {
      handle = catalog::entry_handle(table_, index_, entry.key, entry.value);
    } else if (needs_handle_) {
      // Not distinct: the key ends with the handle, and the value need not have been read.
      const codec::HandleKind kind = table_.is_common_handle ? codec::HandleKind::kCommon : codec::HandleKind::kInt;
      if (!codec::decode_index_key_handle(rest, kind, handle)) throw_corrupt(table_, entry.key);
    }
    for (std::size_t i = 0; i < columns_.size(); ++i)
      decode_column(columns_[i], entry, value, handle, out.columns[i], row, zone);
  }

  void decode_column(const EntryColumn& column, const kv::KeyValue& entry,
                     const std::optional<codec::IndexValueView>& value, const codec::Handle& handle,
                     vector::ColumnVector& out, std::size_t row, const types::TimeZone* zone) const {
    switch (column.source) {
      case EntryColumn::Source::kVirtual:
        return;
      case EntryColumn::Source::kIntHandle:
        if (column.physical == PhysicalType::kUInt64) {
          out.values<std::uint64_t>()[row] = static_cast<std::uint64_t>(handle.int_value());
        } else {
          out.values<std::int64_t>()[row] = handle.int_value();
        }
        return;
      case EntryColumn::Source::kKeyPart:
        load_datum(column, parts_[column.part], entry, value, out, row, zone);
        return;
      case EntryColumn::Source::kHandlePart: {
        std::string_view rest = handle.common_bytes();
        std::string_view part;
        for (std::size_t i = 0; i <= column.part; ++i) {
          if (!codec::skip_key_datum(rest, &part)) throw_corrupt(table_, entry.key);
        }
        load_datum(column, part, entry, value, out, row, zone);
        return;
      }
    }
  }

  void load_datum(const EntryColumn& column, std::string_view datum, const kv::KeyValue& entry,
                  const std::optional<codec::IndexValueView>& value, vector::ColumnVector& out, std::size_t row,
                  const types::TimeZone* zone) const {
    if (datum.front() == codec::kDatumNull) {
      out.set_null(row);
      return;
    }
    // Signed and unsigned integers, the common case, without a boxed value.
    if (column.physical == PhysicalType::kInt64 && datum.front() == codec::kDatumInt && datum.size() == 9) {
      out.values<std::int64_t>()[row] =
          static_cast<std::int64_t>(codec::load_big_endian(datum.data() + 1) ^ codec::kSignBit);
      return;
    }
    types::Value decoded;
    if (!codec::decode_key_datum(datum, *column.type, zone, decoded)) throw_corrupt(table_, entry.key);
    if (column.restored) {
      std::string text;
      if (!value || !codec::restore_string(column.column_id, *column.type, decoded.as_string(), *value, text))
        throw_corrupt(table_, entry.key);
      out.set_string(row, text);
      return;
    }
    RecordColumn target;
    target.type = column.type;
    store_value(decoded, target, nullptr, out, row);
  }

  const catalog::TableInfo& table_;
  const catalog::IndexInfo& index_;
  const std::vector<planner::VirtualColumn>& virtual_columns_;
  std::vector<EntryColumn> columns_;
  std::vector<PhysicalType> types_;
  bool needs_values_ = false;
  bool needs_handle_ = false;
  std::vector<std::string_view> parts_;
};

}  // namespace

std::unique_ptr<EntryDecoder> make_record_decoder(const planner::TableReference& source,
                                                  const std::vector<int>& column_offsets,
                                                  const std::vector<planner::VirtualColumn>& virtual_columns) {
  return std::make_unique<RecordDecoder>(source, column_offsets, virtual_columns);
}

std::unique_ptr<EntryDecoder> make_index_decoder(const planner::TableReference& source, const catalog::IndexInfo& index,
                                                 const std::vector<int>& column_offsets,
                                                 const std::vector<planner::VirtualColumn>& virtual_columns) {
  return std::make_unique<IndexDecoder>(source, index, column_offsets, virtual_columns);
}

}  // namespace sluice::executor
