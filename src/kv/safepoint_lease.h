#pragma once

#include <cstdint>
#include <utility>

#include "kv/timestamp.h"

namespace sluice::kv {

/// What a SafepointLease gives itself back to; implemented by stores.
class SafepointRegistry {
 public:
  virtual void release_safepoint(std::uint64_t lease_id) noexcept = 0;

 protected:
  ~SafepointRegistry() = default;
};

/// While it lives, garbage collection keeps every version that is visible at or after `timestamp()`.
///
/// Ownership: move-only; borrows its Store. Thread-safety: as a value.
class SafepointLease {
 public:
  SafepointLease() = default;
  SafepointLease(SafepointRegistry* registry, std::uint64_t lease_id, Timestamp timestamp) noexcept
      : registry_(registry), lease_id_(lease_id), timestamp_(timestamp) {}
  SafepointLease(SafepointLease&& other) noexcept
      : registry_(std::exchange(other.registry_, nullptr)), lease_id_(other.lease_id_), timestamp_(other.timestamp_) {}
  SafepointLease& operator=(SafepointLease&& other) noexcept {
    if (this != &other) {
      release();
      registry_ = std::exchange(other.registry_, nullptr);
      lease_id_ = other.lease_id_;
      timestamp_ = other.timestamp_;
    }
    return *this;
  }
  ~SafepointLease() { release(); }

  bool held() const noexcept { return registry_ != nullptr; }
  Timestamp timestamp() const noexcept { return timestamp_; }
  void release() noexcept {
    if (registry_ != nullptr) std::exchange(registry_, nullptr)->release_safepoint(lease_id_);
  }

 private:
  SafepointRegistry* registry_ = nullptr;
  std::uint64_t lease_id_ = 0;
  Timestamp timestamp_ = 0;
};

}  // namespace sluice::kv
