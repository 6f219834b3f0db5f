// One SQL value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "types/decimal.h"
#include "types/json.h"
#include "types/time.h"

namespace sluice::types {

/// One SQL value or NULL. It knows its physical kind only; what it means (BIT or BIGINT, DATE or DATETIME) says its FieldType.
/// A plain value type: strings and JSON are owned.
class Value {
 public:
  enum class Kind : std::uint8_t { kNull, kInt64, kUInt64, kDouble, kDecimal, kString, kTime, kDuration, kJson };

  Value() = default;  // NULL
  explicit Value(std::int64_t v) : data_(v) {}
  explicit Value(int v) : data_(static_cast<std::int64_t>(v)) {}
  explicit Value(std::uint64_t v) : data_(v) {}
  explicit Value(double v) : data_(v) {}
  explicit Value(const Decimal& v) : data_(v) {}
  explicit Value(std::string v) : data_(std::move(v)) {}
  explicit Value(std::string_view v) : data_(std::string(v)) {}
  explicit Value(const char* v) : data_(std::string(v)) {}
  explicit Value(Time v) : data_(v) {}
  explicit Value(Duration v) : data_(v) {}
  explicit Value(Json v) : data_(std::move(v)) {}
  template <class T>
  explicit Value(T*) = delete;
  explicit Value(bool) = delete;  // say boolean(b)

  static Value null() { return {}; }
  static Value boolean(bool b) { return Value(static_cast<std::int64_t>(b)); }

  Kind kind() const noexcept { return static_cast<Kind>(data_.index()); }
  bool is_null() const noexcept { return data_.index() == 0; }

  // Each throws std::bad_variant_access if the kind is another: a defect of the caller.
  std::int64_t as_int64() const { return std::get<std::int64_t>(data_); }
  std::uint64_t as_uint64() const { return std::get<std::uint64_t>(data_); }
  double as_double() const { return std::get<double>(data_); }
  const Decimal& as_decimal() const { return std::get<Decimal>(data_); }
  const std::string& as_string() const& { return std::get<std::string>(data_); }
  std::string&& as_string() && { return std::get<std::string>(std::move(data_)); }
  Time as_time() const { return std::get<Time>(data_); }
  Duration as_duration() const { return std::get<Duration>(data_); }
  const Json& as_json() const { return std::get<Json>(data_); }

  /// Same kind and same content; strings by bytes. For SQL equality use types/compare.h.
  friend bool operator==(const Value& a, const Value& b) {
    if (a.kind() != b.kind()) return false;
    if (a.kind() == Kind::kJson) return a.as_json().binary() == b.as_json().binary();
    return std::visit(
        [&b](const auto& left) {
          using T = std::decay_t<decltype(left)>;
          if constexpr (std::is_same_v<T, Json>) {
            return false;
          } else {
            return left == std::get<T>(b.data_);
          }
        },
        a.data_);
  }

  /// Bytes held beyond sizeof(Value).
  std::size_t heap_bytes() const noexcept {
    if (kind() == Kind::kString) return as_string().capacity();
    if (kind() == Kind::kJson) return as_json().binary().size();
    return 0;
  }

 private:
  std::variant<std::monostate, std::int64_t, std::uint64_t, double, Decimal, std::string, Time, Duration, Json> data_;
};

}  // namespace sluice::types
