#include "base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string_view>

namespace sluice {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool is_own_or_parent(const char* name) noexcept {
  const std::string_view text(name);
  return text == "." || text == "..";
}

/// The error number of the first failure, or 0.
int remove_at(int parent, const char* name) noexcept {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;  // POSIX says EPERM of a directory, Linux EISDIR
  const int descriptor = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const Directory directory(::fdopendir(descriptor));
  if (directory == nullptr) {
    const int error = errno;
    ::close(descriptor);
    return error;
  }
  int first_error = 0;
  while (const dirent* const entry = ::readdir(directory.get())) {
    if (is_own_or_parent(entry->d_name)) continue;
    const int error = remove_at(descriptor, entry->d_name);
    if (first_error == 0) first_error = error;
  }
  if (first_error != 0) return first_error;
  return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

}  // namespace

std::vector<std::string> names_in_directory(const std::string& path, std::error_code& error) {
  error.clear();
  std::vector<std::string> names;
  const Directory directory(::opendir(path.c_str()));
  if (directory == nullptr) {
    error.assign(errno, std::generic_category());
    return names;
  }
  while (const dirent* const entry = ::readdir(directory.get())) {
    if (!is_own_or_parent(entry->d_name)) names.emplace_back(entry->d_name);
  }
  return names;
}

std::error_code remove_tree(const std::string& path) noexcept {
  return {remove_at(AT_FDCWD, path.c_str()), std::generic_category()};
}

}  // namespace sluice
