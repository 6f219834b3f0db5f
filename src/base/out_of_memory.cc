#include "base/out_of_memory.h"

namespace sluice {
namespace {

const SqlError kOutOfMemory{ErrorCode::kOutOfResources};

}  // namespace

const SqlError& out_of_memory_error() noexcept { return kOutOfMemory; }

}  // namespace sluice
