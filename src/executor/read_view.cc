#include "executor/read_view.h"

#include "kv/store.h"
#include "kv/transaction.h"

namespace sluice::executor {

ReadView::ReadView(ReadView&&) noexcept = default;
ReadView& ReadView::operator=(ReadView&&) noexcept = default;
ReadView::~ReadView() = default;

ReadView ReadView::at_present(kv::Store& store) {
  ReadView view(Mode::kSnapshot);
  view.store_ = &store;
  view.snapshot_ = store.present_snapshot();
  return view;
}

ReadView ReadView::of_transaction(kv::Transaction& transaction) {
  ReadView view(Mode::kTransaction);
  view.transaction_ = &transaction;
  return view;
}

ReadView ReadView::current(kv::Transaction& transaction) {
  ReadView view(Mode::kCurrent);
  view.transaction_ = &transaction;
  view.current_at_ = transaction.for_update_ts();
  return view;
}

bool ReadView::get(std::string_view key, std::string& value, StopToken stop) {
  switch (mode_) {
    case Mode::kSnapshot:
      return snapshot_->get(key, value, stop);
    case Mode::kTransaction:
      return transaction_->get(key, value, stop);
    case Mode::kCurrent:
      return transaction_->get_current(key, value, stop);
  }
  return false;
}

void ReadView::batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values,
                         StopToken stop) {
  switch (mode_) {
    case Mode::kSnapshot:
      return snapshot_->batch_get(keys, values, stop);
    case Mode::kTransaction:
      return transaction_->batch_get(keys, values, stop);
    case Mode::kCurrent:
      break;
  }
  values.assign(keys.size(), std::nullopt);
  std::string value;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (transaction_->get_current(keys[i], value, stop)) values[i] = value;
  }
}

std::unique_ptr<kv::Cursor> ReadView::cursor(kv::KeyRange range, const kv::CursorOptions& options) {
  switch (mode_) {
    case Mode::kSnapshot:
      return snapshot_->cursor(std::move(range), options);
    case Mode::kTransaction:
      return transaction_->cursor(std::move(range), options);
    case Mode::kCurrent:
      return transaction_->cursor_current(std::move(range), options);
  }
  return nullptr;
}

kv::Timestamp ReadView::timestamp() const noexcept {
  switch (mode_) {
    case Mode::kSnapshot:
      return snapshot_->timestamp();
    case Mode::kTransaction:
      return transaction_->start_ts();
    case Mode::kCurrent:
      return current_at_;
  }
  return 0;
}

bool ReadView::can_fork() const noexcept { return mode_ == Mode::kSnapshot || !transaction_->has_writes(); }

std::optional<ReadView> ReadView::fork() const {
  if (!can_fork()) return std::nullopt;
  ReadView view(Mode::kSnapshot);
  view.store_ = store_;
  view.snapshot_ =
      mode_ == Mode::kSnapshot ? store_->snapshot(snapshot_->timestamp()) : transaction_->snapshot_at(timestamp());
  return view;
}

}  // namespace sluice::executor
