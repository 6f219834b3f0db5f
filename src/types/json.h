#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::types {

/// Type byte of a binary JSON value; the numbers are part of the stored format.
enum class JsonType : std::uint8_t {
  kObject = 0x01,
  kArray = 0x03,
  kLiteral = 0x04,
  kInt64 = 0x09,
  kUInt64 = 0x0a,
  kDouble = 0x0b,
  kString = 0x0c,
  kOpaque = 0x0d,
  kDate = 0x0e,
  kDatetime = 0x0f,
  kTimestamp = 0x10,
  kTime = 0x11,
};

/// The values of JsonType::kLiteral.
enum class JsonLiteral : std::uint8_t { kNull = 0, kTrue = 1, kFalse = 2 };

/// Deepest nesting of arrays and objects; deeper documents are refused with 3157.
inline constexpr std::size_t kJsonDepthMax = 100;

/// A JSON value inside somebody else's bytes.
///
/// Layout of a body (little endian), after the type byte:
///     object   u32 count | u32 total size | count * (u32 key offset, u16 key length) | count * (u8 type, u32 value) | keys | values
///     array    u32 count | u32 total size | count * (u8 type, u32 value) | values
///     literal  u8: 0 null, 1 true, 2 false          int64, uint64, double  8 bytes
///     string   uvarint length | UTF-8               opaque  u8 MySQL type code | uvarint length | bytes
///     date, datetime, timestamp  u64 core time      time    i64 nanoseconds | u32 fractional digits
/// "value" is an offset from the start of the body (the count), but for literals the literal itself. Keys are sorted by
/// their bytes and unique. The same layout as TiDB's.
///
/// Ownership: borrows the bytes, which must outlive the view. Copy it freely (24 bytes).
/// Safety: every accessor checks its bounds, whatever the bytes are, and throws SqlError 3142 when they are not a document;
/// but a walk over unchecked bytes may take exponential time, so bytes from disk or peers go through is_valid_json_binary() first.
class JsonView {
 public:
  /// The JSON null literal.
  JsonView() noexcept;

  /// `binary`: type byte ‖ body; trailing bytes are ignored. Throws: SqlError 3142.
  static JsonView from_binary(std::string_view binary);

  JsonType type() const noexcept { return type_; }
  std::string_view body() const noexcept { return body_; }

  bool is_object() const noexcept { return type_ == JsonType::kObject; }
  bool is_array() const noexcept { return type_ == JsonType::kArray; }
  bool is_scalar() const noexcept { return !is_object() && !is_array(); }
  bool is_string() const noexcept { return type_ == JsonType::kString; }
  bool is_null() const noexcept { return type_ == JsonType::kLiteral && literal() == JsonLiteral::kNull; }
  bool is_boolean() const noexcept { return type_ == JsonType::kLiteral && literal() != JsonLiteral::kNull; }
  bool is_number() const noexcept {
    return type_ == JsonType::kInt64 || type_ == JsonType::kUInt64 || type_ == JsonType::kDouble;
  }

  /// The value of a scalar. Precondition: the type is the one named.
  JsonLiteral literal() const noexcept { return static_cast<JsonLiteral>(body_[0]); }
  bool boolean() const noexcept { return literal() == JsonLiteral::kTrue; }
  std::int64_t int64() const noexcept;
  std::uint64_t uint64() const noexcept;
  double float64() const noexcept;
  std::string_view string() const;             ///< of kString, and the bytes of kOpaque
  std::uint8_t opaque_type() const noexcept;   ///< MySQL type code of kOpaque
  std::uint64_t packed_time() const noexcept;  ///< of kDate, kDatetime, kTimestamp: the packed form of types/time.h
  std::uint32_t fractional_digits() const noexcept;  ///< of kDatetime, kTimestamp, kTime
  std::int64_t nanoseconds() const noexcept;         ///< of kTime

  /// Number of elements or members; 1 for a scalar (as JSON_LENGTH).
  std::size_t size() const noexcept;

  /// Element of an array. Precondition: index < size(). Throws: SqlError 3142 on broken bytes (the two below too).
  JsonView element(std::size_t index) const;

