// Keys of rows and index entries.
//
//   row          't' ‖ int(table id) ‖ "_r" ‖ int(handle)                      19 bytes
//   row          't' ‖ int(table id) ‖ "_r" ‖ encoded primary key columns      "common handle"
//   index entry  't' ‖ int(table id) ‖ "_i" ‖ int(index id) ‖ encoded columns [‖ handle]
//
// The handle ends the key of an entry that is not distinct (the index is not unique, or a column is NULL): datum 03 ‖ int, or the
// common handle as it is. The layout is TiDB's. "Table id" is the physical one: a partition's own.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::codec {

inline constexpr std::size_t kTablePrefixBytes = 9;
inline constexpr std::size_t kRecordPrefixBytes = 11;
inline constexpr std::size_t kIndexPrefixBytes = 19;
inline constexpr std::size_t kIntHandleRecordKeyBytes = 19;
/// A shorter common handle is padded with zero bytes, so that no record key with one has the length of an int handle's.
inline constexpr std::size_t kMinCommonHandleBytes = 9;

/// The identity of a row in its table: an integer, or the encoded columns of a clustered primary key. A value type.
class Handle {
 public:
  Handle() = default;  // integer 0
  explicit Handle(std::int64_t value) : int_(value) {}
  /// `encoded`: key datums; padded here if shorter than kMinCommonHandleBytes.
  static Handle common(std::string encoded);

  bool is_int() const noexcept { return !is_common_; }
  std::int64_t int_value() const noexcept { return int_; }
  /// Encoded columns, with their padding.
  const std::string& common_bytes() const noexcept { return common_; }

  /// The bytes that follow "_r" in a record key.
  void append_record_suffix(std::string& out) const;
  /// The bytes that end a non-distinct index key.
  void append_index_suffix(std::string& out) const;
  std::uint64_t hash() const noexcept;
  /// For messages: "5", or the bytes in hexadecimal.
  std::string to_string() const;

  friend bool operator==(const Handle& a, const Handle& b) noexcept = default;
  /// Order of the record keys.
  friend std::strong_ordering operator<=>(const Handle& a, const Handle& b) noexcept;

 private:
  std::int64_t int_ = 0;
  bool is_common_ = false;
  std::string common_;
};

// Prefixes: `append_` adds to `out`, the others return a new string.
void append_table_prefix(std::int64_t table_id, std::string& out);
void append_record_prefix(std::int64_t table_id, std::string& out);
void append_index_prefix(std::int64_t table_id, std::int64_t index_id, std::string& out);
std::string table_prefix(std::int64_t table_id);
std::string record_prefix(std::int64_t table_id);
std::string index_prefix(std::int64_t table_id, std::int64_t index_id);
/// 't' ‖ table id ‖ "_i": before all index entries of the table.
std::string all_indexes_prefix(std::int64_t table_id);

void append_record_key(std::int64_t table_id, std::int64_t handle, std::string& out);
void append_record_key(std::int64_t table_id, const Handle& handle, std::string& out);
std::string record_key(std::int64_t table_id, const Handle& handle);

/// What a table's key is, as far as its fixed part tells.
struct TableKey {
  std::int64_t table_id = 0;
  bool is_index = false;
  std::int64_t index_id = 0;  // of an index entry
  std::string_view rest;      // handle of a row, encoded columns of an entry; borrows the key
};
/// Nothing if `key` is no row's or index entry's.
std::optional<TableKey> decode_table_key(std::string_view key) noexcept;
/// The table id of any key that begins with a table prefix.
std::optional<std::int64_t> decode_table_id(std::string_view key) noexcept;

/// The handle in a record key; false if `key` is none.
[[nodiscard]] bool decode_record_key(std::string_view key, std::int64_t& table_id, Handle& handle);
/// Fast form for scans: the int handle at bytes 11 to 18. `key` must be such a record key (its length is checked).
[[nodiscard]] bool decode_int_handle(std::string_view record_key, std::int64_t& handle) noexcept;
/// Which kind of handle a table's rows have; a table's property, because an entry's bytes alone do not tell.
enum class HandleKind : std::uint8_t { kInt, kCommon };
/// The handle at the end of a non-distinct entry's key, of which `rest` is left after the indexed columns.
[[nodiscard]] bool decode_index_key_handle(std::string_view rest, HandleKind kind, Handle& handle);

}  // namespace sluice::codec
