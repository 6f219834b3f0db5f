#include "sweep_case.h"

#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sluice::sweeps {
namespace {

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

[[noreturn]] void reject(const std::string& path, int line, const std::string& what) {
  throw std::runtime_error(path + ":" + std::to_string(line) + ": " + what);
}

}  // namespace

CaseFile read_case_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  CaseFile result;
  std::vector<std::string> settings;
  std::string raw;
  for (int number = 1; std::getline(file, raw); ++number) {
    const std::string line = trimmed(raw);
    if (line.empty() || line.front() == '#') continue;
    const std::size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : trimmed(line.substr(space));
    if (word == "fixture") {
      result.fixture.push_back(rest);
    } else if (word == "setting") {
      settings.push_back(rest);
    } else if (word == "query" || word == "write" || word == "job") {
      const std::vector<std::string> parts = split(rest, "|| ");
      SweepCase added;
      added.kind = word == "query" ? CaseKind::kQuery : word == "write" ? CaseKind::kWrite : CaseKind::kJob;
      if (parts.size() != (added.kind == CaseKind::kQuery ? 2u : 3u)) reject(path, number, "wrong number of parts");
      added.name = parts[0];
      added.statement = parts[1];
      if (parts.size() == 3) added.undo = parts[2];
      added.before = std::exchange(settings, {});
      result.cases.push_back(std::move(added));
    } else {
      reject(path, number, "unknown word " + word);
    }
  }
  return result;
}

}  // namespace sluice::sweeps
