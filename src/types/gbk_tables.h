#pragma once

#include <array>
#include <cstdint>

namespace sluice::types {

/// Two-way tables of the GBK encoding (code page 936), made from ICU's converter when first needed.
struct GbkTables {
  static constexpr unsigned kLeadFirst = 0x81, kLeadLast = 0xFE, kTrailFirst = 0x40, kTrailLast = 0xFE;
  static constexpr unsigned kTrailCount = kTrailLast - kTrailFirst + 1;

  std::array<std::uint16_t, 65536> from_unicode;  ///< two-byte GBK code, 0 if there is none; ASCII is not in here
  std::array<std::uint16_t, (kLeadLast - kLeadFirst + 1) * kTrailCount> to_unicode;  ///< code point, 0 if none

  /// Code point of the two bytes, 0 if they are no GBK character.
  std::uint16_t decode(unsigned char lead, unsigned char trail) const noexcept {
    if (lead < kLeadFirst || lead > kLeadLast || trail < kTrailFirst || trail > kTrailLast) return 0;
    return to_unicode[(lead - kLeadFirst) * kTrailCount + (trail - kTrailFirst)];
  }
};

/// Built once, in some milliseconds; thread-safe.
const GbkTables& gbk_tables();

}  // namespace sluice::types
