#include "session/read_ahead_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/census.h"
#include "base/channel.h"
#include "base/failpoint.h"
#include "base/random.h"
#include "base/sql_error.h"

namespace sluice::session {
namespace {

/// A client whose pieces come when the test sends them; an empty one is the end of its file.
class Client {
 public:
  std::unique_ptr<LocalFile> file() { return std::make_unique<Sent>(*this); }
  void send(std::string piece) {
    pieces_.push(std::move(piece), {});
    ++sent_;
  }
  /// Sends nothing more; the file fails instead of its next piece.
  void break_off() { pieces_.close(); }
  /// Waits until all that was sent has been put away: the reader asks for more.
  void wait_until_received() {
    MutexLock lock(mutex_);
    asked_.wait_certain(lock, [this]() SLUICE_REQUIRES(mutex_) { return put_away_ == sent_; });
  }

 private:
  class Sent final : public LocalFile {
   public:
    explicit Sent(Client& client) : client_(client) {}
    std::string_view read(StopToken stop) override {
      client_.ask(taken_);
      std::optional<std::string> piece = client_.pieces_.pop(stop);
      if (!piece) throw SqlError(ErrorCode::kNetPacketsOutOfOrder);
      ++taken_;
      piece_ = std::move(*piece);
      return piece_;
    }

   private:
    Client& client_;
    std::size_t taken_ = 0;
    std::string piece_;
  };

  void ask(std::size_t put_away) {
    MutexLock lock(mutex_);
    put_away_ = put_away;
    asked_.notify_all();
  }

  Channel<std::string> pieces_{1 << 20};
  std::size_t sent_ = 0;
  Mutex mutex_;
  Condition asked_;
  std::size_t put_away_ SLUICE_GUARDED_BY(mutex_) = 0;  // pieces
};

class ReadAheadFileTest : public testing::Test {
 protected:
  std::unique_ptr<ReadAheadFile> open() {
    return std::make_unique<ReadAheadFile>(client_.file(), directory_, memory_, statement_.token());
  }
  std::string read_all(ReadAheadFile& file) {
    std::string all;
    while (true) {
      const std::string_view piece = file.read(statement_.token());
      if (piece.empty()) return all;
      all.append(piece);
    }
  }
  std::size_t temporary_files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory_.path())) ++count;
    return count;
  }
  /// Sends `megabytes` of text and returns it.
  std::string send_text(std::size_t megabytes) {
    Random random(megabytes);
    std::string all;
    while (all.size() < megabytes << 20) {
      std::string piece(1 + random.below(100'000), static_cast<char>('a' + random.below(26)));
      all += piece;
      client_.send(std::move(piece));
    }
    return all;
  }

  Client client_;
  TempDir directory_;
  MemoryTracker memory_{"test"};
  StopSource statement_;
};

TEST_F(ReadAheadFileTest, GivesTheBytesInTheirOrder) {
  const std::string sent = send_text(1);
  client_.send("");
  EXPECT_EQ(read_all(*open()), sent);
  EXPECT_EQ(temporary_files(), 0u);
}

TEST_F(ReadAheadFileTest, TakesAllThatTheClientSendsBeforeAnybodyReads) {
  const std::string sent = send_text(200);
  const std::unique_ptr<ReadAheadFile> file = open();
  client_.wait_until_received();
  EXPECT_EQ(temporary_files(), 4u);
  EXPECT_LE(memory_.bytes(), 5 << 20);
  client_.send("");
  EXPECT_EQ(read_all(*file), sent);
  EXPECT_EQ(file->read({}), "");
  EXPECT_EQ(memory_.bytes(), 0);
}

TEST_F(ReadAheadFileTest, ATemporaryFileGoesWhenItHasBeenRead) {
  send_text(200);
  const std::unique_ptr<ReadAheadFile> file = open();
  client_.wait_until_received();
  const std::size_t all = temporary_files();
  for (std::size_t bytes = 0; bytes < 150u << 20; bytes += file->read({}).size()) {
  }
  EXPECT_EQ(temporary_files(), all - 2);
}

TEST_F(ReadAheadFileTest, WithoutTemporaryFilesTheClientWaits) {
  const FailpointGuard no_space("temp_file.append", "error(1021)");
  const std::string sent = send_text(20);
  client_.send("");
  const std::unique_ptr<ReadAheadFile> file = open();
  EXPECT_EQ(read_all(*file), sent);
  EXPECT_LE(memory_.max_bytes(), 6 << 20);
}

TEST_F(ReadAheadFileTest, AFailureOfTheClientIsTold) {
  send_text(20);
  const std::unique_ptr<ReadAheadFile> file = open();
  client_.wait_until_received();
  client_.break_off();
  try {
    while (true) file->read({});
  } catch (const SqlError& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNetPacketsOutOfOrder);
  }
}

TEST_F(ReadAheadFileTest, AStopEndsTheReaderAndTheTask) {
  const CensusSnapshot before = take_census();
  {
    const std::unique_ptr<ReadAheadFile> file = open();
    client_.wait_until_received();
    statement_.request_stop(StopReason::kQueryKilled);
    EXPECT_THROW(file->read(statement_.token()), Stopped);
  }
  EXPECT_EQ(before.growth_to(take_census()), "");
}

TEST_F(ReadAheadFileTest, TheOwnerMayGoWhileTheClientSends) {
  send_text(50);
  open().reset();
  EXPECT_EQ(memory_.bytes(), 0);
  EXPECT_EQ(temporary_files(), 0u);
  // A task that waits for room.
  const FailpointGuard no_space("temp_file.append", "error(1021)");
  send_text(20);
  open().reset();
  EXPECT_EQ(memory_.bytes(), 0);
}

}  // namespace
}  // namespace sluice::session
