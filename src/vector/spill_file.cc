#include "vector/spill_file.h"

#include <lz4.h>

#include <cstring>

#include "base/sql_error.h"

namespace sluice::vector {

namespace {

struct BlockHeader {
  std::uint32_t raw_bytes;
  std::uint32_t stored_bytes;
  std::uint32_t row_count;
};
static_assert(sizeof(BlockHeader) == 12);

void append_bytes(const void* bytes, std::size_t size, std::string& out) {
  out.append(static_cast<const char*>(bytes), size);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) throw SqlError(ErrorCode::kErrorOnRead, "a temporary file", 0, "a block is cut short");
    const std::string_view result = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return result;
  }

 private:
  std::string_view bytes_;
};

std::size_t null_word_count(std::size_t row_count) { return (row_count + 63) / 64; }

}  // namespace

void encode_chunk(const Chunk& chunk, std::string& out) {
  Chunk dense;
  const Chunk* source = &chunk;
  bool any_constant = false;
  for (const ColumnVector& column : chunk.columns) any_constant |= column.is_constant();
  if (chunk.has_selection() || any_constant) {
    dense.reference(chunk);
    dense.flatten();
    source = &dense;
  }
  const std::size_t row_count = source->row_count;
  for (const ColumnVector& column : source->columns) {
    out.push_back(column.has_nulls() ? 1 : 0);
    if (column.has_nulls()) append_bytes(column.null_words().data(), null_word_count(row_count) * 8, out);
    if (!column.holds_strings()) {
      append_bytes(column.values<std::byte>().data(), row_count * value_width(column.type()), out);
      continue;
    }
    const StringSlot* slots = column.values<StringSlot>().data();
    for (std::size_t row = 0; row < row_count; ++row) {
      const auto length = static_cast<std::uint32_t>(column.is_null(row) ? 0 : slots[row].size());
      append_bytes(&length, sizeof(length), out);
    }
    for (std::size_t row = 0; row < row_count; ++row) {
      if (!column.is_null(row)) out.append(slots[row].view());
    }
  }
}

void decode_chunk(std::string_view bytes, std::size_t row_count, std::span<const types::PhysicalType> types,
                  Chunk& out) {
  ByteReader reader(bytes);
  while (out.columns.size() > types.size()) out.columns.pop_back();
  for (std::size_t index = 0; index < types.size(); ++index) {
    if (index == out.columns.size()) out.columns.emplace_back(types[index]);
    ColumnVector& column = out.columns[index];
    column.reset(types[index]);
    column.resize(row_count);
    std::string_view null_words;
    if (reader.take(1)[0] != 0) null_words = reader.take(null_word_count(row_count) * 8);
    if (!column.holds_strings()) {
      const std::string_view values = reader.take(row_count * value_width(types[index]));
      if (row_count != 0) std::memcpy(column.values<std::byte>().data(), values.data(), values.size());
    } else {
      const std::string_view lengths = reader.take(row_count * sizeof(std::uint32_t));
      for (std::size_t row = 0; row < row_count; ++row) {
        std::uint32_t length;
        std::memcpy(&length, lengths.data() + row * sizeof(length), sizeof(length));
        column.set_string(row, reader.take(length));
      }
    }
    for (std::size_t row = 0; row < row_count && !null_words.empty(); ++row) {
      std::uint64_t word;
      std::memcpy(&word, null_words.data() + (row >> 6) * 8, sizeof(word));
      if ((word >> (row & 63)) & 1) column.set_null(row);
    }
  }
  out.drop_selection();
  out.row_count = row_count;
}

SpillFile::SpillFile(const SpillSpace& space, std::vector<types::PhysicalType> types)
    : types_(std::move(types)), file_(*space.directory, "spill", space.quota) {}

void SpillFile::append(const Chunk& chunk, StopToken stop) {
  stop.poll();
  const std::size_t row_count = chunk.active_count();
  if (row_count == 0) return;
  raw_.clear();
  encode_chunk(chunk, raw_);
  const int bound = LZ4_compressBound(static_cast<int>(raw_.size()));
  stored_.resize(sizeof(BlockHeader) + static_cast<std::size_t>(bound));
  const int compressed =
      LZ4_compress_default(raw_.data(), stored_.data() + sizeof(BlockHeader), static_cast<int>(raw_.size()), bound);
  BlockHeader header{static_cast<std::uint32_t>(raw_.size()), static_cast<std::uint32_t>(compressed),
                     static_cast<std::uint32_t>(row_count)};
  if (compressed <= 0 || static_cast<std::size_t>(compressed) >= raw_.size()) {
    header.stored_bytes = header.raw_bytes;
    stored_.resize(sizeof(BlockHeader));
    stored_ += raw_;
  } else {
    stored_.resize(sizeof(BlockHeader) + static_cast<std::size_t>(compressed));
  }
  std::memcpy(stored_.data(), &header, sizeof(header));
  file_.append(stored_);
  row_count_ += row_count;
}

bool SpillFile::Reader::next(Chunk& out, StopToken stop) {
  stop.poll();
  if (offset_ == file_->file_.size()) return false;
  BlockHeader header;
  file_->file_.read(offset_, reinterpret_cast<char*>(&header), sizeof(header));
  offset_ += sizeof(header);
  stored_.resize(header.stored_bytes);
  file_->file_.read(offset_, stored_.data(), stored_.size());
  offset_ += stored_.size();
  if (header.stored_bytes == header.raw_bytes) {
    decode_chunk(stored_, header.row_count, file_->types_, out);
    return true;
  }
  raw_.resize(header.raw_bytes);
  const int size =
      LZ4_decompress_safe(stored_.data(), raw_.data(), static_cast<int>(stored_.size()), static_cast<int>(raw_.size()));
  if (size != static_cast<int>(header.raw_bytes)) {
    throw SqlError(ErrorCode::kErrorOnRead, file_->file_.path(), 0, "a block does not decompress");
  }
  decode_chunk(raw_, header.row_count, file_->types_, out);
  return true;
}

}  // namespace sluice::vector
