#include "server/connection.h"

#include <algorithm>

#include "base/clock.h"
#include "base/logging.h"
#include "base/out_of_memory.h"
#include "base/sql_error.h"
#include "server/compressed_stream.h"
#include "server/protocol.h"
#include "server/result_encoder.h"
#include "session/stop_error.h"
#include "types/collation.h"

namespace sluice::server {
namespace {

/// How long a connection keeps its thread while it waits for the next command: clients that send one command after the
/// other are spared the way through the reactor.
constexpr int kBusyWaitMs = 10;

/// How long a client that is being closed has to take the answer, and how long what it still sends is thrown away.
constexpr int kLastWordsMs = 500;
constexpr int kQuietMs = 100;
constexpr int kDiscardMs = 5000;
/// An idle connection keeps no more than this of its last command.
constexpr std::size_t kKeptPayloadBytes = 1024;

int milliseconds(std::int64_t seconds) { return static_cast<int>(std::min<std::int64_t>(seconds, 1'000'000) * 1000); }

/// Some clients send a statement with the zero that ends its string; MySQL takes it for the end of the input.
std::string_view statement_text(std::string_view payload) {
  if (!payload.empty() && payload.back() == '\0') payload.remove_suffix(1);
  return payload;
}

session::StatementOutcome plain_outcome(const session::ConnectionSession& session) {
  session::StatementOutcome outcome;
  outcome.status_flags = session.status_flags();
  return outcome;
}

}  // namespace

Connection::Connection(std::unique_ptr<Stream> stream, Peer peer, LoginServices& services,
                       std::function<void()> wake_close, StopToken stop)
    : services_(services),
      peer_(std::move(peer)),
      wake_close_(std::move(wake_close)),
      id_(services.sessions.next_connection_id()),
      source_(stop),
      channel_(std::move(stream)),
      fd_(channel_.stream().fd()),
      idle_since_ns_(clock().now_ns()) {}

Connection::~Connection() = default;

void Connection::peer_gone() noexcept {
  if (session::ConnectionSession* const session = ready_.load(std::memory_order_acquire))
    session->stop(StopReason::kClientGone);
  source_.request_stop(StopReason::kClientGone);
}

void Connection::kill(StopReason reason) noexcept {
  if (session::ConnectionSession* const session = ready_.load(std::memory_order_acquire)) {
    session->stop(reason);
    return;
  }
  login_is_killed_.store(true, std::memory_order_release);
  source_.request_stop(reason);
  wake_close_();
}

bool Connection::is_logged_in() const noexcept { return ready_.load(std::memory_order_acquire) != nullptr; }

bool Connection::wants_close() const noexcept {
  const session::ConnectionSession* const session = ready_.load(std::memory_order_acquire);
  // A login may succeed just as it is killed.
  return login_is_killed_.load(std::memory_order_acquire) || (session != nullptr && session->wants_close());
}

bool Connection::log_in() {
  const StopToken stop = source_.token();
  try {
    login_ = perform_login(channel_, services_, std::move(challenge_), id_, peer_, stop);
    session_ = services_.sessions.open(login_.identity, login_.account, login_.database, wake_close_, stop);
    session_->set_multi_statements((login_.identity.capabilities & capability::kMultiStatements) != 0);
    ready_.store(session_.get(), std::memory_order_release);
    login_record_.reset();
    write_ok(channel_, plain_outcome(*session_), 0, stop);
    channel_.flush(stop);
    if ((login_.identity.capabilities & capability::kCompress) != 0) {
      channel_.wrap_stream([](std::unique_ptr<Stream> below, std::string_view received) {
        return std::make_unique<CompressedStream>(std::move(below), received);
      });
    }
    return true;
  } catch (const SqlError& error) {
    say_last_words(error);
    return false;
  }
}

void Connection::say_last_words(const SqlError& error) {
  const StopToken stop = source_.token();
  write_error(channel_, error, stop);
  // A socket that is closed with unread input drops what was sent: the client would not see the error.
  if (channel_.try_flush(kLastWordsMs, stop)) channel_.discard_input(kQuietMs, kDiscardMs, stop);
}

TurnEnd Connection::rest(TurnEnd end, std::int64_t limit_ms) {
  idle_limit_ns_.store(limit_ms * 1'000'000, std::memory_order_relaxed);
  idle_since_ns_.store(clock().now_ns(), std::memory_order_relaxed);
  return end;
}

bool Connection::greet() noexcept {
  try {
    login_record_ = services_.sessions.begin_login(id_, session::peer_text(peer_.host, peer_.port),
                                                   [this](StopReason reason) { kill(reason); });
    challenge_ = write_greeting(channel_, services_, id_, source_.token());
    rest(TurnEnd::kIdle, kLoginTimeoutMs);
    return channel_.try_flush(0, source_.token());
  } catch (const ConnectionLost&) {
  } catch (const Stopped&) {
  } catch (const std::exception& error) {
    log_warn("a connection could not be greeted", {{"connection", id_}, {"error", error.what()}});
  }
  return false;
}

TurnEnd Connection::serve() noexcept {
  try {
    if (session_ == nullptr && !log_in()) return TurnEnd::kClosed;
    channel_.set_timeouts_ms(milliseconds(session_->net_write_timeout_seconds()),
                             milliseconds(session_->net_read_timeout_seconds()));
    bool idle = false;
    while (!idle) {
      if (!channel_.try_flush(kBusyWaitMs, source_.token())) {
        return wants_close() ? TurnEnd::kClosed : rest(TurnEnd::kUnsent, session_->net_write_timeout_seconds() * 1000);
      }
      if (!serve_command(idle)) {
        channel_.try_flush(kLastWordsMs, source_.token());
        return TurnEnd::kClosed;
      }
    }
    channel_.release_buffers();
    if (payload_.capacity() > kKeptPayloadBytes) std::string().swap(payload_);
    return rest(TurnEnd::kIdle, session_->idle_timeout_seconds() * 1000);
  } catch (const ConnectionLost&) {
  } catch (const Stopped&) {
  } catch (const std::exception& error) {
    log_warn("a connection ended on an error", {{"connection", id_}, {"error", error.what()}});
  }
  return TurnEnd::kClosed;
}

bool Connection::serve_command(bool& idle) {
  const StopToken stop = source_.token();
  channel_.reset_sequence();
  try {
    if (!channel_.read(payload_, session_->max_allowed_packet(), kBusyWaitMs, stop)) {
      idle = true;
      return !wants_close();
    }
    if (payload_.empty()) throw SqlError(ErrorCode::kMalformedPacket);
  } catch (const SqlError& error) {
    // The stream is out of step from here on.
    say_last_words(error);
    return false;
  }
  // The session was killed while it was idle: nothing is answered any more, not even a ping.
  if (wants_close()) return false;
  bool goes_on = true;
  try {
    goes_on = run_command(payload_);
  } catch (const SqlError& error) {
    write_error(channel_, error, stop);
  } catch (const std::bad_alloc&) {
    // Outside of a statement nobody knows how far the command came.
    say_last_words(out_of_memory_error());
    return false;
  }
  return goes_on && !wants_close();
}

bool Connection::run_command(std::string_view payload) {
  const StopToken stop = source_.token();
  PayloadReader reader(payload);
  const auto command = static_cast<Command>(reader.int1());
  switch (command) {
    case Command::kQuit:
      return false;
    case Command::kQuery: {
      ResultEncoder writer(channel_, *session_, login_.identity.capabilities, RowFormat::kText, stop);
      session_->execute_text(statement_text(reader.rest()), writer);
      writer.finish();
      return true;
    }
    case Command::kStmtExecute:
      execute(reader);
      return true;
    case Command::kStmtPrepare:
      prepare(statement_text(reader.rest()));
      return true;
    case Command::kStmtClose: {
      const std::uint32_t id = reader.int4();
      bindings_.erase(id);
      session_->close_statement(id);
      return true;
    }
    case Command::kStmtSendLongData: {
      const std::uint32_t id = reader.int4();
      const std::uint16_t parameter = reader.int2();
      const std::optional<std::uint16_t> count = session_->parameter_count(id);
      // This command has no answer, not even an error.
      if (!count || parameter >= *count) return true;
      bindings_[id].add_long_data(parameter, reader.rest(), session_->max_allowed_packet());
      return true;
    }
    case Command::kStmtReset: {
      const std::uint32_t id = reader.int4();
      session_->reset_statement(id);
      bindings_[id].drop_long_data();
      break;
    }
    case Command::kStmtFetch: {
      const std::uint32_t id = reader.int4();
      const std::uint32_t rows = reader.int4();
      // A fetch answers with rows alone.
      ResultEncoder writer(channel_, *session_, login_.identity.capabilities, RowFormat::kBinary, stop);
      writer.omit_columns();
      session_->fetch(id, rows, writer);
      return true;
    }
    case Command::kInitDb:
      session_->use_database(reader.rest());
      break;
    case Command::kPing:
      break;
    case Command::kFieldList: {
      const std::string_view table = reader.null_terminated();
      for (const session::ResultColumn& column : session_->list_fields(table, reader.rest()))
        write_column(channel_, column, session_->results_charset(), true, stop);
      write_eof(channel_, session_->status_flags(), 0, stop);
      return true;
    }
    case Command::kStatistics:
      channel_.write(session_->statistics(), stop);
      return true;
    case Command::kProcessKill: {
      ResultEncoder writer(channel_, *session_, login_.identity.capabilities, RowFormat::kText, stop);
      session_->execute_text("KILL " + std::to_string(reader.int4()), writer);
      return true;
    }
    case Command::kShutdown: {
      ResultEncoder writer(channel_, *session_, login_.identity.capabilities, RowFormat::kText, stop);
      session_->execute_text("SHUTDOWN", writer);
      return true;
    }
    case Command::kSetOption:
      session_->set_multi_statements(reader.int2() == 0);
      write_eof(channel_, session_->status_flags(), 0, stop);
      return true;
    case Command::kDebug:
      write_eof(channel_, session_->status_flags(), 0, stop);
      return true;
    case Command::kResetConnection:
      bindings_.clear();
      session_->reset_connection();
      break;
    case Command::kChangeUser: {
      try {
        login_ = change_login(channel_, services_, reader.rest(), login_, peer_, stop);
        bindings_.clear();
        session_->change_user(login_.identity, login_.account, login_.database);
      } catch (const SqlError& error) {
        // As in MySQL that is the connection's end: it is nobody's now, and passwords cannot be tried in a row.
        write_error(channel_, error, stop);
        return false;
      }
      break;
    }
    default:
      throw SqlError(ErrorCode::kUnknownComError);
  }
  write_ok(channel_, plain_outcome(*session_), 0, stop);
  return true;
}

void Connection::prepare(std::string_view text) {
  const StopToken stop = source_.token();
  const session::PreparedInfo info = session_->prepare(text);
  channel_.begin_packet();
  std::string& out = channel_.output();
  append_int1(out, 0);
  append_int4(out, info.statement_id);
  append_int2(out, static_cast<std::uint16_t>(info.columns.size()));
  append_int2(out, info.parameter_count);
  append_int1(out, 0);
  append_int2(out, info.warning_count);
  channel_.end_packet(stop);
  const bool with_eof = (login_.identity.capabilities & capability::kDeprecateEof) == 0;
  if (info.parameter_count > 0) {
    session::ResultColumn parameter;
    parameter.name = "?";
    parameter.type.code = types::TypeCode::kVarString;
    parameter.type.collation = types::binary_collation();
    for (std::uint16_t i = 0; i < info.parameter_count; ++i) write_column(channel_, parameter, nullptr, false, stop);
    if (with_eof) write_eof(channel_, session_->status_flags(), 0, stop);
  }
  if (!info.columns.empty()) {
    for (const session::ResultColumn& column : info.columns)
      write_column(channel_, column, session_->results_charset(), false, stop);
    if (with_eof) write_eof(channel_, session_->status_flags(), 0, stop);
  }
}

void Connection::execute(PayloadReader& reader) {
  const std::uint32_t id = reader.int4();
  const std::uint8_t flags = reader.int1();
  reader.int4();
  const std::optional<std::uint16_t> count = session_->parameter_count(id);
  if (!count) throw SqlError(ErrorCode::kUnknownStmtHandler, std::to_string(id), "EXECUTE");
  const std::vector<session::BoundParameter> parameters = read_parameters(reader, *count, bindings_[id]);
  ResultEncoder writer(channel_, *session_, login_.identity.capabilities, RowFormat::kBinary, source_.token());
  session_->execute_prepared(id, parameters,
                             (flags & 1) != 0 ? session::CursorMode::kReadOnly : session::CursorMode::kNone, writer);
  writer.finish();
}

}  // namespace sluice::server
