/// The signal that a locking statement must start again.
#pragma once

namespace sluice::executor {

/// Thrown when a row that a statement has just locked was changed after the statement read it. The owner of the statement undoes its
/// writes, moves the transaction's for-update timestamp to the present and runs the plan again; locks stay, so it makes progress.
/// Not an error that a client sees, and so not a std::exception.
struct StaleRead {};

}  // namespace sluice::executor
