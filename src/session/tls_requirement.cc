#include "session/tls_requirement.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sluice::session {
namespace {

bool is_wanted(const std::string& wanted, const std::string& found) noexcept {
  return wanted.empty() || wanted == found;
}

void append_quoted(std::string& out, const char* name, const std::string& text) {
  if (text.empty()) return;
  if (!out.empty()) out += ' ';
  out += name;
  out += " '";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  out += '\'';
}

}  // namespace

bool is_met(const TlsRequirement& requirement, const TlsPeer& peer) noexcept {
  switch (requirement.kind) {
    case TlsRequirement::Kind::kNone:
      return true;
    case TlsRequirement::Kind::kTls:
      return peer.is_active();
    case TlsRequirement::Kind::kCertificate:
      return peer.is_active() && peer.has_certificate;
    case TlsRequirement::Kind::kUnreadable:
      return false;
    case TlsRequirement::Kind::kSpecified:
      break;
  }
  const bool needs_certificate = !requirement.issuer.empty() || !requirement.subject.empty();
  return peer.is_active() && (!needs_certificate || peer.has_certificate) &&
         is_wanted(requirement.cipher, peer.cipher) && is_wanted(requirement.issuer, peer.issuer) &&
         is_wanted(requirement.subject, peer.subject);
}

std::string to_json(const TlsRequirement& requirement) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (requirement.kind != TlsRequirement::Kind::kNone) json["ssl_type"] = static_cast<int>(requirement.kind);
  if (!requirement.cipher.empty()) json["ssl_cipher"] = requirement.cipher;
  if (!requirement.issuer.empty()) json["x509_issuer"] = requirement.issuer;
  if (!requirement.subject.empty()) json["x509_subject"] = requirement.subject;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

TlsRequirement tls_requirement_from_json(std::string_view text) {
  TlsRequirement requirement;
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  requirement.kind = TlsRequirement::Kind::kUnreadable;
  if (!json.is_object()) return requirement;
  const auto string_at = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto type = json.find("ssl_type");
  if (type == json.end()) {
    requirement.kind = TlsRequirement::Kind::kNone;
  } else if (type->is_number_integer()) {
    const std::int64_t number = type->get<std::int64_t>();
    // TiDB writes -1 for "not specified".
    if (number >= -1 && number <= 3)
      requirement.kind = static_cast<TlsRequirement::Kind>(std::max<std::int64_t>(number, 0));
  }
  requirement.cipher = string_at("ssl_cipher");
  requirement.issuer = string_at("x509_issuer");
  requirement.subject = string_at("x509_subject");
  return requirement;
}

std::string to_sql(const TlsRequirement& requirement) {
  switch (requirement.kind) {
    case TlsRequirement::Kind::kNone:
      return "NONE";
    case TlsRequirement::Kind::kTls:
      return "SSL";
    case TlsRequirement::Kind::kCertificate:
      return "X509";
    case TlsRequirement::Kind::kUnreadable:
      return "NONE";
    case TlsRequirement::Kind::kSpecified:
      break;
  }
  std::string out;
  append_quoted(out, "CIPHER", requirement.cipher);
  append_quoted(out, "ISSUER", requirement.issuer);
  append_quoted(out, "SUBJECT", requirement.subject);
  return out;
}

}  // namespace sluice::session
