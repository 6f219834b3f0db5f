#pragma once

#include "base/stop_token.h"

namespace sluice::kv {
class Store;
}

namespace sluice::catalog {

/// The stored layout that this program writes; kept under BootstrapKey.
inline constexpr int kBootstrapVersion = 1;

/// Makes sure that the system databases, their tables and the database `test` exist: in one transaction, if the store is
/// empty. Afterwards root may connect without a password from any host that the server lets in.
/// Commit point: that transaction. Throws Stopped, storage errors, 1105 if the store was written by a newer layout.
void bootstrap(kv::Store& store, StopToken stop);

}  // namespace sluice::catalog
