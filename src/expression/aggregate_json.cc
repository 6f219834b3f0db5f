// JSON_ARRAYAGG and JSON_OBJECTAGG.
#include <vector>

#include "base/sql_error.h"
#include "expression/aggregate_typed.h"
#include "types/json_tree.h"

namespace sluice::expression {

using types::JsonTree;
using vector::ColumnVector;

namespace {

struct Entry {
  std::string key;
  std::string value;  // binary JSON
};

using EntryList = std::vector<Entry>;

struct JsonState {
  EntryList entries;
};

// Arguments: value (a document), or key (a string) and value.
class JsonAggregate final : public TypedAggregate<JsonAggregate, JsonState> {
 public:
  struct Reader {
    AggregateArguments args;
    explicit Reader(AggregateArguments arguments) : args(arguments) {}
  };

  explicit JsonAggregate(bool object) : object_(object) {}

  void add(EvalContext&, JsonState& state, const Reader& reader, std::size_t row) const {
    Entry entry;
    if (object_) {
      if (reader.args[0]->is_null(row)) throw SqlError(ErrorCode::kJsonDocumentNullKey);
      entry.key = reader.args[0]->string_at(row);
    }
    const ColumnVector& value = *reader.args[object_ ? 1 : 0];
    entry.value = value.is_null(row) ? types::Json::null().binary() : std::string(value.string_at(row));
    state.entries.push_back(std::move(entry));
  }

  void merge_states(EvalContext&, JsonState& into, const JsonState& from) const {
    into.entries.insert(into.entries.end(), from.entries.begin(), from.entries.end());
  }

  void append_result(EvalContext&, const JsonState& state, ColumnVector& out) const {
    if (state.entries.empty()) {
      out.append_null();
      return;
    }
    JsonTree tree = object_ ? JsonTree::object() : JsonTree::array();
    for (const Entry& entry : state.entries) {
      JsonTree value(types::JsonView::from_binary(entry.value));
      if (object_) {
        tree.put(entry.key, std::move(value));
      } else {
        tree.elements().push_back(std::move(value));
      }
    }
    out.append_string(tree.to_json().binary());
  }

  void save(const JsonState& state, std::string& out) const {
    append_plain(static_cast<std::uint64_t>(state.entries.size()), out);
    for (const Entry& entry : state.entries) {
      append_text(entry.key, out);
      append_text(entry.value, out);
    }
  }

  JsonState load(std::string_view& bytes) const {
    JsonState state;
    state.entries.resize(static_cast<std::size_t>(take_plain<std::uint64_t>(bytes)));
    for (Entry& entry : state.entries) {
      entry.key = take_text(bytes);
      entry.value = take_text(bytes);
    }
    return state;
  }

  std::int64_t bytes_of(const JsonState& state) const {
    std::size_t bytes = state.entries.capacity() * sizeof(Entry);
    for (const Entry& entry : state.entries) bytes += entry.key.capacity() + entry.value.capacity();
    return static_cast<std::int64_t>(bytes);
  }

 private:
  bool object_;
};

}  // namespace

AggregatePtr make_json_aggregate(const AggregateDescriptor& descriptor) {
  return std::make_unique<JsonAggregate>(descriptor.name == "json_objectagg");
}

}  // namespace sluice::expression
