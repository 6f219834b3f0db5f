/// Constants of the MySQL client/server protocol. Source: MySQL manual, "MySQL Client/Server Protocol".
#pragma once

#include <cstdint>

namespace sluice::server {

namespace capability {
inline constexpr std::uint32_t kLongPassword = 1u << 0;
inline constexpr std::uint32_t kFoundRows = 1u << 1;
inline constexpr std::uint32_t kLongFlag = 1u << 2;
inline constexpr std::uint32_t kConnectWithDb = 1u << 3;
inline constexpr std::uint32_t kCompress = 1u << 5;
inline constexpr std::uint32_t kLocalFiles = 1u << 7;
inline constexpr std::uint32_t kProtocol41 = 1u << 9;
inline constexpr std::uint32_t kInteractive = 1u << 10;
inline constexpr std::uint32_t kSsl = 1u << 11;
inline constexpr std::uint32_t kTransactions = 1u << 13;
inline constexpr std::uint32_t kSecureConnection = 1u << 15;
inline constexpr std::uint32_t kMultiStatements = 1u << 16;
inline constexpr std::uint32_t kMultiResults = 1u << 17;
inline constexpr std::uint32_t kPsMultiResults = 1u << 18;
inline constexpr std::uint32_t kPluginAuth = 1u << 19;
inline constexpr std::uint32_t kConnectAttributes = 1u << 20;
inline constexpr std::uint32_t kPluginAuthLengthEncoded = 1u << 21;
inline constexpr std::uint32_t kDeprecateEof = 1u << 24;
}  // namespace capability

enum class Command : std::uint8_t {
  kSleep = 0,
  kQuit = 1,
  kInitDb = 2,
  kQuery = 3,
  kFieldList = 4,
  kCreateDb = 5,
  kDropDb = 6,
  kRefresh = 7,
  kShutdown = 8,
  kStatistics = 9,
  kProcessInfo = 10,
  kConnect = 11,
  kProcessKill = 12,
  kDebug = 13,
  kPing = 14,
  kChangeUser = 17,
  kStmtPrepare = 22,
  kStmtExecute = 23,
  kStmtSendLongData = 24,
  kStmtClose = 25,
  kStmtReset = 26,
  kSetOption = 27,
  kStmtFetch = 28,
  kResetConnection = 31,
};

inline constexpr std::uint16_t kStatusMoreResults = 8;
inline constexpr std::uint16_t kStatusCursorExists = 64;

}  // namespace sluice::server
