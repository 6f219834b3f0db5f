#include "kv/embedded/engine_logger.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "base/logging.h"

namespace sluice::kv {
namespace {

/// Warnings about what is meant to be so: memtables forget versions (version_memtable.h), and ingested files carry no database's id.
constexpr std::array<std::string_view, 2> kExpected = {"entries in memtables, but read", "without unique ID to verify"};

bool is_expected(std::string_view line) {
  return std::any_of(kExpected.begin(), kExpected.end(),
                     [&](std::string_view part) { return line.find(part) != std::string_view::npos; });
}

class EngineLogger final : public rocksdb::Logger {
 public:
  EngineLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}

  using rocksdb::Logger::Logv;
  /// Headers, which list the options.
  void Logv(const char* /*format*/, std::va_list /*arguments*/) override {}
  void Logv(const rocksdb::InfoLogLevel level, const char* format, std::va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL) return;
    std::array<char, 1024> text{};
    const int size = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (size <= 0) return;
    std::string_view line(text.data());
    while (line.ends_with('\n')) line.remove_suffix(1);
    if (is_expected(line)) return;
    if (level == rocksdb::InfoLogLevel::WARN_LEVEL) {
      log_warn("storage engine", {{"message", line}});
    } else {
      log_error("storage engine", {{"message", line}});
    }
  }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_engine_logger() { return std::make_shared<EngineLogger>(); }

}  // namespace sluice::kv
