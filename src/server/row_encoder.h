/// Values as the protocol carries them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "types/field_type.h"
#include "vector/chunk.h"

namespace sluice::server {

/// Appends row `row` of `chunk`, each value as text with its length, NULL as 0xfb.
void append_text_row(const vector::Chunk& chunk, const std::vector<types::FieldType>& types, std::size_t row, std::string& out);

/// Appends the row in the binary protocol: header, NULL bitmap, values.
void append_binary_row(const vector::Chunk& chunk, const std::vector<types::FieldType>& types, std::size_t row, std::string& out);

}  // namespace sluice::server
