#pragma once

#include <string>
#include <vector>

namespace sluice::sweeps {

enum class CaseKind { kQuery, kWrite, kJob };

/// One statement or schema change that the sweeps stop, fail and crash.
struct SweepCase {
  CaseKind kind = CaseKind::kQuery;
  std::string name;
  std::string statement;
  std::string undo;                 // takes the effect of `statement` back; "" for queries
  std::vector<std::string> before;  // session settings that the statement runs under
};

/// What a case file holds.
struct CaseFile {
  std::vector<std::string> fixture;  // statements that fill an empty database
  std::vector<SweepCase> cases;
};

/// Reads a case file; its form is described at the head of cases.txt. Throws std::runtime_error with the line at fault.
CaseFile read_case_file(const std::string& path);

}  // namespace sluice::sweeps
