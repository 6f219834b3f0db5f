#include "session/record_parser.h"

namespace sluice::session {
namespace {

/// What an escape character followed by `c` stands for.
char unescaped(char c) {
  switch (c) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1a';
    default:
      return c;
  }
}

}  // namespace

RecordParser::RecordParser(RecordFormat format, std::function<std::string_view(StopToken)> read)
    : format_(std::move(format)), read_(std::move(read)) {}

bool RecordParser::fill(StopToken stop) {
  if (at_end_) return false;
  buffer_.erase(0, position_);
  position_ = 0;
  const std::string_view more = read_(stop);
  if (more.empty()) {
    at_end_ = true;
    return false;
  }
  buffer_.append(more);
  return true;
}

bool RecordParser::has_more(StopToken stop) {
  while (position_ >= buffer_.size()) {
    if (!fill(stop)) return false;
  }
  return true;
}

bool RecordParser::at(std::string_view text, StopToken stop) {
  if (text.empty()) return false;
  while (buffer_.size() - position_ < text.size()) {
    if (!fill(stop)) return false;
  }
  return std::string_view(buffer_).substr(position_, text.size()) == text;
}

bool RecordParser::find_line_start(StopToken stop) {
  if (format_.line_start.empty()) return has_more(stop);
  while (has_more(stop)) {
    if (at(format_.line_start, stop)) {
      position_ += format_.line_start.size();
      return true;
    }
    ++position_;
    if (position_ % 4096 == 0) stop.poll();
  }
  return false;
}

bool RecordParser::read_field(std::optional<std::string>& field, StopToken stop) {
  field.emplace();
  const char escape = format_.escape.empty() ? '\0' : format_.escape.front();
  const char enclosure = format_.enclosure.empty() ? '\0' : format_.enclosure.front();
  bool enclosed = enclosure != '\0' && has_more(stop) && buffer_[position_] == enclosure;
  const bool was_enclosed = enclosed;
  bool is_null = false;
  bool ends_record = true;
  if (enclosed) ++position_;
  while (true) {
    if (!has_more(stop)) break;
    const char c = buffer_[position_];
    if (!format_.escape.empty() && c == escape) {
      ++position_;
      if (!has_more(stop)) {
        field->push_back(escape);
        break;
      }
      const char next = buffer_[position_++];
      if (next == 'N' && field->empty() && !was_enclosed) {
        is_null = true;
      } else {
        field->push_back(unescaped(next));
      }
      continue;
    }
    if (enclosed) {
      ++position_;
      if (c != enclosure) {
        field->push_back(c);
        continue;
      }
      // A doubled quote is one quote; a quote before a terminator or the end closes the field.
      if (has_more(stop) && buffer_[position_] == enclosure) {
        field->push_back(enclosure);
        ++position_;
        continue;
      }
      if (!has_more(stop) || at(format_.field_terminator, stop) || at(format_.line_terminator, stop)) {
        enclosed = false;
        continue;
      }
      field->push_back(c);
      continue;
    }
    // The end of a line may begin as the end of a field does: ';;' after fields that end with ';'.
    if (at(format_.line_terminator, stop)) {
      position_ += format_.line_terminator.size();
      break;
    }
    if (at(format_.field_terminator, stop)) {
      position_ += format_.field_terminator.size();
      ends_record = false;
      break;
    }
    field->push_back(c);
    ++position_;
    if (field->size() % 4096 == 0) stop.poll();
  }
  if (is_null && field->empty()) field.reset();
  if (!was_enclosed && field && enclosure != '\0' && *field == "NULL") field.reset();
  if (!was_enclosed && field && format_.null_text && *field == *format_.null_text) field.reset();
  return ends_record;
}

bool RecordParser::next(std::vector<std::optional<std::string>>& fields, StopToken stop) {
  fields.clear();
  stop.poll();
  if (!find_line_start(stop)) return false;
  while (true) {
    const bool ended = read_field(fields.emplace_back(), stop);
    if (ended) return true;
  }
}

void RecordParser::skip_lines(std::uint64_t count, StopToken stop) {
  while (count > 0 && has_more(stop)) {
    if (at(format_.line_terminator, stop)) {
      position_ += format_.line_terminator.size();
      --count;
      stop.poll();
      continue;
    }
    ++position_;
    if (position_ % 4096 == 0) stop.poll();
  }
}

}  // namespace sluice::session
