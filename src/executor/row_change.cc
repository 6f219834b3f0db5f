#include "executor/row_change.h"

#include <algorithm>
#include <numeric>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "executor/entry_decoders.h"
#include "executor/record_lock.h"
#include "expression/eval_context.h"
#include "kv/transaction.h"

namespace sluice::executor {

RowFetcher::RowFetcher(ExecutionContext& context, const planner::TableReference& source, RowBuilder& builder)
    : context_(context), builder_(builder), offsets_(source.table->columns.size()) {
  std::iota(offsets_.begin(), offsets_.end(), 0);
  decoder_ = make_record_decoder(source, offsets_, no_virtual_columns_);
  chunk_ = vector::Chunk(decoder_->output_types());
}

std::optional<RowValues> RowFetcher::fetch(std::string_view record_key) {
  if (!context_.transaction->get_current(record_key, record_, context_.worker.stop)) return std::nullopt;
  const kv::KeyValue entry{record_key, record_};
  chunk_.clear();
  decoder_->decode({&entry, 1}, chunk_, context_.worker);
  RowValues row;
  for (const vector::ColumnVector& column : chunk_.columns) row.push_back(column.value_at(0));
  builder_.compute_generated(row, 1);
  return row;
}

SqlError duplicate_error(const DuplicateKey& duplicate) {
  return SqlError(ErrorCode::kDupEntry, duplicate.entry_text, duplicate.key_name);
}

RowChange change_row(ExecutionContext& context, TableWriter& writer, ForeignKeys& foreign_keys, const RowValues& from,
                     const codec::Handle& handle, const RowValues& to, BadValues bad_values) {
  if (from == to) return RowChange::kUnchanged;
  const EncodedRow before = writer.encode_with_handle(from, handle);
  const EncodedRow after = writer.has_row_id() ? writer.encode_with_handle(to, handle) : writer.encode(to, 0);
  std::vector<std::string> old_keys;
  std::vector<std::string> new_keys;
  writer.append_unique_keys(before, old_keys);
  writer.append_unique_keys(after, new_keys);
  std::sort(old_keys.begin(), old_keys.end());
  std::erase_if(new_keys,
                [&](const std::string& key) { return std::binary_search(old_keys.begin(), old_keys.end(), key); });
  if (!new_keys.empty()) {
    lock_unread(context, new_keys, {});
    if (const std::optional<DuplicateKey> duplicate = writer.find_duplicate(after, to, before.record_key)) {
      if (bad_values != BadValues::kIgnore) throw duplicate_error(*duplicate);
      context.worker.eval.warnings->append(duplicate_error(*duplicate));
      return RowChange::kIgnored;
    }
  }
  const auto write = [&](const EncodedRow& old_row, const EncodedRow& new_row) {
    if (old_row.record_key == new_row.record_key) {
      writer.replace(old_row, new_row);
    } else {
      writer.remove(old_row);
      writer.insert(new_row);
    }
  };
  write(before, after);
  foreign_keys.changed(writer.table(), from, to);
  if (const catalog::ColumnInfo* const ids = writer.table().auto_increment_column()) {
    const auto offset = static_cast<std::size_t>(ids->offset);
    if (to[offset] != from[offset]) pass_given_id(context, writer.table(), to);
  }
  if (bad_values == BadValues::kIgnore) {
    if (const std::optional<SqlError> refused = foreign_keys.last_row_refused()) {
      context.worker.eval.warnings->append(*refused);
      write(after, before);
      return RowChange::kIgnored;
    }
  }
  return RowChange::kChanged;
}

}  // namespace sluice::executor
