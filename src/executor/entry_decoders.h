/// Decoders of records and index entries into chunk columns.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "executor/scan.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Decodes record values (and the handle in the keys) of `source` into the columns `column_offsets` (planner::kRowIdOffset: the hidden
/// row id), then computes `virtual_columns`. The arguments outlive the decoder.
std::unique_ptr<EntryDecoder> make_record_decoder(const planner::TableReference& source,
                                                  const std::vector<int>& column_offsets,
                                                  const std::vector<planner::VirtualColumn>& virtual_columns);

/// Decodes entries of `index` into columns of the table that the entry holds: indexed columns in full length, and those of the handle.
std::unique_ptr<EntryDecoder> make_index_decoder(const planner::TableReference& source, const catalog::IndexInfo& index,
                                                 const std::vector<int>& column_offsets,
                                                 const std::vector<planner::VirtualColumn>& virtual_columns);

}  // namespace sluice::executor
