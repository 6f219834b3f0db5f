#include "server/packet_channel.h"

#include <gtest/gtest.h>

#include "base/sql_error.h"
#include "server/memory_stream.h"

namespace sluice::server {
namespace {

std::string packet(std::uint8_t sequence, std::string_view payload) {
  std::string out;
  append_int3(out, static_cast<std::uint32_t>(payload.size()));
  append_int1(out, sequence);
  return out.append(payload);
}

struct Reading {
  explicit Reading(std::string input, std::size_t piece_bytes = SIZE_MAX)
      : channel(std::make_unique<MemoryStream>(std::move(input), output, piece_bytes)) {}

  std::string next(std::size_t limit = SIZE_MAX) {
    std::string payload;
    EXPECT_TRUE(channel.read(payload, limit, -1, {}));
    return payload;
  }

  std::string output;
  PacketChannel channel;
};

template <class Body>
int error_number(Body body) {
  try {
    body();
  } catch (const SqlError& error) {
    return error.number();
  } catch (const ConnectionLost&) {
    return -1;
  }
  return 0;
}

TEST(PacketChannel, ReadsPacketsHoweverTheyArrive) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{5}, SIZE_MAX}) {
    Reading reading(packet(0, "one") + packet(1, "") + packet(2, "three"), piece);
    EXPECT_EQ(reading.next(), "one");
    EXPECT_EQ(reading.next(), "");
    EXPECT_EQ(reading.next(), "three");
  }
}

TEST(PacketChannel, JoinsPayloadsOfSeveralPackets) {
  const std::string full(PacketChannel::kMaxPacket, 'a');
  Reading split(packet(0, full) + packet(1, "rest"));
  EXPECT_EQ(split.next().size(), full.size() + 4);
  // Exactly the maximum is followed by an empty packet.
  Reading exact(packet(0, full) + packet(1, "") + packet(2, "next"));
  EXPECT_EQ(exact.next().size(), full.size());
  EXPECT_EQ(exact.next(), "next");
}

TEST(PacketChannel, RefusesWhatIsTooLongBeforeItIsRead) {
  Reading one(packet(0, std::string(100, 'a')));
  EXPECT_EQ(error_number([&] { one.next(99); }), 1153);
  Reading exact(packet(0, std::string(100, 'a')));
  EXPECT_EQ(exact.next(100).size(), 100u);
  // Only the header of the second part is there.
  Reading split(packet(0, std::string(PacketChannel::kMaxPacket, 'a')) + std::string("\xff\xff\xff\x01", 4));
  EXPECT_EQ(error_number([&] { split.next(20 << 20); }), 1153);
}

TEST(PacketChannel, RefusesPacketsOutOfOrder) {
  Reading first(packet(1, "x"));
  EXPECT_EQ(error_number([&] { first.next(); }), 1156);
  Reading second(packet(0, "x") + packet(0, "y"));
  second.next();
  EXPECT_EQ(error_number([&] { second.next(); }), 1156);
  Reading again(packet(0, "x") + packet(0, "y"));
  again.next();
  again.channel.reset_sequence();
  EXPECT_EQ(again.next(), "y");
}

TEST(PacketChannel, APeerThatGoesInsideAPacketIsLost) {
  for (const std::string& input : {std::string(), std::string("\x05"), packet(0, "hello").substr(0, 6)}) {
    Reading reading(input);
    EXPECT_EQ(error_number([&] { reading.next(); }), -1);
  }
}

TEST(PacketChannel, SplitsLongOutputAndReadsItBack) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, PacketChannel::kMaxPacket - 1, PacketChannel::kMaxPacket,
        PacketChannel::kMaxPacket + 1, 2 * PacketChannel::kMaxPacket}) {
    Reading writing("");
    writing.channel.write("before", {});
    writing.channel.write(std::string(size, 'x'), {});
    writing.channel.write("after", {});
    writing.channel.flush({});
    Reading reading(writing.output);
    EXPECT_EQ(reading.next(), "before");
    EXPECT_EQ(reading.next(), std::string(size, 'x'));
    EXPECT_EQ(reading.next(), "after");
  }
}

TEST(PacketChannel, APacketThatWasNotEndedIsDropped) {
  Reading writing("");
  writing.channel.write("row", {});
  writing.channel.begin_packet();
  writing.channel.output().append("half a row");
  writing.channel.write("error", {});
  writing.channel.flush({});
  EXPECT_EQ(writing.output, packet(0, "row") + packet(1, "error"));
}

/// Takes a few bytes, then stops its caller, then takes the rest.
class StallingStream final : public Stream {
 public:
  StallingStream(std::string& output, StopSource& source) : output_(output), source_(source) {}
  int fd() const noexcept override { return -1; }
  std::size_t read_some(std::span<char>, int, StopToken) override { return 0; }
  std::size_t write_some(std::string_view data, int, StopToken stop) override {
    if (writes_++ == 1) source_.request_stop(StopReason::kQueryKilled);
    stop.poll();
    const std::string_view taken = data.substr(0, 10);
    output_.append(taken);
    return taken.size();
  }

 private:
  std::string& output_;
  StopSource& source_;
  int writes_ = 0;
};

TEST(PacketChannel, AStopInsideOfAFlushLosesAndRepeatsNothing) {
  StopSource source;
  std::string output;
  PacketChannel channel(std::make_unique<StallingStream>(output, source));
  channel.write(std::string(30, 'r'), {});
  EXPECT_THROW(channel.flush(source.token()), Stopped);
  channel.write("interrupted", {});
  channel.flush({});
  EXPECT_EQ(output, packet(0, std::string(30, 'r')) + packet(1, "interrupted"));
}

TEST(PayloadReader, ReadsLengthsOfEverySize) {
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{250}, std::uint64_t{251}, std::uint64_t{65535}, std::uint64_t{65536},
        std::uint64_t{0xffffff}, std::uint64_t{0x1000000}, std::uint64_t{UINT32_MAX}}) {
    std::string text;
    append_length(text, length);
    PayloadReader reader(text);
    EXPECT_EQ(reader.length(), length);
    EXPECT_TRUE(reader.empty());
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      EXPECT_EQ(error_number([&] { PayloadReader(std::string_view(text).substr(0, cut)).length(); }), 1835);
    }
  }
}

// mysql2 writes the low half of a long length twice.
TEST(PayloadReader, TakesTheLowHalfOfALongLengthAlone) {
  const std::string text("\xfe\x05\x00\x00\x01\x05\x00\x00\x01", 9);
  PayloadReader reader(text);
  EXPECT_EQ(reader.length(), 0x1000005u);
  EXPECT_TRUE(reader.empty());
}

TEST(PayloadReader, RefusesWhatRunsPastTheEnd) {
  EXPECT_EQ(error_number([] { PayloadReader("\xfb").length(); }), 1835);
  EXPECT_EQ(error_number([] { PayloadReader("\xff").length(); }), 1835);
  EXPECT_EQ(error_number([] {
              PayloadReader(
                  "\x05"
                  "abc")
                  .length_string();
            }),
            1835);
  EXPECT_EQ(error_number([] { PayloadReader("\xfe\xff\xff\xff\xff\xff\xff\xff\xff").length_string(); }), 1835);
  EXPECT_EQ(error_number([] { PayloadReader("abc").null_terminated(); }), 1835);
  EXPECT_EQ(error_number([] { PayloadReader("abc").int4(); }), 1835);
}

}  // namespace
}  // namespace sluice::server
