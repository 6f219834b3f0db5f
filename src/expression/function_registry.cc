#include "expression/function_registry.h"

#include <algorithm>

#include "base/check.h"
#include "expression/function_families.h"

namespace sluice::expression {

const FunctionRegistry& FunctionRegistry::instance() {
  static const FunctionRegistry registry;
  return registry;
}

FunctionRegistry::FunctionRegistry() {
  add(arithmetic_functions());
  add(bit_functions());
  add(cast_functions());
  add(comparison_functions());
  add(control_functions());
  add(in_functions());
  add(information_functions());
  add(logic_functions());
  add(math_functions());
  add(pattern_functions());
  add(session_functions());
  add(string_functions());
  add(string_build_functions());
  add(string_search_functions());
  add(encoding_functions());
  add(crypto_functions());
  add(json_functions());
  add(json_edit_functions());
  add(regexp_functions());
  add(misc_functions());
  add(time_now_functions());
  add(time_part_functions());
  add(time_arithmetic_functions());
  add(time_difference_functions());
  add(time_format_functions());
  add(digest_functions());
  std::sort(by_name_.begin(), by_name_.end(),
            [](const FunctionDefinition* left, const FunctionDefinition* right) { return left->name < right->name; });
  for (std::size_t index = 1; index < by_name_.size(); ++index) {
    SLUICE_CHECK(by_name_[index - 1]->name != by_name_[index]->name, "function {} is registered twice",
                 by_name_[index]->name);
  }
}

void FunctionRegistry::add(std::span<const FunctionDefinition> family) {
  for (const FunctionDefinition& definition : family) by_name_.push_back(&definition);
}

const FunctionDefinition* FunctionRegistry::find(std::string_view name) const {
  auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [](const FunctionDefinition* left, std::string_view right) { return left->name < right; });
  if (found == by_name_.end() || (*found)->name != name) return nullptr;
  return *found;
}

}  // namespace sluice::expression
