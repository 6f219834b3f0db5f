#include "base/logging.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>

#include "base/clock.h"
#include "base/sql_error.h"

namespace sluice {
namespace {

constexpr std::string_view kLevelNames[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

std::atomic<LogLevel> lowest_level{LogLevel::kInfo};
// Descriptors of former log files stay open: another thread may be writing to one.
std::atomic<int> log_descriptor{STDERR_FILENO};

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || c == '"' || c == '=' || c == '[' || c == ']' || c == '\\') return true;
  }
  return false;
}

void append_quoted(std::string_view text, std::string& out) {
  if (!needs_quotes(text)) {
    out.append(text);
    return;
  }
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        if (byte < ' ' || byte == 0x7f) {
          char escape[8];
          std::snprintf(escape, sizeof(escape), "\\u%04x", byte);
          out.append(escape);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

void append_time(std::int64_t system_us, std::string& out) {
  const time_t seconds = system_us / 1'000'000;
  tm local{};
  localtime_r(&seconds, &local);
  const long offset_minutes = local.tm_gmtoff / 60;
  char text[64];
  std::snprintf(text, sizeof(text), "%04d/%02d/%02d %02d:%02d:%02d.%03d %c%02ld:%02ld", local.tm_year + 1900,
                local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                static_cast<int>(system_us / 1000 % 1000), offset_minutes < 0 ? '-' : '+', labs(offset_minutes) / 60,
                labs(offset_minutes) % 60);
  out.append(text);
}

std::string_view file_name(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

}  // namespace

std::string format_log_line(LogLevel level, const LogMessage& message, std::initializer_list<LogField> fields,
                            std::int64_t system_us) {
  std::string line;
  line.reserve(160);
  line.push_back('[');
  append_time(system_us, line);
  line += format_message("] [{}] [{}:{}] [",
                         {kLevelNames[static_cast<std::size_t>(level)], file_name(message.file), message.line});
  append_quoted(message.text, line);
  line.push_back(']');
  std::string value;
  for (const LogField& field : fields) {
    line.append(" [");
    append_quoted(field.key, line);
    line.push_back('=');
    value.clear();
    field.value.append_to(value);
    append_quoted(value, line);
    line.push_back(']');
  }
  return line;
}

void log_line(LogLevel level, const LogMessage& message, std::initializer_list<LogField> fields) noexcept {
  if (level < lowest_level.load(std::memory_order_relaxed)) return;
  try {
    std::string line = format_log_line(level, message, fields, clock().system_now_us());
    line.push_back('\n');
    const int descriptor = log_descriptor.load(std::memory_order_acquire);
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  } catch (const std::bad_alloc&) {
    // A log line is never worth an error.
  }
}

void set_log_level(LogLevel level) noexcept { lowest_level.store(level, std::memory_order_relaxed); }

LogLevel log_level() noexcept { return lowest_level.load(std::memory_order_relaxed); }

bool set_log_level(std::string_view name) noexcept {
  for (std::size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (name.size() == kLevelNames[i].size() && strncasecmp(name.data(), kLevelNames[i].data(), name.size()) == 0) {
      set_log_level(static_cast<LogLevel>(i));
      return true;
    }
  }
  return false;
}

void set_log_file(const std::string& path) {
  if (path.empty()) {
    log_descriptor.store(STDERR_FILENO, std::memory_order_release);
    return;
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (descriptor < 0) throw SqlError(ErrorCode::kCantCreateFile, path, errno, std::strerror(errno));
  log_descriptor.store(descriptor, std::memory_order_release);
}

}  // namespace sluice
