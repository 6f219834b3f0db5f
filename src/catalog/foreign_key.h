/// What foreign keys need to know of tables: how rows are found by a key's columns, and how a key is written down.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "catalog/table_info.h"

namespace sluice::catalog {

/// The way to the rows with given values of some columns.
struct KeyPath {
  enum class Kind : std::uint8_t { kHandle, kCommonHandle, kIndex };
  Kind kind = Kind::kIndex;
  const IndexInfo* index = nullptr;  // kIndex, kCommonHandle
  bool is_whole = false;             // the columns are all that the handle or index has

  /// Whether the values name one row at most.
  bool is_unique() const noexcept { return kind == Kind::kHandle || (is_whole && index->unique); }
};

/// The best way among the clustered key and the public indexes that begin with `columns`, in that order and each as a whole; nothing if
/// there is none. `except`: an index that does not count. The result borrows `table`.
std::optional<KeyPath> find_key_path(const TableInfo& table, std::span<const Name> columns,
                                     const IndexInfo* except = nullptr);

/// Where rows with a key are: a record key if `path` names a whole clustered key, else the beginning of the keys of all index entries or
/// records that have it. `datums`: the key's columns, as key datums of the table's columns.
std::string search_key(const TableInfo& table, const KeyPath& path, std::string datums);
/// Whether search_key() gives a record's whole key.
inline bool finds_record(const KeyPath& path) noexcept {
  return path.kind == KeyPath::Kind::kHandle || (path.kind == KeyPath::Kind::kCommonHandle && path.is_whole);
}

/// An index that exists nowhere, of the key's columns in its table: an IndexEncoder makes a record's key of it. Its id is 0.
IndexInfo columns_as_index(const TableInfo& table, std::span<const Name> columns);

/// Whether statements enforce the key.
inline bool is_enforced(const ForeignKeyInfo& key) noexcept { return key.version >= 1 && is_written(key.state); }

/// "CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `t` (`id`) ON DELETE CASCADE"; `database`: of the table that has the key.
std::string foreign_key_text(const ForeignKeyInfo& key, std::string_view database);

/// "NO ACTION" and its like; empty for kNone.
std::string_view reference_action_text(ReferenceAction action) noexcept;

/// The name in backquotes.
std::string backquoted(std::string_view name);

}  // namespace sluice::catalog
