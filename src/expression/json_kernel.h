#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expression/text_kernel.h"
#include "types/json.h"
#include "types/json_path.h"

// What the JSON functions share.

namespace sluice::expression {

/// map_rows() that polls before each row, because a document may have megabytes.
template <class Visit>
void map_documents(const KernelCall& call, Visit&& visit) {
  map_rows(call, [&](std::size_t row) {
    call.context.stop.poll();
    visit(row);
  });
}

/// The document of argument `index`; the JSON null for SQL NULL.
inline types::JsonView json_at(const KernelCall& call, std::size_t index, std::size_t row) {
  if (call.args[index]->is_null(row)) return types::JsonView();
  return types::JsonView::from_binary(call.args[index]->string_at(row));
}

/// Stores a copy of `view`.
inline void set_json(vector::ColumnVector& out, std::size_t row, types::JsonView view) {
  const std::string_view body = view.body();
  char small[vector::StringSlot::kInlineBytes];
  char* bytes = body.size() < sizeof(small) ? small : out.allocate_string(body.size() + 1);
  bytes[0] = static_cast<char>(view.type());
  std::memcpy(bytes + 1, body.data(), body.size());
  out.set_string_borrowed(row, {bytes, body.size() + 1});
}
inline void set_json(vector::ColumnVector& out, std::size_t row, const types::Json& json) {
  out.set_string(row, json.binary());
}

/// The paths of one row, parsed; a path that equals the one of the row before is not parsed again.
class PathList {
 public:
  /// Reads the path of each argument in [first, last). Throws: SqlError 3143.
  std::span<const types::JsonPath> read(const KernelCall& call, std::size_t first, std::size_t last, std::size_t row) {
    texts_.resize(last - first);
    paths_.resize(last - first);
    for (std::size_t index = first; index < last; ++index) set(index - first, call.args[index]->string_at(row));
    return paths_;
  }

  const types::JsonPath& set(std::size_t index, std::string_view text) {
    if (index >= paths_.size()) {
      paths_.resize(index + 1);
      texts_.resize(index + 1);
    }
    if (!texts_[index] || *texts_[index] != text) {
      paths_[index] = types::JsonPath::parse(text);
      texts_[index].emplace(text);
    }
    return paths_[index];
  }

 private:
  std::vector<std::optional<std::string>> texts_;
  std::vector<types::JsonPath> paths_;
};

/// Argument `index` is a JSON document: JSON, or text that is parsed. Throws: SqlError 3146 for other types.
void bind_json_document(FunctionBinder& binder, std::size_t index);

/// A result of type JSON.
void set_json_result(FunctionBinder& binder, Kernel kernel);

}  // namespace sluice::expression
