// JSON: making, reading and searching documents. Functions that change documents are in functions_json_edit.cc.
#include <algorithm>

#include "expression/function_families.h"
#include "expression/json_kernel.h"
#include "types/json_search.h"
#include "types/json_writer.h"

namespace sluice::expression {

using types::Json;
using types::JsonPath;
using types::JsonType;
using types::JsonView;

void bind_json_document(FunctionBinder& binder, std::size_t index) {
  const types::FieldType& type = binder.argument_type(index);
  const bool is_text = type.is_string() && !type.is_binary_string();
  if (!is_text && type.code != types::TypeCode::kJson && type.code != types::TypeCode::kNull) {
    throw SqlError(ErrorCode::kInvalidTypeForJson, index + 1, binder.definition().name);
  }
  binder.parse_as_json(index);
}

void set_json_result(FunctionBinder& binder, Kernel kernel) {
  binder.set_result(json_type());
  binder.set_kernel(kernel);
}

namespace {

JsonView view_of(std::string_view binary) { return JsonView::from_binary(binary); }

void run_json_string(const KernelCall& call) {
  map_documents(call,
                [&](std::size_t row) { set_json(call.out, row, Json::from_string(call.args[0]->string_at(row))); });
}

void run_json_array(const KernelCall& call) {
  std::string binary;
  vector::for_each_row(call.rows, [&](std::size_t row) {
    call.context.stop.poll();
    binary.assign(1, static_cast<char>(JsonType::kArray));
    types::JsonBodyWriter body(binary, JsonType::kArray, call.args.size());
    for (std::size_t index = 0; index < call.args.size(); ++index) body.add(json_at(call, index, row));
    body.finish();
    if (types::json_depth(view_of(binary)) > types::kJsonDepthMax) throw SqlError(ErrorCode::kJsonDocumentTooDeep);
    call.out.set_string(row, binary);
  });
}

/// Keys in order; of equal keys the last value stays.
void run_json_object(const KernelCall& call) {
  std::vector<std::pair<std::string_view, JsonView>> members;
  std::string binary;
  vector::for_each_row(call.rows, [&](std::size_t row) {
    call.context.stop.poll();
    members.clear();
    for (std::size_t index = 0; index < call.args.size(); index += 2) {
      if (call.args[index]->is_null(row)) throw SqlError(ErrorCode::kJsonDocumentNullKey);
      members.emplace_back(call.args[index]->string_at(row), json_at(call, index + 1, row));
    }
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    std::size_t kept = 0;
    for (std::size_t index = 0; index < members.size(); ++index) {
      if (index + 1 == members.size() || members[index].first != members[index + 1].first)
        members[kept++] = members[index];
    }
    members.resize(kept);
    binary.assign(1, static_cast<char>(JsonType::kObject));
    types::JsonBodyWriter body(binary, JsonType::kObject, members.size());
    for (const auto& member : members) body.add_key(member.first);
    for (const auto& member : members) body.add(member.second);
    body.finish();
    if (types::json_depth(view_of(binary)) > types::kJsonDepthMax) throw SqlError(ErrorCode::kJsonDocumentTooDeep);
    call.out.set_string(row, binary);
  });
}

void run_json_extract(const KernelCall& call) {
  PathList path_list;
  map_documents(call, [&](std::size_t row) {
    const JsonView document = json_at(call, 0, row);
    const std::span<const JsonPath> paths = path_list.read(call, 1, call.args.size(), row);
    if (paths.size() > 1 || paths[0].has_wildcard()) {
      const std::optional<Json> result = types::extract_json(document, paths);
      if (result) {
        set_json(call.out, row, *result);
      } else {
        call.out.set_null(row);
      }
      return;
    }
    const std::optional<JsonView> found = types::find_single_json(document, paths[0]);
    if (found) {
      set_json(call.out, row, *found);
    } else {
      call.out.set_null(row);
    }
  });
}

bool json_quote(TextResult& result, std::string_view text) {
  types::append_json_quoted(text, result.out);
  return true;
}

bool json_unquote_text(TextResult& result, std::string_view text) {
  result.out = types::unquote_json_text(text);
  return true;
}

bool json_unquote_document(TextResult& result, std::string_view document) {
  const JsonView view = view_of(document);
  if (view.is_string()) {
    result.out.append(view.string());
  } else {
    result.out = types::unquote_json(view);
  }
  return true;
}

bool json_pretty(TextResult& result, std::string_view document) {
  types::append_json_pretty(view_of(document), result.out);
  return true;
}

std::string_view json_type_of(std::string_view document) { return types::json_type_name(view_of(document)); }
std::int64_t json_depth_of(std::string_view document) {
  return static_cast<std::int64_t>(types::json_depth(view_of(document)));
}
std::int64_t json_storage_size(std::string_view document) { return static_cast<std::int64_t>(document.size()); }
std::int64_t json_storage_free(std::string_view) { return 0; }
bool json_valid_text(std::string_view text) { return types::is_valid_json_text(text); }
bool json_valid_document(std::string_view) { return true; }
template <bool answer, class T>
bool constant_answer(T) {
  return answer;
}

/// The value that the path of argument `index` names, or the document itself if there is no such argument.
std::optional<JsonView> at_path(const KernelCall& call, PathList& paths, std::size_t index, std::size_t row) {
  const JsonView document = json_at(call, 0, row);
  if (index >= call.args.size()) return document;
  const JsonPath& path = paths.set(0, call.args[index]->string_at(row));
  if (path.has_wildcard()) throw SqlError(ErrorCode::kInvalidJsonPathWildcard);
  return types::find_single_json(document, path);
}

void run_json_length(const KernelCall& call) {
  PathList paths;
  std::int64_t* out = call.results<std::int64_t>().data();
  map_documents(call, [&](std::size_t row) {
    const std::optional<JsonView> value = at_path(call, paths, 1, row);
    if (value) {
      out[row] = static_cast<std::int64_t>(value->size());
    } else {
      call.out.set_null(row);
    }
  });
}

/// JSON_VALUE(document, path): the scalar there as text; NULL for nothing, null, arrays and objects.
void run_json_value(const KernelCall& call) {
  PathList paths;
  map_documents(call, [&](std::size_t row) {
    const std::optional<JsonView> value = at_path(call, paths, 1, row);
    if (value && value->is_scalar() && !value->is_null()) {
      call.out.set_string(row, types::unquote_json(*value));
    } else {
      call.out.set_null(row);
    }
  });
}

void run_json_keys(const KernelCall& call) {
  PathList paths;
  map_documents(call, [&](std::size_t row) {
    const std::optional<JsonView> value = at_path(call, paths, 1, row);
    if (value && value->is_object()) {
      set_json(call.out, row, types::json_keys(*value));
    } else {
      call.out.set_null(row);
    }
  });
}

void run_json_contains(const KernelCall& call) {
  PathList paths;
  std::int64_t* out = call.results<std::int64_t>().data();
  map_documents(call, [&](std::size_t row) {
    const std::optional<JsonView> target = at_path(call, paths, 2, row);
    if (target) {
      out[row] = types::json_contains(*target, json_at(call, 1, row)) ? 1 : 0;
    } else {
      call.out.set_null(row);
    }
  });
}

bool json_overlaps(std::string_view left, std::string_view right) {
  return types::json_overlaps(view_of(left), view_of(right));
}
bool json_member_of(std::string_view value, std::string_view array) {
  return types::json_member_of(view_of(value), view_of(array));
}

/// 'one' or 'all' in any case. Throws: SqlError 3154.
types::JsonSearchScope read_scope(const KernelCall& call, std::string_view word) {
  std::string lower(word);
  for (char& character : lower)
    character = character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  if (lower == "one") return types::JsonSearchScope::kOne;
  if (lower == "all") return types::JsonSearchScope::kAll;
  throw SqlError(ErrorCode::kJsonBadOneOrAllArg, call.call.name());
}

void run_json_contains_path(const KernelCall& call) {
  PathList paths;
  std::int64_t* out = call.results<std::int64_t>().data();
  map_documents(call, [&](std::size_t row) {
    const JsonView document = json_at(call, 0, row);
    const bool wants_all = read_scope(call, call.args[1]->string_at(row)) == types::JsonSearchScope::kAll;
    bool answer = wants_all;
    for (std::size_t index = 2; index < call.args.size() && answer == wants_all; ++index) {
      answer = types::json_path_exists(document, paths.set(index - 2, call.args[index]->string_at(row)));
    }
    out[row] = answer ? 1 : 0;
  });
}

/// JSON_SEARCH(document, scope, pattern [, escape [, path...]]). A NULL or empty escape means backslash.
void run_json_search(const KernelCall& call) {
  constexpr std::size_t kEscape = 3;
  PathList path_list;
  for (std::size_t index = 0; index < call.args.size(); ++index) {
    if (index != kEscape) call.out.merge_nulls(*call.args[index]);
  }
  vector::for_each_row(call.rows, [&](std::size_t row) {
    call.context.stop.poll();
    if (call.out.is_null(row)) return;
    const types::JsonSearchScope scope = read_scope(call, call.args[1]->string_at(row));
    char32_t escape = U'\\';
    if (call.args.size() > kEscape && !call.args[kEscape]->is_null(row) &&
        !call.args[kEscape]->string_at(row).empty()) {
      const std::string_view text = call.args[kEscape]->string_at(row);
      if (text.size() != 1) throw SqlError(ErrorCode::kWrongArguments, "ESCAPE");
      escape = static_cast<unsigned char>(text[0]);
    }
    const types::LikePattern pattern(call.args[2]->string_at(row), escape, types::utf8mb4_bin());
    std::span<const JsonPath> starts;
    if (call.args.size() > kEscape + 1) starts = path_list.read(call, kEscape + 1, call.args.size(), row);
    const std::optional<Json> found = types::search_json(json_at(call, 0, row), scope, pattern, starts);
    if (found) {
      set_json(call.out, row, *found);
    } else {
      call.out.set_null(row);
    }
  });
}

/// What FunctionBinder::cast_to_json() wraps strings in; not called by users.
void bind_json_string(FunctionBinder& binder) {
  binder.cast_to_string(0);
  set_json_result(binder, run_json_string);
}

void bind_json_array(FunctionBinder& binder) {
  for (std::size_t index = 0; index < binder.argument_count(); ++index) binder.cast_to_json(index);
  set_json_result(binder, run_json_array);
}

void bind_json_object(FunctionBinder& binder) {
  if (binder.argument_count() % 2 != 0)
    throw SqlError(ErrorCode::kWrongParamcountToNativeFct, binder.definition().name);
  for (std::size_t index = 0; index < binder.argument_count(); index += 2) {
    binder.cast_to_string(index);
    if (binder.argument_type(index).is_binary_string()) throw SqlError(ErrorCode::kInvalidJsonCharset, "binary");
    binder.cast_to_json(index + 1);
  }
  set_json_result(binder, run_json_object);
}

/// A document, then strings (paths).
template <Kernel kKernel>
void bind_document_and_texts(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  for (std::size_t index = 1; index < binder.argument_count(); ++index) binder.cast_to_string(index);
  set_json_result(binder, kKernel);
}

template <Kernel kKernel>
void bind_count(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  for (std::size_t index = 1; index < binder.argument_count(); ++index) binder.cast_to_string(index);
  binder.set_result(int_type());
  binder.set_kernel(kKernel);
}

void set_text_result(FunctionBinder& binder, Kernel kernel, std::int64_t characters = -1) {
  binder.set_string_result(characters,
                           {types::utf8mb4_bin(), types::Coercibility::kImplicit, types::Repertoire::kUnicode});
  binder.set_kernel(kernel);
}

void bind_json_quote(FunctionBinder& binder) {
  const types::FieldType& type = binder.argument_type(0);
  if (!type.is_string() && type.code != types::TypeCode::kNull)
    throw SqlError(ErrorCode::kIncorrectType, "1", "json_quote");
  binder.cast_to_string(0);
  set_text_result(binder, text_kernel<&json_quote>);
}

void bind_json_unquote(FunctionBinder& binder) {
  const types::FieldType& type = binder.argument_type(0);
  if (type.code == types::TypeCode::kJson) {
    set_text_result(binder, text_kernel<&json_unquote_document>);
    return;
  }
  if (!type.is_string() && type.code != types::TypeCode::kNull)
    throw SqlError(ErrorCode::kIncorrectType, "1", "json_unquote");
  binder.cast_to_string(0);
  set_text_result(binder, text_kernel<&json_unquote_text>);
}

template <Kernel kKernel>
void bind_document_text(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  set_text_result(binder, kKernel);
}

void bind_json_value(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  binder.cast_to_string(1);
  constexpr std::int64_t kDefaultCharacters = 512;  // RETURNING is VARCHAR(512) if not written
  set_text_result(binder, run_json_value, kDefaultCharacters);
}

/// Only strings and JSON can be valid.
void bind_json_valid(FunctionBinder& binder) {
  const types::FieldType& type = binder.argument_type(0);
  binder.set_result(bool_type());
  if (type.code == types::TypeCode::kJson) {
    binder.set_kernel(row_kernel<&json_valid_document>);
  } else if (type.is_string() || type.code == types::TypeCode::kNull) {
    binder.cast_to_string(0);
    binder.set_kernel(row_kernel<&json_valid_text>);
  } else {
    binder.cast_to_string(0);
    binder.set_kernel(row_kernel<&constant_answer<false, std::string_view>>);
  }
}

void bind_json_contains(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  bind_json_document(binder, 1);
  if (binder.argument_count() == 3) binder.cast_to_string(2);
  binder.set_result(bool_type());
  binder.set_kernel(run_json_contains);
}

void bind_json_overlaps(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  bind_json_document(binder, 1);
  binder.set_result(bool_type());
  binder.set_kernel(row_kernel<&json_overlaps>);
}

/// value MEMBER OF (array): a string value is a JSON string, not JSON text.
void bind_json_member_of(FunctionBinder& binder) {
  binder.cast_to_json(0);
  bind_json_document(binder, 1);
  binder.set_result(bool_type());
  binder.set_kernel(row_kernel<&json_member_of>);
}

void bind_json_contains_path(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  for (std::size_t index = 1; index < binder.argument_count(); ++index) binder.cast_to_string(index);
  binder.set_result(bool_type());
  binder.set_kernel(run_json_contains_path);
}

constexpr FunctionDefinition kJsonFunctions[] = {
    {"json_string", 1, 1, kPlainFunction, bind_json_string, "cast"},
    {"json_array", 0, -1, kPlainFunction, bind_json_array},
    {"json_object", 0, -1, kPlainFunction, bind_json_object},
    {"json_extract", 2, -1, kPlainFunction, bind_document_and_texts<run_json_extract>},
    {"json_quote", 1, 1, kPlainFunction, bind_json_quote},
    {"json_unquote", 1, 1, kPlainFunction, bind_json_unquote},
    {"json_pretty", 1, 1, kPlainFunction, bind_document_text<text_kernel<&json_pretty>>},
    {"json_type", 1, 1, kPlainFunction, bind_document_text<row_kernel<&json_type_of>>},
    {"json_depth", 1, 1, kPlainFunction, bind_count<row_kernel<&json_depth_of>>},
    {"json_storage_size", 1, 1, kPlainFunction, bind_count<row_kernel<&json_storage_size>>},
    {"json_storage_free", 1, 1, kPlainFunction, bind_count<row_kernel<&json_storage_free>>},
    {"json_length", 1, 2, kPlainFunction, bind_count<run_json_length>},
    {"json_value", 2, 2, kPlainFunction, bind_json_value},
    {"json_valid", 1, 1, kPlainFunction, bind_json_valid},
    {"json_keys", 1, 2, kPlainFunction, bind_document_and_texts<run_json_keys>},
    {"json_contains", 2, 3, kPlainFunction, bind_json_contains},
    {"json_contains_path", 3, -1, kPlainFunction, bind_json_contains_path},
    {"json_overlaps", 2, 2, kPlainFunction, bind_json_overlaps},
    {"json_memberof", 2, 2, kPlainFunction, bind_json_member_of, "member of"},
    {"json_search", 3, -1, kPlainFunction, bind_document_and_texts<run_json_search>},
};

}  // namespace

std::span<const FunctionDefinition> json_functions() { return kJsonFunctions; }

}  // namespace sluice::expression
