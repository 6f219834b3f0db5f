#pragma once

#include <string>
#include <system_error>
#include <vector>

namespace sluice {

// In place of std::filesystem's iterators and remove_all(): those of libstdc++ allocate in noexcept functions, so that a
// want of memory ends the process.

/// Names of what lies in the directory `path`, in no order. Empty, and `error` set, if it cannot be read.
/// Throws std::bad_alloc.
std::vector<std::string> names_in_directory(const std::string& path, std::error_code& error);

/// Removes the file or the directory `path` with all below it; symbolic links are removed, not followed. What is not there
/// counts as removed. Goes on after a failure; returns the first one.
std::error_code remove_tree(const std::string& path) noexcept;

}  // namespace sluice
