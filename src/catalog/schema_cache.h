#pragma once

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "catalog/schema.h"

namespace sluice::catalog {

/// The newest schema version that this node has loaded. Thread-safe.
class SchemaCache {
 public:
  SchemaCache();

  /// Never null: an empty schema of version 0 before the first publish().
  SchemaPtr current() const;

  /// Replaces the current schema; one that is not newer is ignored.
  void publish(SchemaPtr schema);

 private:
  mutable Mutex mutex_;
  SchemaPtr schema_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::catalog