  /// Key and value of member number `index` of an object, in key order.
  std::string_view key(std::size_t index) const;
  JsonView member(std::size_t index) const;

  /// Value of the member `key` of an object, by binary search.
  std::optional<JsonView> find(std::string_view key) const;

 private:
  JsonView(JsonType type, std::string_view body) noexcept : type_(type), body_(body) {}
  static JsonView at(JsonType type, std::string_view bytes);
  JsonView value_entry(std::size_t entry_offset) const;

  JsonType type_;
  std::string_view body_;
};

/// An owned JSON document: type byte ‖ body. Regular value type.
class Json {
 public:
  /// The JSON null literal.
  Json();
  explicit Json(JsonView view);

  /// Takes bytes of unknown origin. Throws: SqlError 3142 if is_valid_json_binary() refuses them.
  static Json from_binary(std::string binary);

  /// Takes bytes that this process made or has checked.
  static Json from_trusted_binary(std::string binary) noexcept;

  /// Parses JSON text. Throws: SqlError 3140 (text and position), 3157 (too deep), 3151 (key of 65,536 bytes or more).
  static Json parse(std::string_view text);

  static Json null() { return Json(); }
  static Json from_bool(bool value);
  static Json from_int64(std::int64_t value);
  static Json from_uint64(std::uint64_t value);
  static Json from_double(double value);
  static Json from_string(std::string_view utf8);
  static Json from_opaque(std::uint8_t mysql_type, std::string_view bytes);
  /// `type`: kDate, kDatetime or kTimestamp; `packed` as types/time.h packs it.
  static Json from_packed_time(JsonType type, std::uint64_t packed, std::uint32_t fractional_digits);
  static Json from_duration(std::int64_t nanoseconds, std::uint32_t fractional_digits);

  JsonView view() const { return JsonView::from_binary(binary_); }
  const std::string& binary() const& noexcept { return binary_; }
  std::string binary() && noexcept { return std::move(binary_); }

  /// Text with MySQL's spacing: {"a": 1, "b": [2, 3]}.
  std::string to_string() const;

  friend bool operator==(const Json& left, const Json& right);

 private:
  std::string binary_;
};

/// Whether `binary` is one whole, canonical-enough document: offsets ascend without overlap, keys are sorted and unique, strings
/// are UTF-8, at most kJsonDepthMax levels. Linear in the size. Nothing that passes makes an accessor throw.
bool is_valid_json_binary(std::string_view binary) noexcept;

/// MySQL's order of JSON values: by type (null < number < string < object < array < boolean < date < time < datetime <
/// opaque), then by value; numbers compare exactly across their types. Source: MySQL manual, "Comparison and Ordering of JSON Values".
int compare_json(JsonView left, JsonView right);

/// Equal documents (compare_json() == 0) have equal hashes.
std::uint64_t hash_json(JsonView view, std::uint64_t seed);

/// JSON_TYPE: "OBJECT", "ARRAY", "NULL", "BOOLEAN", "INTEGER", "UNSIGNED INTEGER", "DOUBLE", "STRING", "DATE", "DATETIME", "TIME",
/// "OPAQUE", "BLOB", "BIT".
std::string_view json_type_name(JsonView view);

/// JSON_DEPTH: 1 for scalars and empty containers.
std::size_t json_depth(JsonView view);

/// Appends the text of `view`; one line with MySQL's spacing, or as JSON_PRETTY prints it.
void append_json_text(JsonView view, std::string& out);
void append_json_pretty(JsonView view, std::string& out);

/// Appends `text` as a JSON string literal with its quotes (JSON_QUOTE).
void append_json_quoted(std::string_view text, std::string& out);

/// JSON_UNQUOTE of a string: text in double quotes is decoded, other text is returned unchanged.
/// Throws: SqlError 3140 if the quoted text is not a JSON string.
std::string unquote_json_text(std::string_view text);

/// JSON_UNQUOTE of a document: the string's content, or the document's text.
std::string unquote_json(JsonView view);

/// JSON_VALID for text. Never throws.
bool is_valid_json_text(std::string_view text) noexcept;

}  // namespace sluice::types
