#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::sweeps {

/// The calling thread's stack, from the caller of the allocation outwards, as an exception thrown there would meet it.
struct CallStack {
  std::vector<std::uintptr_t> frames;  // addresses within the calls, innermost first
  bool is_in_store_engine = false;     // RocksDB is on it
  bool ends_process = false;           // std::bad_alloc would meet a noexcept function before a handler, or no handler
  std::uintptr_t noexcept_function = 0;  // the begin of that function; 0: there is just no handler
};

/// Walks the stack of the calling thread, from the frame outwards that goes on at `begin` (what
/// __builtin_return_address() says in the function that it called). Nothing is thrown: what each frame would do is read
/// from the tables that the compiler made for the unwinder.
CallStack read_call_stack(const void* begin);

/// A guess at the identity of the calling thread's stack that costs a hundredth of read_call_stack(): what on the
/// innermost kilobytes of the stack looks like a return address. Equal keys mean equal stacks; one stack may have
/// several keys.
std::uint64_t guess_call_stack_key() noexcept;

/// A command that prints the functions and lines of the stack.
std::string describe(const CallStack& stack);

}  // namespace sluice::sweeps
