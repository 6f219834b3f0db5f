#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/format.h"

namespace sluice {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError, kFatal };

/// A key and its value; borrowed for the length of the call.
struct LogField {
  std::string_view key;
  FormatArgument value;
};

/// The text of a log line with the place that logs it. Made from a literal: log_info("server started", {{"port",
/// port}}).
struct LogMessage {
  // The builtins of g++ and clang, as clang 14 lacks std::source_location: they name the caller's place.
  LogMessage(const char* message, const char* source_file = __builtin_FILE(), int source_line = __builtin_LINE())
      : text(message), file(source_file), line(source_line) {}
  LogMessage(std::string_view message, const char* source_file = __builtin_FILE(), int source_line = __builtin_LINE())
      : text(message), file(source_file), line(source_line) {}
  LogMessage(const std::string& message, const char* source_file = __builtin_FILE(), int source_line = __builtin_LINE())
      : text(message), file(source_file), line(source_line) {}

  std::string_view text;
  const char* file;
  int line;
};

/// Writes one line in TiDB's form: [2024/10/30 10:14:27.123 +08:00] [INFO] [file.cc:12] ["message text"] [key=value]
/// One write(2) per line; never throws; a line that cannot be written is dropped. Thread-safe.
void log_line(LogLevel level, const LogMessage& message, std::initializer_list<LogField> fields = {}) noexcept;

inline void log_debug(const LogMessage& message, std::initializer_list<LogField> fields = {}) noexcept {
  log_line(LogLevel::kDebug, message, fields);
}
inline void log_info(const LogMessage& message, std::initializer_list<LogField> fields = {}) noexcept {
  log_line(LogLevel::kInfo, message, fields);
}
inline void log_warn(const LogMessage& message, std::initializer_list<LogField> fields = {}) noexcept {
  log_line(LogLevel::kWarn, message, fields);
}
inline void log_error(const LogMessage& message, std::initializer_list<LogField> fields = {}) noexcept {
  log_line(LogLevel::kError, message, fields);
}

/// Lines below `level` are dropped. The level at start is kInfo.
void set_log_level(LogLevel level) noexcept;
LogLevel log_level() noexcept;
/// "debug", "info", "warn", "error", "fatal", in any case. Returns false, and changes nothing, for another name.
bool set_log_level(std::string_view name) noexcept;

/// Appends to the file from here on; "" is the standard error stream, as at start. Throws SqlError 1004 if it cannot be
/// opened.
void set_log_file(const std::string& path);

/// The line as log_line() writes it, without its newline and with a given time. For the slow log and for tests.
std::string format_log_line(LogLevel level, const LogMessage& message, std::initializer_list<LogField> fields,
                            std::int64_t system_us);

}  // namespace sluice
