#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::sweeps {

/// Whose allocations count: those of threads that work for a statement, or for any task of the server.
enum class AllocationScope : std::uint8_t { kStatements, kTasks };

/// A place whose failing allocation would end the process.
struct DeadlyPlace {
  std::uintptr_t noexcept_function = 0;
  std::string description;
};

/// What the program's `operator new` saw between arm_allocations() and disarm_allocations().
struct AllocationReport {
  std::uint64_t count = 0;
  std::vector<std::uint64_t> first_of_place;  // the allocations that were the first from their call stack
  bool failed = false;                        // one was made to fail
  std::string failed_at;                      // its call stack
};

/// The calling thread destroys a nlohmann::json next: its first allocation tells which function that is.
void expect_json_destructor() noexcept;
/// Whether it did: call stacks are then read right.
bool has_found_json_destructor();

/// Makes the `fail_at`-th allocation from here on fail with std::bad_alloc (0: none), and each one's call stack known.
/// Not counted, and so never failed: what RocksDB is on the stack of, as it does not survive that; the destructor of
/// nlohmann::json, which needs memory; and what would end the process, which deadly_places() reports.
void arm_allocations(AllocationScope scope, std::uint64_t fail_at);
AllocationReport disarm_allocations();

/// Each noexcept function without a handler that an armed allocation was made under, with one call stack.
const std::vector<DeadlyPlace>& deadly_places();

}  // namespace sluice::sweeps
