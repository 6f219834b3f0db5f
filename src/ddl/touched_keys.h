#pragma once

#include "base/stop_token.h"
#include "ddl/reorganization.h"

namespace sluice::ddl {

/// Makes each unique key that statements wrote while an index was built agree with the rows: at most one row holds it, and
/// the entry names that row. Runs in phase kVerify, when no transaction is left that could have missed an ingested entry.
///
/// Proof: docs/decisions/add-index-in-the-past.md. Keys that agree are only read; one that does not is locked, read again and
/// put right. Throws Stopped; 1062 with value and key if two rows hold one key; storage errors.
void verify_touched_keys_of(const ReorganizationContext& context, const catalog::IndexInfo& index, StopToken stop);

}  // namespace sluice::ddl
