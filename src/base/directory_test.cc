#include "base/directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/temp_dir.h"

namespace sluice {
namespace {

void write_file(const std::string& path) { std::ofstream(path) << "text"; }

TEST(Directory, NamesAreThoseOfFilesAndDirectories) {
  const TempDir dir;
  write_file(dir.path() + "/file");
  std::filesystem::create_directory(dir.path() + "/directory");
  std::error_code error;
  std::vector<std::string> names = names_in_directory(dir.path(), error);
  std::sort(names.begin(), names.end());
  EXPECT_FALSE(error);
  EXPECT_EQ(names, (std::vector<std::string>{"directory", "file"}));
  EXPECT_TRUE(names_in_directory(dir.path() + "/absent", error).empty());
  EXPECT_EQ(error, std::errc::no_such_file_or_directory);
}

TEST(Directory, ATreeIsRemovedAndItsLinksAreNotFollowed) {
  const TempDir dir;
  write_file(dir.path() + "/kept");
  const std::string tree = dir.path() + "/tree";
  std::filesystem::create_directories(tree + "/a/b");
  for (int i = 0; i < 200; ++i) write_file(tree + "/a/b/" + std::to_string(i));
  std::filesystem::create_directory_symlink(dir.path(), tree + "/a/link");
  EXPECT_FALSE(remove_tree(tree));
  EXPECT_FALSE(std::filesystem::exists(tree));
  EXPECT_TRUE(std::filesystem::exists(dir.path() + "/kept"));
}

TEST(Directory, RemovingAFileOrNothingSucceedsAndWhatCannotBeRemovedIsTold) {
  const TempDir dir;
  write_file(dir.path() + "/file");
  EXPECT_FALSE(remove_tree(dir.path() + "/file"));
  EXPECT_FALSE(remove_tree(dir.path() + "/file"));
  write_file(dir.path() + "/file");
  EXPECT_EQ(remove_tree(dir.path() + "/file/below"), std::errc::not_a_directory);
}

}  // namespace
}  // namespace sluice
