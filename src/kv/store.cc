#include "kv/store.h"

#include "base/sql_error.h"

namespace sluice::kv {
namespace {

/// Calls `take` with the present, again if the safepoint passed it in between.
template <class Take>
auto at_present(Store& store, Take take) {
  for (;;) {
    try {
      return take(store.current_timestamp());
    } catch (const SqlError& error) {
      if (error.code() != ErrorCode::kGcTooEarly) throw;
    }
  }
}

}  // namespace

std::unique_ptr<Snapshot> Store::present_snapshot() {
  return at_present(*this, [this](Timestamp now) { return snapshot(now); });
}

SafepointLease Store::hold_present(const std::string& name) {
  return at_present(*this, [&](Timestamp now) { return hold_safepoint(now, name); });
}

}  // namespace sluice::kv
