#include "catalog/table_info.h"

#include <algorithm>

namespace sluice::catalog {
namespace {

template <class Items, class Predicate>
auto* find_in(Items& items, Predicate matches) {
  auto found = std::find_if(items.begin(), items.end(), matches);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const ColumnInfo* TableInfo::find_column(std::string_view lower_name) const noexcept {
  return find_in(columns, [&](const ColumnInfo& column) { return column.name.lower == lower_name; });
}

ColumnInfo* TableInfo::find_column(std::string_view lower_name) noexcept {
  return find_in(columns, [&](const ColumnInfo& column) { return column.name.lower == lower_name; });
}

const ColumnInfo* TableInfo::find_column(std::int64_t column_id) const noexcept {
  return find_in(columns, [&](const ColumnInfo& column) { return column.id == column_id; });
}

const ColumnInfo* TableInfo::find_public_column(std::string_view lower_name) const noexcept {
  return find_in(columns,
                 [&](const ColumnInfo& column) { return column.is_public() && column.name.lower == lower_name; });
}

const IndexInfo* TableInfo::find_index(std::string_view lower_name) const noexcept {
  return find_in(indexes, [&](const IndexInfo& index) { return index.name.lower == lower_name; });
}

IndexInfo* TableInfo::find_index(std::string_view lower_name) noexcept {
  return find_in(indexes, [&](const IndexInfo& index) { return index.name.lower == lower_name; });
}

const IndexInfo* TableInfo::find_index(std::int64_t index_id) const noexcept {
  return find_in(indexes, [&](const IndexInfo& index) { return index.id == index_id; });
}

IndexInfo* TableInfo::find_index(std::int64_t index_id) noexcept {
  return find_in(indexes, [&](const IndexInfo& index) { return index.id == index_id; });
}

const IndexInfo* TableInfo::primary_index() const noexcept {
  return find_in(indexes, [](const IndexInfo& index) { return index.primary; });
}

const ColumnInfo* TableInfo::handle_column() const noexcept {
  if (!pk_is_handle) return nullptr;
  return find_in(columns,
                 [](const ColumnInfo& column) { return column.type.has_flag(types::field_flag::kPrimaryKey); });
}

const ColumnInfo* TableInfo::auto_increment_column() const noexcept {
  return find_in(columns,
                 [](const ColumnInfo& column) { return column.type.has_flag(types::field_flag::kAutoIncrement); });
}

std::size_t TableInfo::public_column_count() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(columns.begin(), columns.end(), [](const ColumnInfo& column) { return column.is_public(); }));
}

}  // namespace sluice::catalog
