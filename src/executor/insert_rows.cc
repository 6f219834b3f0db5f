#include "executor/insert_rows.h"

#include "base/check.h"
#include "base/sql_error.h"
#include "base/warnings.h"
#include "executor/record_lock.h"
#include "expression/eval_context.h"

namespace sluice::executor {
namespace {

/// Rows whose keys are locked together.
constexpr std::size_t kRowsPerBatch = 128;

void append(vector::ColumnVector& column, const types::Value& value) {
  if (value.is_null()) {
    column.append_null();
  } else {
    column.append_value(value);
  }
}

}  // namespace

RowInserter::RowInserter(ExecutionContext& context, const planner::WriteTarget& target, RowBuilder& builder,
                         ForeignKeys& foreign_keys, DuplicatePolicy policy,
                         std::span<const types::PhysicalType> source_types)
    : context_(context),
      target_(target),
      builder_(builder),
      foreign_keys_(foreign_keys),
      policy_(policy),
      writer_(context, *target.source.table) {
  if (policy_.on_duplicate.empty() && policy_.mode == planner::InsertMode::kInsert) return;
  fetcher_.emplace(context, target.source, builder);
  for (int copy = 0; copy < 2; ++copy) {
    for (const catalog::ColumnInfo& column : target.source.table->columns) {
      assignment_chunk_.columns.emplace_back(types::physical_type(column.type));
    }
  }
  for (const types::PhysicalType type : source_types) assignment_chunk_.columns.emplace_back(type);
}

void RowInserter::add(RowValues row, std::vector<types::Value> source_row, std::uint64_t made_id) {
  pending_.push_back({std::move(row), {}, std::move(source_row), made_id});
  if (pending_.size() >= kRowsPerBatch) flush();
}

void RowInserter::flush() {
  context_.worker.stop.poll();
  std::vector<std::string> keys;
  std::uint64_t rows_to_come = pending_.size();
  for (Pending& row : pending_) {
    row.encoded = writer_.encode(row.values, writer_.has_row_id() ? builder_.next_row_id(rows_to_come--) : 0);
    const std::size_t begin = keys.size();
    writer_.append_unique_keys(row.encoded, keys);
    // Nobody else can know a row id that was just handed out.
    if (writer_.has_row_id()) keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  if (!keys.empty()) lock_unread(context_, keys, {});
  for (Pending& row : pending_) write(row);
  pending_.clear();
}

/// Writes a row whose keys are free. False if IGNORE leaves it out for its foreign keys.
bool RowInserter::insert(const Pending& row) {
  writer_.insert(row.encoded);
  foreign_keys_.added(writer_.table(), row.values);
  const std::optional<SqlError> refused =
      policy_.bad_values == BadValues::kIgnore ? foreign_keys_.last_row_refused() : std::nullopt;
  if (!refused) {
    note_inserted(row);
    return true;
  }
  context_.worker.eval.warnings->append(*refused);
  writer_.remove(row.encoded);
  return false;
}

void RowInserter::note_inserted(const Pending& row) {
  if (context_.outcome.first_insert_id == 0) context_.outcome.first_insert_id = row.made_id;
}

void RowInserter::write(Pending& row) {
  std::optional<DuplicateKey> duplicate = writer_.find_duplicate(row.encoded, row.values, {});
  if (!duplicate) {
    ++(insert(row) ? context_.outcome.affected_rows : context_.outcome.left_out_rows);
    return;
  }
  if (policy_.mode == planner::InsertMode::kReplace) {
    replace_duplicates(row, std::move(*duplicate));
  } else if (!policy_.on_duplicate.empty()) {
    update_duplicate(row, *duplicate);
  } else if (policy_.bad_values == BadValues::kIgnore) {
    context_.worker.eval.warnings->append(duplicate_error(*duplicate));
    ++context_.outcome.left_out_rows;
  } else {
    throw duplicate_error(*duplicate);
  }
}

codec::Handle RowInserter::handle_of(const std::string& record_key) const {
  std::int64_t table_id = 0;
  codec::Handle handle;
  const bool is_record = codec::decode_record_key(record_key, table_id, handle);
  SLUICE_CHECK(is_record, "a duplicate names no record");
  return handle;
}

void RowInserter::replace_duplicates(Pending& row, DuplicateKey duplicate) {
  std::optional<DuplicateKey> found = std::move(duplicate);
  while (found) {
    context_.worker.stop.poll();
    lock_unread(context_, {&found->record_key, 1}, {});
    if (const std::optional<RowValues> existing = fetcher_->fetch(found->record_key)) {
      // The row is there already, and counts once; but its children would go with it.
      if (*existing == row.values && !foreign_keys_.is_referred_to(writer_.table())) {
        note_inserted(row);
        ++context_.outcome.affected_rows;
        return;
      }
      writer_.remove(writer_.encode_with_handle(*existing, handle_of(found->record_key)));
      foreign_keys_.removed(writer_.table(), *existing);
      ++context_.outcome.affected_rows;
      ++context_.outcome.deleted_rows;
    }
    found = writer_.find_duplicate(row.encoded, row.values, {});
  }
  writer_.insert(row.encoded);
  foreign_keys_.added(writer_.table(), row.values);
  note_inserted(row);
  ++context_.outcome.affected_rows;
}

RowValues RowInserter::assigned(const RowValues& existing, const Pending& row) {
  RowValues updated = existing;
  const std::size_t columns = existing.size();
  for (const planner::Assignment& assignment : policy_.on_duplicate) {
    const auto offset = static_cast<std::size_t>(assignment.offset);
    if (assignment.expression == nullptr) {
      if (!target_.source.table->columns[offset].is_generated())
        updated[offset] = builder_.default_of(assignment.offset, 1);
      continue;
    }
    assignment_chunk_.clear();
    for (std::size_t i = 0; i < columns; ++i) {
      append(assignment_chunk_.columns[i], updated[i]);
      append(assignment_chunk_.columns[columns + i], row.values[i]);
    }
    for (std::size_t i = 0; i < row.source_row.size(); ++i)
      append(assignment_chunk_.columns[2 * columns + i], row.source_row[i]);
    assignment_chunk_.row_count = 1;
    const types::Value value = assignment.expression->evaluate_row(context_.worker.eval, assignment_chunk_, 0);
    updated[offset] =
        builder_.assign(assignment.offset, value, assignment.expression->type(), context_.outcome.copied_rows);
  }
  return updated;
}

bool RowInserter::set_update_times(RowValues& row) {
  bool has_new_time = false;
  for (const int offset : target_.on_update_now) {
    const bool given = std::any_of(policy_.on_duplicate.begin(), policy_.on_duplicate.end(),
                                   [&](const planner::Assignment& assignment) { return assignment.offset == offset; });
    if (given) continue;
    row[static_cast<std::size_t>(offset)] = builder_.current_timestamp(offset);
    has_new_time = true;
  }
  return has_new_time;
}

void RowInserter::update_duplicate(const Pending& row, const DuplicateKey& duplicate) {
  lock_unread(context_, {&duplicate.record_key, 1}, {});
  const std::optional<RowValues> existing = fetcher_->fetch(duplicate.record_key);
  if (!existing) throw SqlError(ErrorCode::kDupEntry, duplicate.entry_text, duplicate.key_name);
  RowValues updated = assigned(*existing, row);
  const auto complete = [&] { return builder_.complete(updated, 1, policy_.null_repair); };
  if (!complete() || (updated != *existing && set_update_times(updated) && !complete())) {
    ++context_.outcome.left_out_rows;
    return;
  }
  context_.outcome.given_insert_id = pass_given_id(context_, writer_.table(), updated);
  const RowChange change = change_row(context_, writer_, foreign_keys_, *existing, handle_of(duplicate.record_key),
                                      updated, policy_.bad_values);
  if (change == RowChange::kChanged) {
    context_.outcome.affected_rows += 2;
    ++context_.outcome.updated_rows;
  } else if (change == RowChange::kIgnored) {
    ++context_.outcome.left_out_rows;
  } else if (change == RowChange::kUnchanged && context_.settings.client_found_rows) {
    ++context_.outcome.affected_rows;
  }
}

}  // namespace sluice::executor
