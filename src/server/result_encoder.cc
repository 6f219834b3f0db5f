#include "server/result_encoder.h"

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "server/protocol.h"
#include "types/charset.h"
#include "types/collation.h"
#include "vector/chunk.h"

namespace sluice::server {
namespace {

using types::TypeCode;

/// Rows between two polls.
constexpr std::size_t kRowsPerPoll = 256;

/// Clients send files in much smaller pieces.
constexpr std::size_t kMaxFilePacket = 64 << 20;
/// Longest wait for the next piece of a file.
constexpr int kFileTimeoutMs = 60'000;

/// The collation id that tells a client how to read a column: strings come in `charset`, whatever the column's own.
std::uint16_t charset_number(const types::FieldType& type, const types::Charset* charset) {
  const bool is_text = types::physical_type(type) == types::PhysicalType::kString || type.code == TypeCode::kEnum ||
                       type.code == TypeCode::kSet || type.code == TypeCode::kJson;
  if (!is_text || type.collation == nullptr || type.collation->charset->is_binary())
    return types::binary_collation()->id;
  return charset == nullptr || charset == type.collation->charset ? type.collation->id
                                                                  : charset->default_collation()->id;
}

/// Display length in bytes.
std::uint32_t column_length(const types::FieldType& type, const types::Charset* charset) {
  const bool is_text = types::physical_type(type) == types::PhysicalType::kString || type.code == TypeCode::kEnum ||
                       type.code == TypeCode::kSet;
  const std::int64_t length = type.flen < 0 ? 0 : type.flen;
  const bool has_characters = is_text && type.collation != nullptr && !type.collation->charset->is_binary();
  const int bytes_per_character =
      has_characters ? static_cast<int>((charset == nullptr ? type.collation->charset : charset)->max_bytes) : 1;
  switch (type.code) {
    case TypeCode::kTinyBlob:
      return 255;
    case TypeCode::kBlob:
      return type.flen > 0 ? static_cast<std::uint32_t>(length) : 65535;
    case TypeCode::kMediumBlob:
      return 16777215;
    case TypeCode::kLongBlob:
    case TypeCode::kJson:
      return 4294967295u;
    case TypeCode::kNewDecimal:
      return static_cast<std::uint32_t>(length + (type.decimals > 0 ? 1 : 0) + (type.is_unsigned() ? 0 : 1));
    default:
      break;
  }
  return static_cast<std::uint32_t>(std::min<std::int64_t>(length * bytes_per_character, 4294967295));
}

std::uint8_t column_decimals(const types::FieldType& type) {
  if (type.code == TypeCode::kDouble || type.code == TypeCode::kFloat)
    return type.decimals < 0 ? 31 : static_cast<std::uint8_t>(type.decimals);
  return type.decimals < 0 ? 0 : static_cast<std::uint8_t>(type.decimals);
}

/// A client knows the texts by their blob codes.
std::uint8_t column_type(const types::FieldType& type) {
  switch (type.code) {
    case TypeCode::kTinyBlob:
    case TypeCode::kMediumBlob:
    case TypeCode::kLongBlob:
      return static_cast<std::uint8_t>(TypeCode::kBlob);
    case TypeCode::kVarchar:
      return static_cast<std::uint8_t>(TypeCode::kVarString);
    case TypeCode::kEnum:
    case TypeCode::kSet:
      return static_cast<std::uint8_t>(TypeCode::kString);
    default:
      return static_cast<std::uint8_t>(type.code);
  }
}

/// Numbers of tables are not marked as binary, computed ones are: drivers tell TINYINT(1), a boolean, from bytes by it.
bool is_plain_number(const session::ResultColumn& column) {
  return !column.original_name.empty() && column.type.is_numeric();
}

std::uint16_t column_flags(const session::ResultColumn& column, const types::Charset* charset) {
  const types::FieldType& type = column.type;
  std::uint32_t flags = type.flags;
  if (type.code == TypeCode::kEnum) flags |= types::field_flag::kEnum;
  if (type.code == TypeCode::kSet) flags |= types::field_flag::kSet;
  if (type.code == TypeCode::kTinyBlob || type.code == TypeCode::kBlob || type.code == TypeCode::kMediumBlob ||
      type.code == TypeCode::kLongBlob) {
    flags |= types::field_flag::kBlob;
  }
  if (charset_number(type, charset) == types::binary_collation()->id && !is_plain_number(column)) {
    flags |= types::field_flag::kBinary;
  }
  return static_cast<std::uint16_t>(flags);
}

}  // namespace

/// The file of LOAD DATA LOCAL: packets until an empty one.
class ResultEncoder::ClientFile final : public session::LocalFile {
 public:
  explicit ClientFile(ResultEncoder& encoder) : encoder_(encoder) {}

  std::string_view read(StopToken stop) override {
    if (!encoder_.in_file_) return {};
    // A client that sends without a pause never lets a read wait.
    stop.poll();
    if (!encoder_.channel_.read(packet_, kMaxFilePacket, kFileTimeoutMs, stop))
      throw ConnectionLost{"the client stalled inside of a file"};
    encoder_.in_file_ = !packet_.empty();
    return packet_;
  }

