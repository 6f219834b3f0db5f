/// Values as the protocol carries them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "types/charset.h"
#include "types/field_type.h"
#include "vector/chunk.h"

namespace sluice::server {

/// How one column is sent.
struct SentColumn {
  types::FieldType type;
  const types::Charset* encoding =
      nullptr;  // what its strings are converted to; nullptr: they are sent as they are, in UTF-8
};

/// A column of `type` for a client whose character_set_results is `charset`, nullptr for none.
SentColumn sent_column(const types::FieldType& type, const types::Charset* charset);

/// Appends `text` (UTF-8) with its length, converted to `encoding` unless that is nullptr.
void append_text(std::string& out, std::string_view text, const types::Charset* encoding);

/// Appends row `row` of `chunk`, each value as text with its length, NULL as 0xfb.
void append_text_row(const vector::Chunk& chunk, std::span<const SentColumn> columns, std::size_t row,
                     std::string& out);

/// Appends the row in the binary protocol: header, NULL bitmap, values.
void append_binary_row(const vector::Chunk& chunk, std::span<const SentColumn> columns, std::size_t row,
                       std::string& out);

}  // namespace sluice::server
