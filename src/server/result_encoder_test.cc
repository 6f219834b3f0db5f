#include "server/result_encoder.h"

#include <gtest/gtest.h>

#include "base/sql_error.h"
#include "server/memory_stream.h"
#include "server/protocol.h"
#include "types/value.h"
#include "vector/chunk.h"

namespace sluice::server {
namespace {

/// A session that runs nothing: it says what an encoder asks of it.
class SilentSession final : public session::ConnectionSession {
 public:
  void execute_text(std::string_view, session::ResultWriter&) override {}
  session::PreparedInfo prepare(std::string_view) override { return {}; }
  void execute_prepared(std::uint32_t, std::span<const session::BoundParameter>, session::CursorMode,
                        session::ResultWriter&) override {}
  void fetch(std::uint32_t, std::uint32_t, session::ResultWriter&) override {}
  std::optional<std::uint16_t> parameter_count(std::uint32_t) const override { return std::nullopt; }
  void close_statement(std::uint32_t) override {}
  void reset_statement(std::uint32_t) override {}
  void use_database(std::string_view) override {}
  void reset_connection() override {}
  void change_user(const session::ClientIdentity&, const session::AccountRecord&, std::string_view) override {}
  void set_multi_statements(bool) override {}
  std::vector<session::ResultColumn> list_fields(std::string_view, std::string_view) override { return {}; }
  std::string statistics() override { return {}; }
  std::uint16_t status_flags() const override { return 0; }
  std::uint64_t max_allowed_packet() const override { return 0; }
  const types::Charset* results_charset() const override { return nullptr; }
  std::int64_t idle_timeout_seconds() const override { return 0; }
  std::int64_t net_write_timeout_seconds() const override { return 0; }
  std::int64_t net_read_timeout_seconds() const override { return 0; }
  std::int64_t local_file_patience_ms() const override { return patience_ms; }
  void stop(StopReason) noexcept override {}
  bool wants_close() const noexcept override { return must_end; }

