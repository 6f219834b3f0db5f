// Keys of the meta keyspace, where schema objects and counters live.
//
//   string      'm' ‖ bytes(key) ‖ uint('s')
//   hash field  'm' ‖ bytes(key) ‖ uint('h') ‖ bytes(field)
//   list meta   'm' ‖ bytes(key) ‖ uint('L')          value: left index, right index (8 bytes big endian each)
//   list item   'm' ‖ bytes(key) ‖ uint('l') ‖ int(index)
//
// The layout is TiDB's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::codec {

inline constexpr char kMetaPrefix = 'm';

std::string meta_string_key(std::string_view key);
std::string meta_hash_field_key(std::string_view key, std::string_view field);
/// All fields of the hash `key` begin with this.
std::string meta_hash_prefix(std::string_view key);
std::string meta_list_key(std::string_view key);
std::string meta_list_item_key(std::string_view key, std::int64_t index);

/// Splits a hash field's key. False if `encoded` is something else.
[[nodiscard]] bool decode_meta_hash_field_key(std::string_view encoded, std::string& key, std::string& field);

}  // namespace sluice::codec
