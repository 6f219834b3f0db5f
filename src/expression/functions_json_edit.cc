// JSON functions that change documents: JSON_SET, JSON_REMOVE, JSON_ARRAY_APPEND, JSON_MERGE_PATCH, ...
#include "expression/function_families.h"
#include "expression/json_kernel.h"
#include "types/json_edit.h"

namespace sluice::expression {

using types::Json;
using types::JsonChange;
using types::JsonPath;
using types::JsonView;

namespace {

/// Applies `edit(document, changes)` per row to calls of the form f(document, path, value, path, value, ...). A NULL document or
/// path makes the result NULL; a NULL value is the JSON null.
template <class Edit>
void run_changes(const KernelCall& call, Edit edit) {
  PathList paths;
  std::vector<JsonChange> changes;
  call.out.merge_nulls(*call.args[0]);
  for (std::size_t index = 1; index < call.args.size(); index += 2) call.out.merge_nulls(*call.args[index]);
  vector::for_each_row(call.rows, [&](std::size_t row) {
    call.context.stop.poll();
    if (call.out.is_null(row)) return;
    // All paths are read first, so that the list does not move under the changes.
    for (std::size_t index = 1; index < call.args.size(); index += 2)
      paths.set(index / 2, call.args[index]->string_at(row));
    changes.clear();
    for (std::size_t index = 1; index < call.args.size(); index += 2) {
      changes.push_back({&paths.set(index / 2, call.args[index]->string_at(row)), json_at(call, index + 1, row)});
    }
    set_json(call.out, row, edit(json_at(call, 0, row), std::span<const JsonChange>(changes)));
  });
}

template <types::JsonWriteMode mode>
void run_write(const KernelCall& call) {
  run_changes(call, [](JsonView document, std::span<const JsonChange> changes) {
    return types::write_json(document, changes, mode);
  });
}
void run_array_append(const KernelCall& call) { run_changes(call, types::append_to_json_array); }
void run_array_insert(const KernelCall& call) { run_changes(call, types::insert_into_json_array); }

void run_remove(const KernelCall& call) {
  PathList paths;
  map_documents(call, [&](std::size_t row) {
    set_json(call.out, row, types::remove_json(json_at(call, 0, row), paths.read(call, 1, call.args.size(), row)));
  });
}

void run_merge_preserve(const KernelCall& call) {
  std::vector<JsonView> documents;
  map_documents(call, [&](std::size_t row) {
    documents.clear();
    for (std::size_t index = 0; index < call.args.size(); ++index) documents.push_back(json_at(call, index, row));
    set_json(call.out, row, types::merge_json_preserve(documents));
  });
}

/// An unknown document stays unknown until a patch that is no object replaces it.
void run_merge_patch(const KernelCall& call) {
  vector::for_each_row(call.rows, [&](std::size_t row) {
    call.context.stop.poll();
    std::optional<Json> merged;
    if (!call.args[0]->is_null(row)) merged = Json(json_at(call, 0, row));
    for (std::size_t index = 1; index < call.args.size(); ++index) {
      if (call.args[index]->is_null(row)) {
        merged.reset();
        continue;
      }
      const JsonView patch = json_at(call, index, row);
      if (!patch.is_object()) {
        merged = Json(patch);
      } else if (merged) {
        merged = types::merge_json_patch(merged->view(), patch);
      }
    }
    if (merged) {
      set_json(call.out, row, *merged);
    } else {
      call.out.set_null(row);
    }
  });
}

/// f(document, path, value, ...): values are taken as they are, strings as JSON strings.
template <Kernel kKernel>
void bind_changes(FunctionBinder& binder) {
  if (binder.argument_count() % 2 == 0)
    throw SqlError(ErrorCode::kWrongParamcountToNativeFct, binder.definition().name);
  bind_json_document(binder, 0);
  for (std::size_t index = 1; index < binder.argument_count(); index += 2) {
    binder.cast_to_string(index);
    binder.cast_to_json(index + 1);
  }
  set_json_result(binder, kKernel);
}

void bind_remove(FunctionBinder& binder) {
  bind_json_document(binder, 0);
  for (std::size_t index = 1; index < binder.argument_count(); ++index) binder.cast_to_string(index);
  set_json_result(binder, run_remove);
}

template <Kernel kKernel>
void bind_merge(FunctionBinder& binder) {
  for (std::size_t index = 0; index < binder.argument_count(); ++index) bind_json_document(binder, index);
  set_json_result(binder, kKernel);
}

constexpr FunctionDefinition kJsonEditFunctions[] = {
    {"json_set", 3, -1, kPlainFunction, bind_changes<run_write<types::JsonWriteMode::kSet>>},
    {"json_insert", 3, -1, kPlainFunction, bind_changes<run_write<types::JsonWriteMode::kInsert>>},
    {"json_replace", 3, -1, kPlainFunction, bind_changes<run_write<types::JsonWriteMode::kReplace>>},
    {"json_array_append", 3, -1, kPlainFunction, bind_changes<run_array_append>},
    {"json_append", 3, -1, kPlainFunction, bind_changes<run_array_append>},
    {"json_array_insert", 3, -1, kPlainFunction, bind_changes<run_array_insert>},
    {"json_remove", 2, -1, kPlainFunction, bind_remove},
    {"json_merge", 2, -1, kPlainFunction, bind_merge<run_merge_preserve>},
    {"json_merge_preserve", 2, -1, kPlainFunction, bind_merge<run_merge_preserve>},
    {"json_merge_patch", 2, -1, kPlainFunction, bind_merge<run_merge_patch>},
};

}  // namespace

std::span<const FunctionDefinition> json_edit_functions() { return kJsonEditFunctions; }

}  // namespace sluice::expression
