#pragma once

#include "base/stop_token.h"
#include "catalog/schema.h"

namespace sluice::kv {
class Snapshot;
}

namespace sluice::catalog {

/// Reads the whole schema at `snapshot`. Throws Stopped, storage errors, InternalError for a document that cannot be read.
SchemaPtr load_schema(kv::Snapshot& snapshot, StopToken stop);

/// Brings `base` up to the schema version of `snapshot` by its diffs; reads everything if a diff is missing or more than
/// 1,024 are. Returns `base` itself if it is current.
SchemaPtr refresh_schema(SchemaPtr base, kv::Snapshot& snapshot, StopToken stop);

}  // namespace sluice::catalog
