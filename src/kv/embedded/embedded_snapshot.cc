#include "kv/embedded/embedded_snapshot.h"

#include "base/failpoint.h"
#include "kv/embedded/mvcc_cursor.h"
#include "kv/embedded/mvcc_reader.h"

namespace sluice::kv {

bool EmbeddedSnapshot::get(std::string_view key, std::string& value, StopToken stop) {
  stop.poll();
  SLUICE_STORAGE_CALL("kv.snapshot.get", stop);
  const ReadPositionPool::Loan loan = engine_.positions.acquire(PositionKind::kPoint, ts_);
  return read_visible(loan.iterator(), key, ts_, value);
}

void EmbeddedSnapshot::batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values,
                                 StopToken stop) {
  SLUICE_STORAGE_CALL("kv.snapshot.batch_get", stop);
  values.assign(keys.size(), std::nullopt);
  const ReadPositionPool::Loan loan = engine_.positions.acquire(PositionKind::kPoint, ts_);
  std::string value;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (index % 64 == 0) stop.poll();
    if (read_visible(loan.iterator(), keys[index], ts_, value)) values[index] = std::move(value);
  }
}

std::unique_ptr<Cursor> EmbeddedSnapshot::cursor(KeyRange range, const CursorOptions& options) {
  return open_mvcc_cursor(engine_.db, engine_.positions, ts_, std::move(range), options);
}

}  // namespace sluice::kv
