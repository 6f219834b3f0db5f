#pragma once

#include <memory>

#include "kv/cursor.h"
#include "kv/embedded/write_buffer.h"

namespace sluice::kv {

/// Merges the writes of `buffer` in `range`, as they are now, over `base`: own puts replace and add rows, own erases hide them.
///
/// `base` scans the same range in the same direction. `buffer` must outlive the cursor; later writes to it are allowed and not seen, undoing
/// writes is not allowed.
std::unique_ptr<Cursor> open_merge_cursor(std::unique_ptr<Cursor> base, const WriteBuffer& buffer,
                                          const KeyRange& range, const CursorOptions& options);

}  // namespace sluice::kv
