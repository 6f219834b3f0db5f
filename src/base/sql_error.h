#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/format.h"

namespace sluice {

/// The errors a client can be told, by MySQL's numbers; see sql_error_catalogue.h.
enum class ErrorCode : std::uint16_t {
#define SLUICE_ERROR(name, number, sqlstate, message_template) name = number,
#include "base/sql_error_catalogue.h"
};

/// The catalogue's row of a code. All members have static lifetime.
struct ErrorCatalogueEntry {
  ErrorCode code;
  std::string_view name;  // "kDupEntry"
  std::string_view sqlstate;
  std::string_view message_template;
};

/// All rows, in the order of numbers.
std::span<const ErrorCatalogueEntry> error_catalogue() noexcept;

/// The row of `code`, which must be in the catalogue (every enumerator is).
const ErrorCatalogueEntry& error_catalogue_entry(ErrorCode code) noexcept;

/// An error that ends a statement or job, as the client sees it.
///
/// Immutable; copies share the message and do not throw; safe to copy between threads.
class SqlError : public std::exception {
 public:
  /// Fills the template of `code` with `args`: text, numbers, characters, booleans.
  template <class... Args>
  explicit SqlError(ErrorCode code, const Args&... args)
      : SqlError(FromTemplate{}, code, std::array<FormatArgument, sizeof...(Args)>{FormatArgument(args)...}) {}

  /// An error of `code` with a text of its own, for codes whose text is free (1105) or made elsewhere.
  static SqlError with_message(ErrorCode code, std::string message);

  /// As with_message(), with an SQLSTATE of its own: SIGNAL, and errors that a remote store sent.
  static SqlError with_sqlstate(ErrorCode code, std::string_view sqlstate, std::string message);

  ErrorCode code() const noexcept { return code_; }
  std::uint16_t number() const noexcept { return static_cast<std::uint16_t>(code_); }
  /// Five characters, for example "23000".
  std::string_view sqlstate() const noexcept { return {sqlstate_.data(), sqlstate_.size()}; }
  const char* what() const noexcept override { return message_->c_str(); }
  const std::string& message() const noexcept { return *message_; }

 private:
  struct FromTemplate {};
  struct FromMessage {};
  SqlError(FromTemplate, ErrorCode code, std::span<const FormatArgument> arguments);
  SqlError(FromMessage, ErrorCode code, std::string_view sqlstate, std::shared_ptr<const std::string> message);

  ErrorCode code_;
  std::array<char, 5> sqlstate_;
  std::shared_ptr<const std::string> message_;
};

/// A broken assumption of ours, thrown by SLUICE_CHECK in release builds. The client sees 1815, HY000.
class InternalError : public std::exception {
 public:
  explicit InternalError(std::string message) : message_(std::make_shared<const std::string>(std::move(message))) {}
  const char* what() const noexcept override { return message_->c_str(); }
  /// The same as the client sees it.
  SqlError to_sql_error() const { return SqlError(ErrorCode::kInternalError, *message_); }

 private:
  std::shared_ptr<const std::string> message_;
};

}  // namespace sluice
