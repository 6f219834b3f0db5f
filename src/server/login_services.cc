#include "server/login_services.h"

#include "base/sql_error.h"

namespace sluice::server {
namespace {

CertificateFiles certificate_of(const SecurityOptions& options) {
  if (options.certificate.empty() != options.key.empty()) {
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "a certificate needs its key: give both --ssl-cert and --ssl-key");
  }
  if (!options.certificate.empty()) return {options.certificate, options.key};
  return options.makes_certificate ? ensure_certificate(options.directory) : CertificateFiles{};
}

}  // namespace

LoginServices::LoginServices(session::SessionFactory& factory, const SecurityOptions& options)
    : sessions(factory),
      certificate(certificate_of(options)),
      tls(certificate.certificate.empty() ? nullptr
                                          : std::make_unique<const TlsContext>(certificate, options.authority)),
      rsa(options.directory) {}

}  // namespace sluice::server
