#include "base/sql_error.h"

#include <algorithm>

#include "base/utf8.h"

namespace sluice {
namespace {

constexpr ErrorCatalogueEntry kCatalogue[] = {
#define SLUICE_ERROR(name, number, sqlstate, message_template) {ErrorCode::name, #name, sqlstate, message_template},
#include "base/sql_error_catalogue.h"
};

constexpr bool catalogue_is_well_formed() {
  for (std::size_t i = 0; i < std::size(kCatalogue); ++i) {
    if (i > 0 && kCatalogue[i - 1].code >= kCatalogue[i].code) return false;
    if (kCatalogue[i].sqlstate.size() != 5) return false;
  }
  return true;
}
/// A message as it is kept: values that it quotes may be any bytes, but what a client is told is text.
std::shared_ptr<const std::string> text_of(std::string message) {
  return std::make_shared<const std::string>(escape_invalid_utf8(std::move(message)));
}

static_assert(catalogue_is_well_formed(), "rows must be in the order of numbers, SQLSTATEs five characters long");

}  // namespace

std::span<const ErrorCatalogueEntry> error_catalogue() noexcept { return kCatalogue; }

const ErrorCatalogueEntry& error_catalogue_entry(ErrorCode code) noexcept {
  const auto* entry =
      std::lower_bound(std::begin(kCatalogue), std::end(kCatalogue), code,
                       [](const ErrorCatalogueEntry& row, ErrorCode wanted) { return row.code < wanted; });
  if (entry == std::end(kCatalogue) || entry->code != code) return error_catalogue_entry(ErrorCode::kUnknownError);
  return *entry;
}

SqlError::SqlError(FromMessage, ErrorCode code, std::string_view sqlstate, std::shared_ptr<const std::string> message)
    : code_(code), message_(std::move(message)) {
  sqlstate_.fill('0');
  std::copy_n(sqlstate.begin(), std::min(sqlstate.size(), sqlstate_.size()), sqlstate_.begin());
}

SqlError::SqlError(FromTemplate, ErrorCode code, std::span<const FormatArgument> arguments)
    : SqlError(FromMessage{}, code, error_catalogue_entry(code).sqlstate,
               text_of(format_message(error_catalogue_entry(code).message_template, arguments))) {}

SqlError SqlError::with_message(ErrorCode code, std::string message) {
  return SqlError(FromMessage{}, code, error_catalogue_entry(code).sqlstate, text_of(std::move(message)));
}

SqlError SqlError::with_sqlstate(ErrorCode code, std::string_view sqlstate, std::string message) {
  return SqlError(FromMessage{}, code, sqlstate, text_of(std::move(message)));
}

}  // namespace sluice
