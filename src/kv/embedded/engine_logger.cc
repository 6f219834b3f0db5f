#include "kv/embedded/engine_logger.h"

#include <rocksdb/env.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "base/logging.h"

namespace sluice::kv {
namespace {

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
