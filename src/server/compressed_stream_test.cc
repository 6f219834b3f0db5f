#include "server/compressed_stream.h"

#include <gtest/gtest.h>

#include "server/memory_stream.h"

namespace sluice::server {
namespace {

std::string written(std::string_view text, std::size_t piece_bytes = SIZE_MAX) {
  std::string output;
  CompressedStream stream(std::make_unique<MemoryStream>("", output, piece_bytes), "");
  write_all(stream, text, 1000, {});
  return output;
}

std::string read_all(const std::string& frames, std::size_t piece_bytes = SIZE_MAX, std::size_t received = 0) {
  std::string unused;
  CompressedStream stream(std::make_unique<MemoryStream>(frames.substr(received), unused, piece_bytes),
                          frames.substr(0, received));
  std::string out;
  char bytes[1000];
  try {
    while (true) out.append(bytes, stream.read_some(bytes, -1, {}));
  } catch (const ConnectionLost& lost) {
    if (std::string_view(lost.why) != "end of the input") return lost.why;
  }
  return out;
}

TEST(CompressedStream, ReadsWhatItWrites) {
  std::string mixed;
  for (int i = 0; i < 200'000; ++i) mixed.push_back(static_cast<char>(i * 7919 >> 5));
  for (const std::string& text : {std::string("short"), std::string(100, 'x'), std::string(1 << 20, 'y'), mixed}) {
    const std::string frames = written(text);
    EXPECT_EQ(read_all(frames), text);
    EXPECT_EQ(read_all(frames, 5), text);
    EXPECT_EQ(read_all(frames, SIZE_MAX, 9), text);
    EXPECT_EQ(written(text, 3), frames);
  }
  EXPECT_LT(written(std::string(1 << 20, 'y')).size(), 20'000u);
}

TEST(CompressedStream, ShortPiecesAreNotCompressed) {
  EXPECT_EQ(written("abc"), std::string("\x03\0\0\0\0\0\0abc", 10));
}

TEST(CompressedStream, EachCommandBeginsAtZero) {
  std::string output;
  CompressedStream stream(std::make_unique<MemoryStream>(std::string("\x01\0\0\0\0\0\0a\x01\0\0\0\0\0\0b", 16), output),
                          "");
  char byte[1];
  stream.read_some(byte, -1, {});
  write_all(stream, "x", 1000, {});
  EXPECT_EQ(output[3], 1);
  stream.begin_command();
  stream.read_some(byte, -1, {});
  EXPECT_EQ(byte[0], 'b');
}

TEST(CompressedStream, BrokenFramesEndTheConnection) {
  EXPECT_EQ(read_all(std::string("\x01\0\0\x05\0\0\0a", 8)), "compressed packets out of order");
  EXPECT_EQ(read_all(std::string("\x03\0\0\0\x09\0\0abc", 10)), "a compressed packet cannot be read");
  std::string frames = written(std::string(1000, 'x'));
  frames[4] = static_cast<char>(frames[4] + 1);
  EXPECT_EQ(read_all(frames), "a compressed packet cannot be read");
}

}  // namespace
}  // namespace sluice::server
