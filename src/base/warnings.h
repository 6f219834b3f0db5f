#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sql_error.h"

namespace sluice {

/// One entry of SHOW WARNINGS.
struct Warning {
  enum class Level : std::uint8_t { kNote, kWarning, kError };
  Level level = Level::kWarning;
  std::uint16_t code = 0;
  std::string message;
};

/// "Note", "Warning", "Error".
std::string_view to_string(Warning::Level level) noexcept;

/// The warnings of one statement. Keeps the first kMaxKept, counts the rest. Not thread-safe: one per task, merged
/// after join().
class WarningList {
 public:
  /// MySQL's max_error_count.
  static constexpr std::size_t kMaxKept = 1024;

  void append(Warning::Level level, ErrorCode code, std::string message);
  /// A warning with the number and the text of `error`.
  void append(const SqlError& error, Warning::Level level = Warning::Level::kWarning);
  /// Appends and empties `other`.
  void merge(WarningList&& other);
  void clear() noexcept;

  /// All that were appended, kept or not.
  std::size_t count() const noexcept { return count_; }
  /// Those of level kError among them.
  std::size_t error_count() const noexcept { return error_count_; }
  bool empty() const noexcept { return count_ == 0; }
  std::span<const Warning> items() const noexcept { return items_; }

 private:
  std::vector<Warning> items_;
  std::size_t count_ = 0;
  std::size_t error_count_ = 0;
};

}  // namespace sluice
