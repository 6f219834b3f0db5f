#include "kv/embedded/error_state.h"

#include <rocksdb/listener.h>
#include <rocksdb/status.h>

#include <utility>

#include "base/logging.h"
#include "kv/embedded/rocksdb_status.h"

namespace sluice::kv {
namespace {

class ErrorListener final : public rocksdb::EventListener {
 public:
  explicit ErrorListener(std::shared_ptr<ErrorState> state) : state_(std::move(state)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override {
    const std::string text = status->ToString();
    log_error(
        "storage engine stops writing",
        {{"error", text}, {"severity", static_cast<int>(status->severity())}, {"reason", static_cast<int>(reason)}});
    state_->stop(text);
  }

 private:
  const std::shared_ptr<ErrorState> state_;
};

}  // namespace

void ErrorState::throw_if_stopped(std::string_view action) const {
  if (!stopped()) [[likely]]
    return;
  MutexLock lock(mutex_);
  throw_if_failed(rocksdb::Status::IOError(reason_), action);
}

void ErrorState::stop(std::string reason) {
  MutexLock lock(mutex_);
  reason_ = std::move(reason);
  has_stopped_.store(true, std::memory_order_release);
  stopped_.store(true, std::memory_order_release);
}

void ErrorState::resume() {
  MutexLock lock(mutex_);
  reason_.clear();
  stopped_.store(false, std::memory_order_release);
}

std::shared_ptr<rocksdb::EventListener> make_error_listener(std::shared_ptr<ErrorState> state) {
  return std::make_shared<ErrorListener>(std::move(state));
}

}  // namespace sluice::kv
