#include "server/tls_stream.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>

#include "base/sql_error.h"
#include "server/tls_context.h"

namespace sluice::server {
namespace {

/// A client of OpenSSL at the other end of a stream: it answers whenever the server waits for it.
class ClientStream final : public Stream {
 public:
  explicit ClientStream(std::size_t piece_bytes)
      : piece_bytes_(piece_bytes), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
    SSL_do_handshake(ssl_);
  }
  ~ClientStream() override {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  int fd() const noexcept override { return -1; }
  std::size_t read_some(std::span<char> buffer, int timeout_ms, StopToken stop) override {
    stop.poll();
    const int count =
        BIO_read(SSL_get_wbio(ssl_), buffer.data(), static_cast<int>(std::min(buffer.size(), piece_bytes_)));
    if (count > 0) return static_cast<std::size_t>(count);
    if (timeout_ms < 0) throw ConnectionLost{"both ends wait"};
    return 0;
  }
  std::size_t write_some(std::string_view data, int, StopToken stop) override {
    if (stop_at_ != nullptr) stop_at_->request_stop(StopReason::kQueryKilled);
    stop.poll();
    const std::string_view taken = data.substr(0, piece_bytes_);
    BIO_write(SSL_get_rbio(ssl_), taken.data(), static_cast<int>(taken.size()));
    if (SSL_is_init_finished(ssl_) == 0) SSL_do_handshake(ssl_);
    return taken.size();
  }

  std::string received() {
    std::string out;
    char bytes[4096];
    int count = 0;
    while ((count = SSL_read(ssl_, bytes, sizeof(bytes))) > 0) out.append(bytes, static_cast<std::size_t>(count));
    return out;
  }
  void send(std::string_view text) { ASSERT_GT(SSL_write(ssl_, text.data(), static_cast<int>(text.size())), 0); }
  void close() { SSL_shutdown(ssl_); }
  void stop_next_write(StopSource* source) { stop_at_ = source; }

 private:
  const std::size_t piece_bytes_;
  SSL_CTX* context_;
  SSL* ssl_;
  StopSource* stop_at_ = nullptr;
};

class TlsStreamTest : public testing::TestWithParam<std::size_t> {
 protected:
  TlsStreamTest() : directory_(testing::TempDir() + "tls_stream_test_" + std::to_string(GetParam())) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    const TlsContext context(ensure_certificate(directory_), "");
    auto client = std::make_unique<ClientStream>(GetParam());
    client_ = client.get();
    server_ = context.accept(std::move(client), "", 1000, {});
  }
  ~TlsStreamTest() override { std::filesystem::remove_all(directory_); }

  std::string read_from_client(std::size_t size) {
    std::string out;
    char bytes[1000];
    while (out.size() < size) {
      const std::size_t count = server_->read_some(bytes, 1000, {});
      if (count == 0) break;
      out.append(bytes, count);
    }
    return out;
  }

  const std::string directory_;
  ClientStream* client_ = nullptr;
  std::unique_ptr<Stream> server_;
};

TEST_P(TlsStreamTest, CarriesBytesBothWays) {
  EXPECT_TRUE(server_->tls().is_active());
  EXPECT_FALSE(server_->tls().cipher.empty());
  EXPECT_FALSE(server_->tls().has_certificate);
  const std::string long_text(100'000, 'x');
  client_->send("hello");
  EXPECT_EQ(read_from_client(5), "hello");
  client_->send(long_text);
  EXPECT_EQ(read_from_client(long_text.size()), long_text);
  write_all(*server_, "answer", 1000, {});
  EXPECT_EQ(client_->received(), "answer");
  write_all(*server_, long_text, 1000, {});
  EXPECT_EQ(client_->received(), long_text);
}

TEST_P(TlsStreamTest, NothingThereIsATimeoutAndNotTheEnd) {
  char bytes[10];
  EXPECT_EQ(server_->read_some(bytes, 0, {}), 0u);
  client_->send("x");
  EXPECT_EQ(server_->read_some(bytes, 0, {}), 1u);
}

TEST_P(TlsStreamTest, GoesOnAfterItsBuffersWereReleased) {
  client_->send("one");
  EXPECT_EQ(read_from_client(3), "one");
  server_->release_buffers();
  client_->send("two");
  EXPECT_EQ(read_from_client(3), "two");
  write_all(*server_, "three", 1000, {});
  EXPECT_EQ(client_->received(), "three");
}

TEST_P(TlsStreamTest, AStoppedWriteGoesOnWhereItWas) {
  StopSource source;
  client_->stop_next_write(&source);
  const std::string text(50'000, 'y');
  std::size_t taken = 0;
  try {
    while (taken < text.size())
      taken += server_->write_some(std::string_view(text).substr(taken), 1000, source.token());
  } catch (const Stopped&) {
  }
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, text.size());
  client_->stop_next_write(nullptr);
  write_all(*server_, std::string_view(text).substr(taken), 1000, {});
  EXPECT_EQ(client_->received(), text);
}

TEST_P(TlsStreamTest, TheClientsCloseIsTheEnd) {
  client_->close();
  char bytes[10];
  EXPECT_THROW(server_->read_some(bytes, 1000, {}), ConnectionLost);
}

INSTANTIATE_TEST_SUITE_P(Pieces, TlsStreamTest, testing::Values(std::size_t{7}, std::size_t{1} << 20));

TEST(TlsContext, AHandshakeOfGarbageIsAnEnd) {
  const std::string directory = testing::TempDir() + "tls_context_test";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  const TlsContext context(ensure_certificate(directory), "");
  EXPECT_THROW(context.accept(std::make_unique<ClientStream>(100), std::string(1000, 'g'), 1000, {}), ConnectionLost);
  std::filesystem::remove_all(directory);
}

TEST(TlsContext, FilesThatCannotBeUsedAreNamed) {
  try {
    const TlsContext context({"/nowhere/cert.pem", "/nowhere/key.pem"}, "");
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_NE(error.message().find("/nowhere/cert.pem"), std::string::npos);
  }
}

TEST(KeyFiles, AreMadeOnceAndOnlyTheOwnerReadsTheKeys) {
  const std::string directory = testing::TempDir() + "key_files_test";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  const CertificateFiles first = ensure_certificate(directory);
  const auto written = std::filesystem::last_write_time(first.certificate);
  ensure_certificate(directory);
  EXPECT_EQ(std::filesystem::last_write_time(first.certificate), written);
  const auto owner_only = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  EXPECT_EQ(std::filesystem::status(first.key).permissions(), owner_only);
  const PrivateKey made = ensure_rsa_key(directory, {});
  const PrivateKey read = ensure_rsa_key(directory, {});
  EXPECT_EQ(EVP_PKEY_eq(made.get(), read.get()), 1);
  EXPECT_EQ(std::filesystem::status(directory + "/private_key.pem").permissions(), owner_only);
  EXPECT_TRUE(std::filesystem::exists(directory + "/public_key.pem"));
  std::filesystem::remove(first.key);
  EXPECT_THROW(ensure_certificate(directory), SqlError);
  std::filesystem::remove_all(directory);
}

TEST(KeyFiles, AStopEndsTheMakingOfAKeyAndLeavesNothing) {
  const std::string directory = testing::TempDir() + "key_files_stop_test";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  StopSource source;
  source.request_stop(StopReason::kShutdown);
  EXPECT_THROW(ensure_rsa_key(directory, source.token()), Stopped);
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace sluice::server
