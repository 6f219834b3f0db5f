#include "codec/meta_key.h"

#include "codec/bytes.h"
#include "codec/number.h"

namespace sluice::codec {

namespace {

enum class MetaKind : std::uint64_t { kString = 's', kHashField = 'h', kListMeta = 'L', kListItem = 'l' };

std::string structure_key(std::string_view key, MetaKind kind) {
  std::string out(1, kMetaPrefix);
  append_bytes(key, out);
  append_uint(static_cast<std::uint64_t>(kind), out);
  return out;
}

}  // namespace

std::string meta_string_key(std::string_view key) { return structure_key(key, MetaKind::kString); }
std::string meta_hash_prefix(std::string_view key) { return structure_key(key, MetaKind::kHashField); }
std::string meta_list_key(std::string_view key) { return structure_key(key, MetaKind::kListMeta); }

std::string meta_hash_field_key(std::string_view key, std::string_view field) {
  std::string out = structure_key(key, MetaKind::kHashField);
  append_bytes(field, out);
  return out;
}

std::string meta_list_item_key(std::string_view key, std::int64_t index) {
  std::string out = structure_key(key, MetaKind::kListItem);
  append_int(index, out);
  return out;
}

bool decode_meta_hash_field_key(std::string_view encoded, std::string& key, std::string& field) {
  if (encoded.empty() || encoded.front() != kMetaPrefix) return false;
  encoded.remove_prefix(1);
  key.clear();
  field.clear();
  std::uint64_t kind = 0;
  return decode_bytes(encoded, key) && decode_uint(encoded, kind) &&
         kind == static_cast<std::uint64_t>(MetaKind::kHashField) && decode_bytes(encoded, field) && encoded.empty();
}

}  // namespace sluice::codec
