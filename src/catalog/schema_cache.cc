#include "catalog/schema_cache.h"

namespace sluice::catalog {

SchemaCache::SchemaCache() : schema_(std::make_shared<const Schema>()) {}

SchemaPtr SchemaCache::current() const {
  MutexLock lock(mutex_);
  return schema_;
}

void SchemaCache::publish(SchemaPtr schema) {
  MutexLock lock(mutex_);
  // The replaced schema dies after the lock is gone: it may be large.
  if (schema->version() > schema_->version()) schema_.swap(schema);
}

}  // namespace sluice::catalog
