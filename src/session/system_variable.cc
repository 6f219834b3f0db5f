#include "session/system_variable.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "session/system_variable_table.h"
#include "types/charset.h"
#include "types/collation.h"

namespace sluice::session {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && lower(a) == lower(b);
}

[[noreturn]] void refuse(const SystemVariable& variable, std::string_view text) {
  throw SqlError(ErrorCode::kWrongValueForVar, std::string(variable.name), std::string(text));
}

void warn_truncated(const SystemVariable& variable, std::string_view text, WarningList& warnings) {
  warnings.append(SqlError(ErrorCode::kTruncatedWrongValue, std::string(variable.name), std::string(text)));
}

std::string normalized_bool(const SystemVariable& variable, std::string_view text) {
  if (equals_ignoring_case(text, "ON") || text == "1" || equals_ignoring_case(text, "TRUE")) return "ON";
  if (equals_ignoring_case(text, "OFF") || text == "0" || equals_ignoring_case(text, "FALSE")) return "OFF";
  refuse(variable, text);
}

std::string normalized_signed(const SystemVariable& variable, std::string_view text, WarningList& warnings) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
  }
  // -1 stands for "as another variable says" and lies outside the range on purpose.
  if (value == -1 && variable.default_value == "-1") return "-1";
  const auto maximum = static_cast<std::int64_t>(
      std::min<std::uint64_t>(variable.maximum, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
  const std::int64_t clipped = std::clamp(value, std::min(variable.minimum, maximum), maximum);
  if (clipped != value) warn_truncated(variable, text, warnings);
  return std::to_string(clipped);
}

std::string normalized_unsigned(const SystemVariable& variable, std::string_view text, WarningList& warnings) {
  const auto minimum = static_cast<std::uint64_t>(std::max<std::int64_t>(variable.minimum, 0));
  if (!text.empty() && text.front() == '-') {
    std::int64_t negative = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), negative);
    if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
      throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
    }
    warn_truncated(variable, text, warnings);
    return std::to_string(minimum);
  }
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
  }
  const std::uint64_t clipped = std::clamp(value, minimum, variable.maximum);
  if (clipped != value || error == std::errc::result_out_of_range) warn_truncated(variable, text, warnings);
  return std::to_string(clipped);
}

std::string normalized_double(const SystemVariable& variable, std::string_view text, WarningList& warnings) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
  }
  const auto minimum = static_cast<double>(variable.minimum);
  if (value >= minimum && value <= static_cast<double>(variable.maximum)) return std::string(text);
  warn_truncated(variable, text, warnings);
  return value < minimum ? std::to_string(variable.minimum) : std::to_string(variable.maximum);
}

/// An alias has at most 64 characters and no space at its end.
std::string normalized_alias(const SystemVariable& variable, std::string_view text, WarningList& warnings) {
  constexpr std::size_t kMostCharacters = 64;
  std::string_view kept = text.substr(0, types::utf8mb4_charset()->offset(text, kMostCharacters));
  while (kept.ends_with(' ')) kept.remove_suffix(1);
  if (kept.size() != text.size()) warn_truncated(variable, text, warnings);
  return std::string(kept);
}

std::string normalized_choice(const SystemVariable& variable, std::string_view text) {
  std::size_t number = 0;
  std::string_view rest = variable.choices;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view choice = rest.substr(0, comma);
    if (equals_ignoring_case(choice, text) || text == std::to_string(number)) return std::string(choice);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
    ++number;
  }
  refuse(variable, text);
}

std::string normalized_duration(const SystemVariable& variable, std::string_view text, WarningList& warnings) {
  const std::optional<std::int64_t> nanoseconds = parse_duration(text);
  if (!nanoseconds) throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
  const std::int64_t clipped =
      std::clamp(*nanoseconds, variable.minimum, static_cast<std::int64_t>(variable.maximum & (~0ull >> 1)));
  if (clipped != *nanoseconds) warn_truncated(variable, text, warnings);
  return format_duration(clipped);
}

}  // namespace

std::span<const SystemVariable> all_system_variables() { return kSystemVariables; }

const SystemVariable* find_system_variable(std::string_view name) {
  const std::string wanted = lower(name);
  const auto* found =
      std::lower_bound(std::begin(kSystemVariables), std::end(kSystemVariables), std::string_view(wanted),
                       [](const SystemVariable& variable, std::string_view key) { return variable.name < key; });
  return found != std::end(kSystemVariables) && found->name == wanted ? found : nullptr;
}

std::size_t position_of(const SystemVariable& variable) {
  return static_cast<std::size_t>(&variable - kSystemVariables);
}

std::string normalized_value(const SystemVariable& variable, std::string_view text, WarningList& warnings) {
  switch (variable.kind) {
    case VariableKind::kBool:
      return normalized_bool(variable, text);
    case VariableKind::kInteger:
      return normalized_signed(variable, text, warnings);
    case VariableKind::kUnsigned:
      return normalized_unsigned(variable, text, warnings);
    case VariableKind::kDouble:
      return normalized_double(variable, text, warnings);
    case VariableKind::kEnum:
      return normalized_choice(variable, text);
    case VariableKind::kDuration:
      return normalized_duration(variable, text, warnings);
    case VariableKind::kString:
      if (variable.name == "tidb_session_alias") return normalized_alias(variable, text, warnings);
      return std::string(text);
    case VariableKind::kCharset: {
      // NULL: results are not converted.
      if (text.empty() && variable.name == "character_set_results") return {};
      const types::Charset* charset = types::find_charset(text);
      if (charset == nullptr) throw SqlError(ErrorCode::kUnknownCharacterSet, std::string(text));
      return std::string(charset->name);
    }
    case VariableKind::kCollation: {
      const types::Collation* collation = types::find_collation(text);
      if (collation == nullptr) types::throw_unknown_collation(text);
      return std::string(collation->name);
    }
  }
  refuse(variable, text);
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  // Longer names first, so that "ms" is not read as "m".
  static constexpr std::array<Unit, 6> kUnits{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  if (text.empty()) return std::nullopt;
  if (text == "0") return 0;
  double total = 0;
  while (!text.empty()) {
    double amount = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
    if (error != std::errc() || amount < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) {
      return text.starts_with(u.name) && !(u.name == "m" && text.starts_with("ms"));
    });
    if (unit == kUnits.end()) return std::nullopt;
    total += amount * unit->nanoseconds;
    text.remove_prefix(unit->name.size());
  }
  if (total > 9.2e18) return std::nullopt;
  return static_cast<std::int64_t>(total);
}

std::string format_duration(std::int64_t nanoseconds) {
  if (nanoseconds < 1'000'000'000) return std::to_string(nanoseconds / 1'000'000) + "ms";
  const std::int64_t seconds = nanoseconds / 1'000'000'000;
  std::string out;
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) out += std::to_string(seconds % 3600 / 60) + "m";
  return out + std::to_string(seconds % 60) + "s";
}

}  // namespace sluice::session