 private:
  ResultEncoder& encoder_;
  std::string packet_;
};

ResultEncoder::ResultEncoder(PacketChannel& channel, const session::ConnectionSession& session,
                             std::uint32_t capabilities, RowFormat format, StopToken stop)
    : channel_(channel), session_(session), capabilities_(capabilities), format_(format), stop_(stop) {}

void write_column(PacketChannel& channel, const session::ResultColumn& column, const types::Charset* charset,
                  bool with_default, StopToken stop) {
  channel.begin_packet();
  std::string& out = channel.output();
  append_length_string(out, "def");
  for (const std::string* name :
       {&column.database, &column.table, &column.original_table, &column.name, &column.original_name}) {
    append_text(out, *name, charset);
  }
  append_int1(out, 0x0c);
  append_int2(out, charset_number(column.type, charset));
  append_int4(out, column_length(column.type, charset));
  append_int1(out, column_type(column.type));
  append_int2(out, column_flags(column, charset));
  append_int1(out, column_decimals(column.type));
  append_int2(out, 0);
  if (with_default) append_int1(out, 0xfb);
  channel.end_packet(stop);
}

void write_eof(PacketChannel& channel, std::uint16_t status, std::uint16_t warnings, StopToken stop) {
  channel.begin_packet();
  append_int1(channel.output(), 0xfe);
  append_int2(channel.output(), warnings);
  append_int2(channel.output(), status);
  channel.end_packet(stop);
}

void write_ok(PacketChannel& channel, const session::StatementOutcome& outcome, std::uint8_t header, StopToken stop) {
  channel.begin_packet();
  std::string& out = channel.output();
  append_int1(out, header);
  append_length(out, outcome.affected_rows);
  append_length(out, outcome.last_insert_id);
  append_int2(out, outcome.status_flags);
  append_int2(out, outcome.warning_count);
  if (!outcome.info.empty()) append_length_string(out, outcome.info);
  channel.end_packet(stop);
}

void write_error(PacketChannel& channel, const SqlError& error, StopToken stop) {
  channel.begin_packet();
  std::string& out = channel.output();
  append_int1(out, 0xff);
  append_int2(out, error.number());
  out.push_back('#');
  out.append(error.sqlstate());
  out.append(error.what());
  channel.end_packet(stop);
}

void ResultEncoder::end_columns() {
  if (in_columns_ && (capabilities_ & capability::kDeprecateEof) == 0) write_eof(channel_, 0, 0, stop_);
  in_columns_ = false;
}

void ResultEncoder::begin_result(std::span<const session::ResultColumn> columns) {
  columns_.clear();
  const types::Charset* const charset = session_.results_charset();
  if (omits_columns_) {
    for (const session::ResultColumn& column : columns) columns_.push_back(sent_column(column.type, charset));
    return;
  }
  channel_.begin_packet();
  append_length(channel_.output(), columns.size());
  channel_.end_packet(stop_);
  for (const session::ResultColumn& column : columns) {
    columns_.push_back(sent_column(column.type, charset));
    write_column(channel_, column, charset, false, stop_);
  }
  in_columns_ = true;
}

void ResultEncoder::rows(const vector::Chunk& chunk, StopToken stop) {
  end_columns();
  const vector::ActiveRows active = chunk.active_rows();
  for (std::size_t i = 0; i < active.count; ++i) {
    if (i % kRowsPerPoll == 0) stop.poll();
    channel_.begin_packet();
    if (format_ == RowFormat::kText) {
      append_text_row(chunk, columns_, active[i], channel_.output());
    } else {
      append_binary_row(chunk, columns_, active[i], channel_.output());
    }
    channel_.end_packet(stop);
  }
}

void ResultEncoder::end_result(const session::StatementOutcome& outcome) {
  if ((outcome.status_flags & kStatusCursorExists) == 0) end_columns();
  in_columns_ = false;
  if ((capabilities_ & capability::kDeprecateEof) != 0) {
    write_ok(channel_, outcome, 0xfe, stop_);
  } else {
    write_eof(channel_, outcome.status_flags, outcome.warning_count, stop_);
  }
}

void ResultEncoder::ok(const session::StatementOutcome& outcome) {
  SLUICE_CHECK(!in_file_, "a statement succeeded without the end of its file");
  try {
    write_ok(channel_, outcome, 0, stop_);
  } catch (const std::bad_alloc&) {
    // What has taken effect is not answered with an error.
    throw ConnectionLost{"no memory for an answer"};
  }
}

void ResultEncoder::error(const SqlError& error) {
  if (in_file_) {
    held_error_ = error;
    was_stopped_ = file_statement_.stop_requested();
    return;
  }
  end_columns();
  write_error(channel_, error, stop_);
}

std::unique_ptr<session::LocalFile> ResultEncoder::request_local_file(std::string_view name, StopToken stop) {
  if ((capabilities_ & capability::kLocalFiles) == 0) throw SqlError(ErrorCode::kClientLocalFilesDisabled);
  channel_.begin_packet();
  append_int1(channel_.output(), 0xfb);
  channel_.output().append(name);
  channel_.end_packet(stop);
  in_file_ = true;
  file_statement_ = stop;
  channel_.flush(stop);
  return std::make_unique<ClientFile>(*this);
}

void ResultEncoder::finish() {
  if (!in_file_) return;
  SLUICE_CHECK(held_error_.has_value(), "a command ended inside of a client's file");
  const std::int64_t deadline_ns = clock().now_ns() + session_.local_file_patience_ms() * 1'000'000;
  const auto wait_ms = [&] {
    if (session_.wants_close()) return 0;
    if (!was_stopped_) return kFileTimeoutMs;
    const std::int64_t left_ms = (deadline_ns - clock().now_ns() + 999'999) / 1'000'000;
    return static_cast<int>(std::clamp<std::int64_t>(left_ms, 0, kFileTimeoutMs));
  };
  // The stop may have come before the client was asked.
  if (!channel_.try_flush(wait_ms(), stop_) || !channel_.discard_file(wait_ms, stop_))
    throw ConnectionLost{"the client did not come to the end of its file"};
  in_file_ = false;
  write_error(channel_, *held_error_, stop_);
}

}  // namespace sluice::server
