#pragma once

#include <span>

#include "expression/function_registry.h"

// The families of functions, each a table in its own functions_*.cc.

namespace sluice::expression {

std::span<const FunctionDefinition> arithmetic_functions();  // + - * / DIV % unary -
std::span<const FunctionDefinition> bit_functions();         // & | ^ ~ << >> bit_count
std::span<const FunctionDefinition> cast_functions();        // cast, binary
std::span<const FunctionDefinition> comparison_functions();  // = <=> <> < <= > >=
std::span<const FunctionDefinition> control_functions();     // if, ifnull, nullif, case, coalesce
std::span<const FunctionDefinition> in_functions();          // in
std::span<const FunctionDefinition> information_functions();  // database, user, version, ...
std::span<const FunctionDefinition> logic_functions();       // and, or, xor, not, isnull, istrue, ...
std::span<const FunctionDefinition> math_functions();        // abs, ceil, sqrt, rand, ...
std::span<const FunctionDefinition> pattern_functions();     // like, greatest, least, interval, strcmp
std::span<const FunctionDefinition> session_functions();     // user and system variables, sleep, locks
std::span<const FunctionDefinition> string_functions();         // length, upper, substring, trim, ...
std::span<const FunctionDefinition> string_build_functions();   // concat, repeat, lpad, replace, ...
std::span<const FunctionDefinition> string_search_functions();  // locate, field, find_in_set, ...
std::span<const FunctionDefinition> encoding_functions();       // hex, char, to_base64, format, ...
std::span<const FunctionDefinition> crypto_functions();         // md5, aes_encrypt, compress, ...

}  // namespace sluice::expression