  std::int64_t patience_ms = 10'000;
  bool must_end = false;
};

/// The first byte and the length of each packet that `body` makes an encoder send.
template <class Body>
std::vector<std::pair<int, std::size_t>> packets_of(std::uint32_t capabilities, Body body) {
  std::string output;
  PacketChannel channel(std::make_unique<MemoryStream>("", output));
  const SilentSession session;
  ResultEncoder encoder(channel, session, capabilities, RowFormat::kText, {});
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

/// Packets as a client sends them.
std::string packets_from(std::initializer_list<std::string> payloads, std::uint8_t sequence) {
  std::string bytes;
  for (const std::string& payload : payloads) {
    append_int3(bytes, static_cast<std::uint32_t>(payload.size()));
    append_int1(bytes, sequence++);
    bytes.append(payload);
  }
  return bytes;
}

/// A command whose client sends a file, of which the statement reads the first packet.
class LocalFileCommand {
 public:
  LocalFileCommand(std::string input, std::size_t piece_bytes = SIZE_MAX)
      : LocalFileCommand(std::make_unique<MemoryStream>(std::move(input), output_, piece_bytes)) {}

  /// The statement's end comes in the middle of the file.
  void fail(StopReason reason = StopReason::kNone) {
    StopSource statement;
    const std::unique_ptr<session::LocalFile> file = encoder_.request_local_file("x", statement.token());
    EXPECT_EQ(file->read(statement.token()), "first");
    if (reason != StopReason::kNone) statement.request_stop(reason);
    encoder_.error(SqlError(ErrorCode::kQueryInterrupted));
  }

  explicit LocalFileCommand(std::unique_ptr<MemoryStream> stream)
      : stream_(stream.get()), channel_(std::move(stream)) {}

  SilentSession session_;
  std::string output_;
  MemoryStream* const stream_;  // the channel's
  PacketChannel channel_;
  ResultEncoder encoder_{channel_, session_, capability::kLocalFiles, RowFormat::kText, {}};
};

TEST(ResultEncoder, AnErrorIsSentBehindTheEndOfTheClientsFile) {
  const std::string file = packets_from({"first", std::string(70'000, 'x'), "y", ""}, 1);
  for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{3}, std::size_t{5000}, SIZE_MAX}) {
    LocalFileCommand command(file + packets_from({"the next command"}, 0), piece_bytes);
    command.fail();
    command.channel_.flush({});
    EXPECT_EQ(command.output_, packets_from({"\xfbx"}, 0));
    command.output_.clear();
    command.encoder_.finish();
    command.channel_.flush({});
    EXPECT_EQ(command.output_.substr(0, 5),
              std::string({static_cast<char>(command.output_.size() - 4), 0, 0, 5, '\xff'}));
    command.channel_.reset_sequence();
    std::string payload;
    ASSERT_TRUE(command.channel_.read(payload, SIZE_MAX, -1, {}));
    EXPECT_EQ(payload, "the next command");
  }
}

TEST(ResultEncoder, APacketOfFullLengthIsNotTheEndOfAFile) {
  LocalFileCommand command(packets_from({"first", std::string(PacketChannel::kMaxPacket, 'x'), "", ""}, 1) +
                           packets_from({"the next command"}, 0));
  command.fail();
  command.encoder_.finish();
  command.channel_.reset_sequence();
  std::string payload;
  ASSERT_TRUE(command.channel_.read(payload, SIZE_MAX, -1, {}));
  EXPECT_EQ(payload, "the next command");
}

TEST(ResultEncoder, AStopInsideOfAPacketLeavesTheFileInStep) {
  LocalFileCommand command(packets_from({"first", std::string(100, 'x'), ""}, 1), 9);
  StopSource statement;
  {
    const std::unique_ptr<session::LocalFile> file = command.encoder_.request_local_file("x", statement.token());
    EXPECT_EQ(file->read(statement.token()), "first");
    command.stream_->stop_after(5, statement);
    EXPECT_THROW(file->read(statement.token()), Stopped);
    command.encoder_.error(SqlError(ErrorCode::kQueryInterrupted));
  }
  command.output_.clear();
  command.encoder_.finish();
  command.channel_.flush({});
  EXPECT_EQ(command.output_[4], '\xff');
}

TEST(ResultEncoder, PacketsOfAFileOutOfOrderEndTheConnection) {
  LocalFileCommand command(packets_from({"first"}, 1) + packets_from({"second", ""}, 7));
  command.fail();
  EXPECT_THROW(command.encoder_.finish(), ConnectionLost);
}

TEST(ResultEncoder, AStoppedStatementDoesNotWaitForTheRestOfItsFile) {
  const std::string file = packets_from({"first", "second", ""}, 1);
  LocalFileCommand stopped(file, 9);
  stopped.session_.patience_ms = 0;
  stopped.fail(StopReason::kQueryKilled);
  EXPECT_THROW(stopped.encoder_.finish(), ConnectionLost);
  // An ordinary error does, whatever the patience.
  LocalFileCommand failed(file, 9);
  failed.session_.patience_ms = 0;
  failed.fail();
  failed.encoder_.finish();
}

TEST(ResultEncoder, ASessionThatMustEndDoesNotWaitForTheRestOfItsFile) {
  LocalFileCommand command(packets_from({"first", "second", ""}, 1), 9);
  command.session_.must_end = true;
  command.fail();
  EXPECT_THROW(command.encoder_.finish(), ConnectionLost);
}

TEST(ResultEncoder, AClientThatIsGoneEndsTheWaitForItsFile) {
  LocalFileCommand command(packets_from({"first", "second"}, 1));
  command.fail();
  EXPECT_THROW(command.encoder_.finish(), ConnectionLost);
}

}  // namespace
}  // namespace sluice::server
