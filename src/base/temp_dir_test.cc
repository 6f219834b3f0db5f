#include "base/temp_dir.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/sql_error.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

TEST(TempDir, IsRemovedWithAllItHolds) {
  std::string path;
  {
    TempDir dir;
    path = dir.path();
    EXPECT_TRUE(fs::is_directory(path));
    fs::create_directories(dir.new_path("nested") + "/deep");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, PathsDiffer) {
  TempDir dir;
  EXPECT_NE(dir.new_path("a"), dir.new_path("a"));
}

TEST(TempDir, LeftoversOfACrashAreRemovedWhoeverMadeThem) {
  TempDir parent;
  const std::string own_id = std::to_string(::getpid());
  for (const std::string& name : {std::string("spill-9999999-1"), "spill-" + own_id + "-1"}) {
    fs::create_directories(parent.path() + "/" + name + "/x");
  }
  EXPECT_EQ(TempDir::remove_leftovers(parent.path()), 2u);
  EXPECT_TRUE(fs::is_empty(parent.path()));
  EXPECT_EQ(TempDir::remove_leftovers(parent.path() + "/missing"), 0u);
}

TEST(TempFile, ReadsBackWhatWasAppended) {
  TempDir dir;
  TempFile file(dir, "run");
  file.append("hello ");
  file.append("world");
  EXPECT_EQ(file.size(), 11u);
  char text[5];
  file.read(6, text, 5);
  EXPECT_EQ(std::string_view(text, 5), "world");
}

TEST(TempFile, ReadBeyondTheEndFails) {
  TempDir dir;
  TempFile file(dir, "run");
  file.append("abc");
  char text[4];
  EXPECT_THROW(file.read(0, text, 4), SqlError);
}

TEST(TempFile, IsRemovedByItsLastOwner) {
  TempDir dir;
  std::string path;
  {
    TempFile file(dir, "run");
    path = file.path();
    const TempFile moved(std::move(file));
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempFile, QuotaStopsItWith1021AndIsGivenBack) {
  TempDir dir;
  DiskQuota quota(10);
  {
    TempFile file(dir, "run", &quota);
    file.append("12345678");
    try {
      file.append("123");
      FAIL() << "the quota did not hold";
    } catch (const SqlError& error) {
      EXPECT_EQ(error.number(), 1021);
    }
    EXPECT_EQ(quota.bytes(), 8);
  }
  EXPECT_EQ(quota.bytes(), 0);
}

}  // namespace
}  // namespace sluice
