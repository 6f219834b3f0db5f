#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "expression/builder.h"
#include "expression/eval_context.h"
#include "expression/function_registry.h"
#include "types/collation.h"
#include "types/sql_mode.h"

// Reads expressions in the form in which EXPLAIN prints them: for tests and benchmarks.
//
//   1  -1  1u (unsigned)  1.50 (decimal)  1.5e0 (double)  'text'  b'bytes'  null  name(arg, ...)  column
//   casts: signed(x) unsigned(x) char(x) char5(x) double(x) decimal(x) datetime(x) datetime6(x) as_date(x) as_time(x) as_json(x)
//   collate_<name>(x)

namespace sluice::expression::testing_support {

class ExpressionText {
 public:
  ExpressionText(std::string_view text, const BuildContext& context,
                 const std::unordered_map<std::string, ExpressionPtr>* columns = nullptr)
      : text_(text), context_(context), columns_(columns) {}

  ExpressionPtr parse() {
    ExpressionPtr result = parse_one();
    skip_spaces();
    if (!text_.empty()) throw std::runtime_error("left over: " + std::string(text_));
    return result;
  }

 private:
  void skip_spaces() {
    while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
  }
  bool take(char character) {
    skip_spaces();
    if (text_.empty() || text_.front() != character) return false;
    text_.remove_prefix(1);
    return true;
  }

  ExpressionPtr parse_one() {
    skip_spaces();
    if (text_.empty()) throw std::runtime_error("an expression is missing");
    if (take('\'')) return parse_string(types::default_collation());
    if (text_.substr(0, 2) == "b'") {
      text_.remove_prefix(2);
      return parse_string(types::binary_collation());
    }
    const char first = text_.front();
    if ((first >= '0' && first <= '9') || first == '-' || first == '.') return parse_number();
    return parse_name();
  }

  ExpressionPtr parse_string(const types::Collation* collation) {
    const std::size_t end = text_.find('\'');
    const std::string value(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return make_string(value, collation);
  }

  ExpressionPtr parse_number() {
    const std::size_t end = text_.find_first_of(",) ");
    const std::string number(text_.substr(0, end));
    text_.remove_prefix(number.size());
    if (number.back() == 'u') return make_uint(std::strtoull(number.c_str(), nullptr, 10));
    if (number.find('e') != std::string::npos) return make_double(std::strtod(number.c_str(), nullptr));
    if (number.find('.') != std::string::npos) return make_decimal(types::Decimal::parse(number));
    return make_int(std::strtoll(number.c_str(), nullptr, 10));
  }

  ExpressionPtr parse_name() {
    const std::size_t end = text_.find_first_of("(,) ");
    const std::string name(text_.substr(0, end));
    text_.remove_prefix(name.size());
    if (!take('(')) {
      if (name == "null") return make_null();
      if (columns_ != nullptr) {
        const auto found = columns_->find(name);
        if (found != columns_->end()) return found->second;
      }
      throw std::runtime_error("no column " + name);
    }
    std::vector<ExpressionPtr> arguments;
    if (!take(')')) {
      do {
        arguments.push_back(parse_one());
      } while (take(','));
      if (!take(')')) throw std::runtime_error("a parenthesis is open before: " + std::string(text_));
    }
    return call(name, std::move(arguments));
  }

  ExpressionPtr call(const std::string& name, std::vector<ExpressionPtr> arguments) {
    const auto cast = [&](const types::FieldType& type) { return make_cast(arguments[0], type, context_); };
    if (name == "signed") return cast(int_type());
    if (name == "unsigned") return cast(uint_type());
    if (name == "char") return cast(varchar_type(-1, types::default_collation()));
    if (name == "char5") return cast(varchar_type(5, types::default_collation()));
    if (name == "double") return cast(double_type());
    if (name == "decimal") return cast(decimal_type(10, 2));
    if (name == "datetime") return cast(datetime_type(0));
    if (name == "datetime6") return cast(datetime_type(6));
    if (name == "as_date") return cast(date_type());
    if (name == "as_time") return cast(duration_type(0));
    if (name == "as_json") return cast(json_type());
    if (name.starts_with("collate_")) {
      return make_collate(arguments[0], types::find_collation(name.substr(8)), context_);
    }
    return make_function(name, std::move(arguments), context_);
  }

  std::string_view text_;
  const BuildContext& context_;
  const std::unordered_map<std::string, ExpressionPtr>* columns_;
};

}  // namespace sluice::expression::testing_support
