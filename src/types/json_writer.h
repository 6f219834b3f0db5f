#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/sql_error.h"
#include "types/json.h"
#include "types/json_layout.h"

namespace sluice::types {

/// Writes the body of an array or object: first all keys (objects), then one value after the other.
///
///     JsonBodyWriter body(out, JsonType::kArray, 2);
///     body.add(JsonType::kInt64, [&] { append(1, out); });   // appends the body of the value
///     body.add_literal(JsonLiteral::kTrue);
///     body.finish();
///
/// Ownership: appends to `out`, which must outlive the writer.
class JsonBodyWriter {
 public:
  JsonBodyWriter(std::string& out, JsonType type, std::size_t count)
      : out_(out), start_(out.size()), is_object_(type == JsonType::kObject) {
    json_layout::append(static_cast<std::uint32_t>(count), out);
    json_layout::append(std::uint32_t{0}, out);
    key_entry_ = out.size();
    if (is_object_) out.append(count * json_layout::kKeyEntryBytes, '\0');
    value_entry_ = out.size();
    out.append(count * json_layout::kValueEntryBytes, '\0');
  }

  /// Keys come in ascending order, all before the first value. Throws: SqlError 3151.
  void add_key(std::string_view key) {
    if (key.size() > json_layout::kKeyLengthMax) throw SqlError(ErrorCode::kJsonKeyTooBig);
    json_layout::store(static_cast<std::uint32_t>(out_.size() - start_), key_entry_, out_);
    json_layout::store(static_cast<std::uint16_t>(key.size()), key_entry_ + 4, out_);
    key_entry_ += json_layout::kKeyEntryBytes;
    out_.append(key);
  }

  void add_literal(JsonLiteral literal) {
    out_[value_entry_] = static_cast<char>(JsonType::kLiteral);
    out_[value_entry_ + 1] = static_cast<char>(literal);
    value_entry_ += json_layout::kValueEntryBytes;
  }

  template <class AppendBody>
  void add(JsonType type, AppendBody append_body) {
    out_[value_entry_] = static_cast<char>(type);
    json_layout::store(static_cast<std::uint32_t>(out_.size() - start_), value_entry_ + 1, out_);
    value_entry_ += json_layout::kValueEntryBytes;
    append_body();
  }

  void add(JsonView view) {
    if (view.type() == JsonType::kLiteral) {
      add_literal(view.literal());
    } else {
      add(view.type(), [&] { out_.append(view.body()); });
    }
  }

  /// Throws: SqlError 3150 if the body has 4 GiB or more.
  void finish() {
    const std::size_t total = out_.size() - start_;
    if (total > std::numeric_limits<std::uint32_t>::max()) throw SqlError(ErrorCode::kJsonValueTooBig);
    json_layout::store(static_cast<std::uint32_t>(total), start_ + 4, out_);
  }

 private:
  std::string& out_;
  std::size_t start_;
  std::size_t key_entry_;
  std::size_t value_entry_;
  bool is_object_;
};

}  // namespace sluice::types
