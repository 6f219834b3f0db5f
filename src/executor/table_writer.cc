#include "executor/table_writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "codec/datum.h"
#include "executor/record_lock.h"
#include "expression/eval_context.h"
#include "kv/transaction.h"
#include "types/value_text.h"

namespace sluice::executor {

using catalog::IndexInfo;
using catalog::SchemaState;

struct TableWriter::Index {
  const IndexInfo* info;
  catalog::IndexEncoder encoder;
  bool written;       // new entries are put
  bool reorganizing;  // its backfill has yet to run: catalog/schema_state.h, rules 1-3

  /// The row's entry: whole key and value.
  struct Entry {
    std::string key;
    std::string value;
    bool distinct = false;
  };
  Entry entry_of(const EncodedRow& row) const {
    Entry entry;
    entry.key = encoder.prefix();
    entry.distinct = encoder.append_entry(row.record, row.handle, row.computed, entry.key, entry.value).distinct;
    return entry;
  }
};

namespace {

bool is_in_common_handle(const catalog::TableInfo& table, int offset) {
  if (!table.is_common_handle) return false;
  const auto& parts = table.primary_index()->columns;
  return std::any_of(parts.begin(), parts.end(),
                     [&](const catalog::IndexColumn& part) { return part.offset == offset; });
}

/// Whether the clustered key alone gives the column back, so that the record need not hold it.
bool is_held_by_handle(const catalog::TableInfo& table, const catalog::ColumnInfo& column) {
  if (table.pk_is_handle) return table.handle_column() == &column;
  if (!is_in_common_handle(table, column.offset)) return false;
  if (codec::needs_restored_data(column.type)) return false;
  const auto& parts = table.primary_index()->columns;
  return std::none_of(parts.begin(), parts.end(), [&](const catalog::IndexColumn& part) {
    return part.offset == column.offset && part.is_prefix();
  });
}

}  // namespace

TableWriter::TableWriter(ExecutionContext& context, const catalog::TableInfo& table)
    : context_(&context), table_(&table) {
  SLUICE_CHECK(context.transaction != nullptr, "table {} cannot be written without a transaction", table.name.original);
  for (const IndexInfo& index : table.indexes) {
    if (index.state == SchemaState::kNone || !table.is_stored(index)) continue;
    const bool reorganizing = index.state == SchemaState::kWriteOnly ||
                              index.state == SchemaState::kWriteReorganization ||
                              index.state == SchemaState::kDeleteOnly;
    indexes_.push_back(
        Index{&index, catalog::IndexEncoder(table, index), catalog::is_written(index.state), reorganizing});
  }
}

TableWriter::~TableWriter() = default;
TableWriter::TableWriter(TableWriter&&) noexcept = default;

codec::Handle TableWriter::handle_of(const RowValues& row, std::int64_t row_id) const {
  if (table_->pk_is_handle) {
    const types::Value& value = row[static_cast<std::size_t>(table_->handle_column()->offset)];
    return codec::Handle(value.kind() == types::Value::Kind::kUInt64 ? static_cast<std::int64_t>(value.as_uint64())
                                                                     : value.as_int64());
  }
  if (!table_->is_common_handle) return codec::Handle(row_id);
  std::string encoded;
  for (const catalog::IndexColumn& part : table_->primary_index()->columns) {
    const types::FieldType& type = table_->columns[static_cast<std::size_t>(part.offset)].type;
    const types::Value& value = row[static_cast<std::size_t>(part.offset)];
    if (part.is_prefix() && value.kind() == types::Value::Kind::kString) {
      codec::append_key_string(codec::index_prefix_of(value.as_string(), type, part.length), type.collation, encoded);
    } else {
      codec::append_key_datum(value, type, context_->worker.eval.time_zone, encoded);
    }
  }
  return codec::Handle::common(std::move(encoded));
}

void TableWriter::append_values(const RowValues& row) {
  const types::TimeZone* zone = context_->worker.eval.time_zone;
  for (const catalog::ColumnInfo& column : table_->columns) {
    if (!catalog::is_written(column.state) || column.is_virtual() || is_held_by_handle(*table_, column)) continue;
    const types::Value& value = row[static_cast<std::size_t>(column.offset)];
    if (value.is_null()) {
      // NULL is what an absent column reads as, unless ADD COLUMN gave it another default.
      if (column.origin_default) row_writer_.add_null(column.id);
      continue;
    }
    row_writer_.add_value(column.id, value, column.type, zone);
  }
}

EncodedRow TableWriter::encode(const RowValues& row, std::int64_t row_id) {
  return encode_with_handle(row, handle_of(row, row_id));
}

EncodedRow TableWriter::encode_with_handle(const RowValues& row, const codec::Handle& handle) {
  SLUICE_CHECK(row.size() == table_->columns.size(), "a row of {} values for {} columns", row.size(),
               table_->columns.size());
  EncodedRow encoded;
  encoded.handle = handle;
  encoded.record_key = codec::record_key(table_->id, handle);
  append_values(row);
  row_writer_.finish(encoded.record);
  for (const catalog::ColumnInfo& column : table_->columns) {
    if (!column.is_virtual()) continue;
    const types::Value& value = row[static_cast<std::size_t>(column.offset)];
    catalog::ComputedColumn computed{column.id, value.is_null(), {}};
    if (!value.is_null()) {
      std::string one_column;
      row_writer_.add_value(column.id, value, column.type, context_->worker.eval.time_zone);
      row_writer_.finish(one_column);
      std::string_view raw;
      const codec::RowReader::Found found = codec::RowReader(one_column).find(column.id, raw);
      SLUICE_CHECK(found == codec::RowReader::Found::kValue, "a computed column was not encoded");
      computed.raw = raw;
    }
    encoded.computed.push_back(std::move(computed));
  }
  return encoded;
}

void TableWriter::append_unique_keys(const EncodedRow& row, std::vector<std::string>& keys) const {
  keys.push_back(row.record_key);
  for (const Index& index : indexes_) {
    if (!index.info->unique || !index.written) continue;
    Index::Entry entry = index.entry_of(row);
    if (entry.distinct) keys.push_back(std::move(entry.key));
  }
}

DuplicateKey TableWriter::duplicate(const IndexInfo* index, std::string record_key, const RowValues& values) const {
  DuplicateKey found;
  found.index = index;
  found.record_key = std::move(record_key);
  found.key_name = table_->name.original + "." + (index == nullptr ? "PRIMARY" : index->name.original);
  const auto append = [&](int offset, int length) {
    const types::FieldType& type = table_->columns[static_cast<std::size_t>(offset)].type;
    const types::Value& value = values[static_cast<std::size_t>(offset)];
    if (!found.entry_text.empty()) found.entry_text += "-";
    found.entry_text +=
        value.kind() == types::Value::Kind::kString
            ? types::format_key_value(types::Value(codec::index_prefix_of(value.as_string(), type, length)), type)
            : types::format_key_value(value, type);
  };
  if (index == nullptr) {
    if (table_->handle_column() != nullptr) append(table_->handle_column()->offset, catalog::kFullLength);
  } else {
    for (const catalog::IndexColumn& part : index->columns) append(part.offset, part.length);
  }
  return found;
}

bool TableWriter::same_row_still_has(const Index& index, const std::string& record_key, std::string_view entry_key) {
  std::string record;
  if (!context_->transaction->get_current(record_key, record, context_->worker.stop)) return false;
  EncodedRow row;
  row.record = std::move(record);
  std::int64_t table_id = 0;
  const bool is_record = codec::decode_record_key(record_key, table_id, row.handle);
  SLUICE_CHECK(is_record, "an index entry names no record");
  return index.entry_of(row).key == entry_key;
}

std::optional<DuplicateKey> TableWriter::find_duplicate(const EncodedRow& row, const RowValues& values,
                                                        std::string_view own_record_key) {
  std::string value;
  if (row.record_key != own_record_key &&
      context_->transaction->get_current(row.record_key, value, context_->worker.stop)) {
    return duplicate(table_->is_common_handle ? table_->primary_index() : nullptr, row.record_key, values);
  }
  for (const Index& index : indexes_) {
    if (!index.info->unique || !index.written) continue;
    const Index::Entry entry = index.entry_of(row);
    if (!entry.distinct || !context_->transaction->get_current(entry.key, value, context_->worker.stop)) continue;
    std::string holder = codec::record_key(table_->id, catalog::entry_handle(*table_, *index.info, entry.key, value));
    if (holder == own_record_key) continue;
    // While the index is being built an entry may be left over from a row that has changed since.
    if (index.reorganizing && !same_row_still_has(index, holder, entry.key)) continue;
    return duplicate(index.info, std::move(holder), values);
  }
  return std::nullopt;
}

void TableWriter::put_entry(const Index& index, const EncodedRow& row) {
  const Index::Entry entry = index.entry_of(row);
  context_->transaction->put(entry.key, entry.value);
  if (index.reorganizing && entry.distinct) context_->transaction->put(catalog::touched_key(entry.key), {});
}

void TableWriter::remove_entry(const Index& index, const EncodedRow& row) {
  const Index::Entry entry = index.entry_of(row);
  if (index.reorganizing && entry.distinct) {
    lock_unread(*context_, {&entry.key, 1}, {});
    std::string value;
    if (context_->transaction->get_current(entry.key, value, context_->worker.stop) &&
        catalog::entry_handle(*table_, *index.info, entry.key, value) != row.handle) {
      return;  // the entry belongs to another row
    }
  }
  context_->transaction->erase(entry.key);
}

void TableWriter::insert(const EncodedRow& row) {
  context_->transaction->put(row.record_key, row.record);
  for (const Index& index : indexes_) {
    if (index.written) put_entry(index, row);
  }
}

void TableWriter::remove(const EncodedRow& row) {
  context_->transaction->erase(row.record_key);
  for (const Index& index : indexes_) remove_entry(index, row);
}

void TableWriter::replace(const EncodedRow& from, const EncodedRow& to) {
  SLUICE_CHECK(from.record_key == to.record_key, "a row changed its handle in place");
  if (from.record != to.record) context_->transaction->put(to.record_key, to.record);
  for (const Index& index : indexes_) {
    const Index::Entry before = index.entry_of(from);
    const Index::Entry after = index.entry_of(to);
    const bool moves = before.key != after.key;
    if (moves || !index.written) remove_entry(index, from);
    if (index.written && (moves || before.value != after.value)) put_entry(index, to);
  }
}

}  // namespace sluice::executor
