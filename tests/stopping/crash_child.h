#pragma once

#include <string>
#include <vector>

namespace sluice::stopping {

/// How a schema change of a process goes that dies at a failpoint.
enum class Fate { kBuild, kCancel };

/// `--crash <data path> <failpoint> <pass> build|cancel`, in a process of its own: opens the server, writes rows all the time, and adds the index
/// of the crash tests; with `cancel` it is cancelled in its scan. The process dies at that pass of the failpoint; returns only if it is not reached.
int crash_child(const std::vector<std::string>& arguments);

/// Runs this program as such a process. True if it died at the place.
bool run_crash_child(const std::string& data_path, const std::string& failpoint, int pass, Fate fate);

inline constexpr char kCrashAddIndex[] = "ALTER TABLE built ADD UNIQUE INDEX added (c, id)";

}  // namespace sluice::stopping
