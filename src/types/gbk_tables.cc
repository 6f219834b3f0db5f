#include "types/gbk_tables.h"

#include <memory>

#include <unicode/ucnv.h>

#include "base/check.h"

namespace sluice::types {

namespace {

std::unique_ptr<GbkTables> build_tables() {
  auto tables = std::make_unique<GbkTables>();
  tables->from_unicode.fill(0);
  tables->to_unicode.fill(0);
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open("windows-936-2000", &status),
                                                                     &ucnv_close);
  SLUICE_CHECK(U_SUCCESS(status), "ICU has no GBK converter: {}", u_errorName(status));
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  for (unsigned lead = GbkTables::kLeadFirst; lead <= GbkTables::kLeadLast; ++lead) {
    for (unsigned trail = GbkTables::kTrailFirst; trail <= GbkTables::kTrailLast; ++trail) {
      const char bytes[2] = {static_cast<char>(lead), static_cast<char>(trail)};
      UChar decoded[4];
      status = U_ZERO_ERROR;
      const int32_t length = ucnv_toUChars(converter.get(), decoded, 4, bytes, 2, &status);
      const bool is_private = length == 1 && decoded[0] >= 0xE000 && decoded[0] <= 0xF8FF;
      if (U_FAILURE(status) || length != 1 || is_private || decoded[0] == 0xFFFD) continue;
      tables->to_unicode[(lead - GbkTables::kLeadFirst) * GbkTables::kTrailCount + (trail - GbkTables::kTrailFirst)] =
          decoded[0];
      if (tables->from_unicode[decoded[0]] == 0)
        tables->from_unicode[decoded[0]] = static_cast<std::uint16_t>(lead << 8 | trail);
    }
  }
  return tables;
}

}  // namespace

const GbkTables& gbk_tables() {
  static const std::unique_ptr<GbkTables> tables = build_tables();
  return *tables;
}

}  // namespace sluice::types
