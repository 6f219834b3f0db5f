#include "ingest/run_merge.h"

#include <algorithm>

namespace sluice::ingest {

RunMerge::RunMerge(const std::vector<EntryBuffer>& buffers, const std::vector<RunFile>& files, std::string_view begin,
                   std::string_view end)
    : end_(end) {
  readers_.reserve(files.size());
  for (const EntryBuffer& buffer : buffers) {
    Source source;
    source.buffer = &buffer;
    source.index = buffer.lower_bound(begin);
    sources_.push_back(source);
  }
  for (const RunFile& file : files) {
    Source source;
    source.is_file = true;
    source.reader = readers_.size();
    readers_.emplace_back(file, begin);
    sources_.push_back(source);
  }
  for (Source& source : sources_) advance(source);
  build_tree();
}

void RunMerge::advance(Source& source) {
  if (source.is_file) {
    source.at_end = !readers_[source.reader].next(source.current);
  } else if (source.index < source.buffer->size()) {
    source.current = source.buffer->at_in_order(source.index++);
  } else {
    source.at_end = true;
  }
  if (!source.at_end && !end_.empty() && source.current.key >= end_) source.at_end = true;
}

bool RunMerge::is_before(std::size_t a, std::size_t b) const noexcept {
  if (sources_[a].at_end || sources_[b].at_end) return !sources_[a].at_end || (sources_[b].at_end && a < b);
  const int order = sources_[a].current.key.compare(sources_[b].current.key);
  return order != 0 ? order < 0 : a < b;
}

// Plays all matches bottom up: node i > 0 keeps the loser of its match, the winner goes on to i / 2.
void RunMerge::build_tree() {
  const std::size_t count = sources_.size();
  losers_.assign(std::max<std::size_t>(count, 1), 0);
  if (count < 2) return;
  std::vector<std::size_t> winners(2 * count);
  for (std::size_t i = 0; i < count; ++i) winners[count + i] = i;
  for (std::size_t node = count - 1; node >= 1; --node) {
    const std::size_t left = winners[2 * node];
    const std::size_t right = winners[2 * node + 1];
    const bool left_wins = is_before(left, right);
    winners[node] = left_wins ? left : right;
    losers_[node] = left_wins ? right : left;
  }
  losers_[0] = winners[1];
}

void RunMerge::replay(std::size_t source) {
  std::size_t winner = source;
  for (std::size_t node = (sources_.size() + source) / 2; node >= 1; node /= 2) {
    if (is_before(losers_[node], winner)) std::swap(losers_[node], winner);
  }
  losers_[0] = winner;
}

bool RunMerge::next(EntryBuffer::Entry& entry) {
  if (sources_.empty()) return false;
  if (started_) {
    advance(sources_[losers_[0]]);
    if (sources_.size() > 1) replay(losers_[0]);
  }
  started_ = true;
  const Source& winner = sources_[losers_[0]];
  if (winner.at_end) return false;
  entry = winner.current;
  return true;
}

std::vector<std::string> choose_splitters(const std::vector<EntryBuffer>& buffers, const std::vector<RunFile>& files,
                                          std::size_t parts) {
  constexpr std::size_t kSamplesPerBuffer = 256;
  std::vector<std::string> samples;
  for (const EntryBuffer& buffer : buffers) {
    const std::size_t step = std::max<std::size_t>(1, buffer.size() / kSamplesPerBuffer);
    for (std::size_t i = step / 2; i < buffer.size(); i += step) samples.emplace_back(buffer.at(i).key);
  }
  for (const RunFile& file : files) {
    for (const RunFile::Block& block : file.blocks) samples.push_back(block.first_key);
  }
  std::sort(samples.begin(), samples.end());
  std::vector<std::string> splitters;
  for (std::size_t part = 1; part < parts; ++part) {
    const std::size_t at = samples.size() * part / parts;
    if (at >= samples.size() || samples[at].empty()) continue;
    if (splitters.empty() || samples[at] > splitters.back()) splitters.push_back(samples[at]);
  }
  return splitters;
}

}  // namespace sluice::ingest
