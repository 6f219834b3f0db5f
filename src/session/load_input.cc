#include "session/load_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/sql_error.h"
#include "session/accounts.h"
#include "session/read_ahead_file.h"
#include "session/record_parser.h"

namespace sluice::session {
namespace {

/// Records of bytes that come from somewhere, which is opened when the first record is asked for: what is wrong with the statement is said before that.
class Records : public executor::RecordSource {
 public:
  Records(RecordFormat format, std::uint64_t skipped_lines)
      : parser_(std::move(format), [this](StopToken stop) { return read(stop); }), skipped_lines_(skipped_lines) {}

  bool next(std::vector<std::optional<std::string>>& fields, StopToken stop) final {
    if (!is_open_) {
      open(stop);
      is_open_ = true;
      parser_.skip_lines(skipped_lines_, stop);
    }
    return parser_.next(fields, stop);
  }

 protected:
  virtual void open(StopToken stop) = 0;
  /// The next bytes, valid until the next call; empty at the end.
  virtual std::string_view read(StopToken stop) = 0;

 private:
  RecordParser parser_;
  const std::uint64_t skipped_lines_;
  bool is_open_ = false;
};

class ClientRecords final : public Records {
 public:
  ClientRecords(const sql::LoadDataStatement& statement, StatementContext& context, RecordFormat format)
      : Records(std::move(format), statement.ignore_lines), name_(statement.file_name), context_(context) {}

 private:
  void open(StopToken stop) override {
    file_.emplace(context_.writer.request_local_file(name_, stop), context_.session.environment.spill_directory,
                  context_.run.memory(), stop);
  }
  std::string_view read(StopToken stop) override { return file_->read(stop); }

  const std::string_view name_;  // the statement's
  StatementContext& context_;
  std::optional<ReadAheadFile> file_;
};

class ServerRecords final : public Records {
 public:
  ServerRecords(const sql::LoadDataStatement& statement, RecordFormat format)
      : Records(std::move(format), statement.ignore_lines), path_(statement.file_name) {}

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  /// Regular files only: to open or read a pipe can take for ever, and no stop would end it.
  void open(StopToken stop) override {
    stop.poll();
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0) throw SqlError(ErrorCode::kFileStat, path_, errno, std::strerror(errno));
    const int descriptor = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    File file(descriptor < 0 ? nullptr : ::fdopen(descriptor, "rb"), &std::fclose);
    if (file == nullptr) {
      const int error = errno;
      if (descriptor >= 0) ::close(descriptor);
      throw SqlError(ErrorCode::kFileNotReadable, path_, error, std::strerror(error));
    }
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
      throw SqlError(ErrorCode::kTextfileNotReadable, path_);
    file_ = std::move(file);
  }

  std::string_view read(StopToken stop) override {
    stop.poll();
    const std::size_t count = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
    if (count == 0 && std::ferror(file_.get()) != 0)
      throw SqlError(ErrorCode::kErrorOnRead, path_, errno, std::strerror(errno));
    return {buffer_.data(), count};
  }

  const std::string path_;
  File file_{nullptr, &std::fclose};
  std::array<char, 64 << 10> buffer_;
};

RecordFormat format_of(const sql::LoadDataStatement& statement) {
  RecordFormat format;
  format.field_terminator = statement.format.fields_terminated_by;
  format.enclosure = statement.format.fields_enclosed_by;
  format.escape = statement.format.fields_escaped_by;
  format.line_start = statement.format.lines_starting_by;
  format.line_terminator = statement.format.lines_terminated_by;
  if (statement.format.is_defined_null_written) format.null_text = std::string(statement.format.fields_defined_null_by);
  return format;
}

}  // namespace

std::unique_ptr<executor::RecordSource> open_load_input(const sql::LoadDataStatement& statement,
                                                        StatementContext& context) {
  if (!statement.file_format.empty()) throw SqlError(ErrorCode::kNotSupportedYet, "LOAD DATA FORMAT");
  RecordFormat format = format_of(statement);
  if (statement.is_local) {
    if (context.session.variables.get("local_infile") != "ON") throw SqlError(ErrorCode::kClientLocalFilesDisabled);
    return std::make_unique<ClientRecords>(statement, context, std::move(format));
  }
  context.session.environment.accounts.check_global(context.session, Privilege::kFile);
  return std::make_unique<ServerRecords>(statement, std::move(format));
}

}  // namespace sluice::session
