#include "server/result_encoder.h"

#include <gtest/gtest.h>

#include "base/sql_error.h"
#include "server/memory_stream.h"
#include "server/protocol.h"
#include "types/value.h"
#include "vector/chunk.h"

namespace sluice::server {
namespace {

/// The first byte and the length of each packet that `body` makes an encoder send.
template <class Body>
std::vector<std::pair<int, std::size_t>> packets_of(std::uint32_t capabilities, Body body) {
  std::string output;
  PacketChannel channel(std::make_unique<MemoryStream>("", output));
  ResultEncoder encoder(channel, capabilities, RowFormat::kText, {});
  body(encoder);
  channel.flush({});
  std::vector<std::pair<int, std::size_t>> packets;
  std::string unused;
  PacketChannel reading(std::make_unique<MemoryStream>(output, unused));
  std::string payload;
  try {
    while (reading.read(payload, SIZE_MAX, -1, {}))
      packets.emplace_back(static_cast<unsigned char>(payload[0]), payload.size());
  } catch (const ConnectionLost&) {
  }
  return packets;
}

session::ResultColumn column() {
  session::ResultColumn made;
  made.name = "n";
  made.type.code = types::TypeCode::kLongLong;
  return made;
}

vector::Chunk two_rows() {
  const types::PhysicalType types[] = {types::physical_type(column().type)};
  vector::Chunk chunk(types);
  chunk.columns[0].append_value(types::Value(std::int64_t{7}));
  chunk.columns[0].append_null();
  chunk.row_count = 2;
  return chunk;
}

constexpr std::size_t kColumnBytes = 23;
constexpr std::pair<int, std::size_t> kCount{1, 1};
constexpr std::pair<int, std::size_t> kColumn{3, kColumnBytes};
constexpr std::pair<int, std::size_t> kEof{0xfe, 5};
constexpr std::pair<int, std::size_t> kOkEnd{0xfe, 7};
constexpr std::pair<int, std::size_t> kSeven{1, 2};
constexpr std::pair<int, std::size_t> kNull{0xfb, 1};
using Packets = std::vector<std::pair<int, std::size_t>>;

TEST(ResultEncoder, RowsStandBetweenTwoEndsForOldClients) {
  const auto answer = [](ResultEncoder& encoder) {
    const session::ResultColumn columns[] = {column()};
    encoder.begin_result(columns);
    encoder.rows(two_rows(), {});
    encoder.end_result({});
  };
  EXPECT_EQ(packets_of(0, answer), (Packets{kCount, kColumn, kEof, kSeven, kNull, kEof}));
  EXPECT_EQ(packets_of(capability::kDeprecateEof, answer), (Packets{kCount, kColumn, kSeven, kNull, kOkEnd}));
}

TEST(ResultEncoder, AnEmptyResultHasBothEnds) {
  const auto answer = [](ResultEncoder& encoder) {
    const session::ResultColumn columns[] = {column()};
    encoder.begin_result(columns);
    encoder.end_result({});
  };
  EXPECT_EQ(packets_of(0, answer), (Packets{kCount, kColumn, kEof, kEof}));
  EXPECT_EQ(packets_of(capability::kDeprecateEof, answer), (Packets{kCount, kColumn, kOkEnd}));
}

TEST(ResultEncoder, OfACursorTheColumnsEndIsTheEnd) {
  const auto answer = [](ResultEncoder& encoder) {
    const session::ResultColumn columns[] = {column()};
    encoder.begin_result(columns);
    session::StatementOutcome outcome;
    outcome.status_flags = kStatusCursorExists;
    encoder.end_result(outcome);
  };
  EXPECT_EQ(packets_of(0, answer), (Packets{kCount, kColumn, kEof}));
  EXPECT_EQ(packets_of(capability::kDeprecateEof, answer), (Packets{kCount, kColumn, kOkEnd}));
}

TEST(ResultEncoder, AFetchSendsRowsAlone) {
  const auto answer = [](ResultEncoder& encoder) {
    encoder.omit_columns();
    const session::ResultColumn columns[] = {column()};
    encoder.begin_result(columns);
    encoder.rows(two_rows(), {});
    session::StatementOutcome outcome;
    outcome.status_flags = kStatusCursorExists;
    encoder.end_result(outcome);
  };
  EXPECT_EQ(packets_of(0, answer), (Packets{kSeven, kNull, kEof}));
}

TEST(ResultEncoder, AnErrorComesBehindTheColumnsEnd) {
  const auto answer = [](ResultEncoder& encoder) {
    const session::ResultColumn columns[] = {column()};
    encoder.begin_result(columns);
    encoder.error(SqlError(ErrorCode::kQueryInterrupted));
  };
  const Packets old = packets_of(0, answer);
  ASSERT_EQ(old.size(), 4u);
  EXPECT_EQ(old[2], kEof);
  EXPECT_EQ(old[3].first, 0xff);
  const Packets modern = packets_of(capability::kDeprecateEof, answer);
  ASSERT_EQ(modern.size(), 3u);
  EXPECT_EQ(modern[2].first, 0xff);
}

TEST(ResultEncoder, FilesAreAskedForOnlyIfTheClientAllowsThem) {
  EXPECT_EQ(packets_of(0,
                       [](ResultEncoder& encoder) {
                         try {
                           encoder.request_local_file("x", {});
                           FAIL();
                         } catch (const SqlError& error) {
                           EXPECT_EQ(error.code(), ErrorCode::kClientLocalFilesDisabled);
                         }
                       }),
            Packets{});
}

}  // namespace
}  // namespace sluice::server
