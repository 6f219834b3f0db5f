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
#include "session/record_parser.h"

namespace sluice::session {
namespace {

class ClientRecords final : public executor::RecordSource {
 public:
  ClientRecords(std::unique_ptr<LocalFile> file, RecordFormat format)
      : file_(std::move(file)), parser_(std::move(format), [this](StopToken stop) { return file_->read(stop); }) {}
  bool next(std::vector<std::optional<std::string>>& fields, StopToken stop) override {
    return parser_.next(fields, stop);
  }
  RecordParser& parser() { return parser_; }

 private:
  std::unique_ptr<LocalFile> file_;
  RecordParser parser_;
};

class ServerRecords final : public executor::RecordSource {
 public:
  ServerRecords(const std::string& path, RecordFormat format)
      : path_(path), file_(open(path)), parser_(std::move(format), [this](StopToken stop) { return read(stop); }) {}
  bool next(std::vector<std::optional<std::string>>& fields, StopToken stop) override {
    return parser_.next(fields, stop);
  }
  RecordParser& parser() { return parser_; }

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  /// Regular files only: to open or read a pipe can take for ever, and no stop would end it.
  static File open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    File file(descriptor < 0 ? nullptr : ::fdopen(descriptor, "rb"), &std::fclose);
    if (file == nullptr) {
      if (descriptor >= 0) ::close(descriptor);
      if (errno == ENOENT) throw SqlError::with_message(ErrorCode::kFileNotFound, "File '" + path + "' not found");
      throw SqlError(ErrorCode::kTextfileNotReadable, path);
    }
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
      throw SqlError(ErrorCode::kTextfileNotReadable, path);
    return file;
  }

  std::string_view read(StopToken stop) {
    stop.poll();
    const std::size_t count = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
    if (count == 0 && std::ferror(file_.get()) != 0)
      throw SqlError(ErrorCode::kErrorOnRead, path_, errno, std::strerror(errno));
    return {buffer_.data(), count};
  }

  const std::string path_;
  File file_;
  std::array<char, 64 << 10> buffer_;
  RecordParser parser_;
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
    auto records = std::make_unique<ClientRecords>(
        context.writer.request_local_file(statement.file_name, context.run.stop()), std::move(format));
    records->parser().skip_lines(statement.ignore_lines, context.run.stop());
    return records;
  }
  context.session.environment.accounts.check_global(context.session, Privilege::kFile);
  auto records = std::make_unique<ServerRecords>(std::string(statement.file_name), std::move(format));
  records->parser().skip_lines(statement.ignore_lines, context.run.stop());
  return records;
}

}  // namespace sluice::session
