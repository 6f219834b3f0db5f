#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {
class WarningList;
}

namespace sluice::session {

/// Where a variable may be read and set; bits.
namespace variable_scope {
inline constexpr std::uint8_t kGlobal = 1;  // persisted in mysql.global_variables
inline constexpr std::uint8_t kSession = 2;
inline constexpr std::uint8_t kInstance = 4;  // SET GLOBAL, this process only, not persisted
inline constexpr std::uint8_t kReadOnly = 8;
}  // namespace variable_scope

enum class VariableKind : std::uint8_t {
  kBool,
  kInteger,
  kUnsigned,
  kDouble,
  kEnum,
  kString,
  kDuration,
  kCharset,
  kCollation
};

/// One system variable as the server knows it: name, scopes, kind, default and permitted values.
struct SystemVariable {
  std::string_view name;
  std::uint8_t scopes = 0;
  VariableKind kind = VariableKind::kString;
  std::string_view default_value;
  std::int64_t minimum = 0;
  std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max();
  std::string_view choices;  // kEnum: comma-separated, in order of their numbers
  bool hintable = false;     // SET_VAR() reaches it without warning 3637
  bool ignored = false;      // accepted for MySQL's sake; setting it has no effect (8145)

  bool has(std::uint8_t scope) const noexcept { return (scopes & scope) != 0; }
};

/// All variables, sorted by name. Source: the manuals of MySQL 8.0 and TiDB 8.5.
std::span<const SystemVariable> all_system_variables();

/// The variable of that name in any letter case, or nullptr.
const SystemVariable* find_system_variable(std::string_view name);

/// The position of `variable` in all_system_variables().
std::size_t position_of(const SystemVariable& variable);

/// Checks `text` as a new value and returns it as it is stored and shown: ON/OFF for booleans, the listed spelling of an
/// enumeration, numbers clipped to the permitted range with warning 1292.
/// Throws: SqlError 1231 for a value that is not permitted, 1232 for one of the wrong type.
std::string normalized_value(const SystemVariable& variable, std::string_view text, WarningList& warnings);

/// Go-style durations such as "10m0s", "1h": nanoseconds, or nullopt.
std::optional<std::int64_t> parse_duration(std::string_view text);
std::string format_duration(std::int64_t nanoseconds);

}  // namespace sluice::session
