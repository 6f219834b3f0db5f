#pragma once

#include <string>
#include <string_view>

#include "catalog/database_info.h"
#include "catalog/schema_diff.h"
#include "catalog/table_info.h"

namespace sluice::catalog {

/// The stored JSON documents of schema objects (TIDB-FACTS section 3.3). Members that a document has and this program
/// does not know are not kept. Parsing throws InternalError with the place if a document is not of this form.
std::string to_stored(const DatabaseInfo& database);
std::string to_stored(const TableInfo& table);
std::string to_stored(const SchemaDiff& diff);

DatabaseInfo parse_database(std::string_view document);
TableInfo parse_table(std::string_view document);
SchemaDiff parse_diff(std::string_view document);

}  // namespace sluice::catalog
