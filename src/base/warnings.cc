#include "base/warnings.h"

namespace sluice {

std::string_view to_string(Warning::Level level) noexcept {
  switch (level) {
    case Warning::Level::kNote:
      return "Note";
    case Warning::Level::kWarning:
      return "Warning";
    case Warning::Level::kError:
      return "Error";
  }
  return "Warning";
}

void WarningList::append(Warning::Level level, ErrorCode code, std::string message) {
  ++count_;
  if (level == Warning::Level::kError) ++error_count_;
  if (items_.size() < kMaxKept) items_.push_back({level, static_cast<std::uint16_t>(code), std::move(message)});
}

void WarningList::append(const SqlError& error, Warning::Level level) { append(level, error.code(), error.message()); }

void WarningList::merge(WarningList&& other) {
  count_ += other.count_;
  error_count_ += other.error_count_;
  for (Warning& warning : other.items_) {
    if (items_.size() == kMaxKept) break;
    items_.push_back(std::move(warning));
  }
  other.clear();
}

void WarningList::clear() noexcept {
  items_.clear();
  count_ = 0;
  error_count_ = 0;
}

}  // namespace sluice
