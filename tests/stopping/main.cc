// The scenarios; or, with --crash, a server that dies at a given place (crash_test.cc).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crash_child.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  if (argc > 1 && arguments[1] == "--crash")
    return sluice::stopping::crash_child({arguments.begin() + 2, arguments.end()});
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
