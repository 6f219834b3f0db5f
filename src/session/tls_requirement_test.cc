#include "session/tls_requirement.h"

#include <gtest/gtest.h>

namespace sluice::session {
namespace {

TlsRequirement requirement_of(TlsRequirement::Kind kind) {
  TlsRequirement requirement;
  requirement.kind = kind;
  return requirement;
}

TlsPeer tls_peer() {
  TlsPeer peer;
  peer.version = "TLSv1.3";
  peer.cipher = "TLS_AES_256_GCM_SHA384";
  return peer;
}

TEST(TlsRequirement, EachKindLetsThroughWhatItNames) {
  const TlsPeer plain;
  const TlsPeer tls = tls_peer();
  TlsPeer certified = tls_peer();
  certified.has_certificate = true;
  certified.issuer = "/CN=ca";
  certified.subject = "/CN=client";
  EXPECT_TRUE(is_met(requirement_of(TlsRequirement::Kind::kNone), plain));
  EXPECT_FALSE(is_met(requirement_of(TlsRequirement::Kind::kTls), plain));
  EXPECT_TRUE(is_met(requirement_of(TlsRequirement::Kind::kTls), tls));
  EXPECT_FALSE(is_met(requirement_of(TlsRequirement::Kind::kCertificate), tls));
  EXPECT_TRUE(is_met(requirement_of(TlsRequirement::Kind::kCertificate), certified));
  TlsRequirement specified = requirement_of(TlsRequirement::Kind::kSpecified);
  specified.subject = "/CN=client";
  EXPECT_FALSE(is_met(specified, tls));
  EXPECT_TRUE(is_met(specified, certified));
  specified.issuer = "/CN=other";
  EXPECT_FALSE(is_met(specified, certified));
  specified.issuer.clear();
  specified.cipher = "TLS_AES_128_GCM_SHA256";
  EXPECT_FALSE(is_met(specified, certified));
}

TEST(TlsRequirement, JsonRoundTrips) {
  TlsRequirement specified = requirement_of(TlsRequirement::Kind::kSpecified);
  specified.cipher = "c";
  specified.issuer = "/CN=\"quoted\"";
  specified.subject = "/CN=client";
  const TlsRequirement read = tls_requirement_from_json(to_json(specified));
  EXPECT_EQ(read.kind, specified.kind);
  EXPECT_EQ(read.cipher, specified.cipher);
  EXPECT_EQ(read.issuer, specified.issuer);
  EXPECT_EQ(read.subject, specified.subject);
  EXPECT_EQ(to_json(requirement_of(TlsRequirement::Kind::kTls)), "{\"ssl_type\":1}");
}

TEST(TlsRequirement, BrokenTextsLetNobodyIn) {
  for (const char* text : {"", "{", "[]", "{\"ssl_type\":9}", "{\"ssl_type\":\"1\"}", "{\"ssl_type\":-2}"}) {
    EXPECT_FALSE(is_met(tls_requirement_from_json(text), tls_peer())) << text;
  }
  for (const char* text : {"{}", "{\"ssl_type\":0}", "{\"ssl_type\":-1}"})
    EXPECT_TRUE(is_met(tls_requirement_from_json(text), TlsPeer())) << text;
}

TEST(TlsRequirement, IsPrintedAsItIsWritten) {
  EXPECT_EQ(to_sql(requirement_of(TlsRequirement::Kind::kNone)), "NONE");
  EXPECT_EQ(to_sql(requirement_of(TlsRequirement::Kind::kTls)), "SSL");
  EXPECT_EQ(to_sql(requirement_of(TlsRequirement::Kind::kCertificate)), "X509");
  TlsRequirement specified = requirement_of(TlsRequirement::Kind::kSpecified);
  specified.cipher = "a'b";
  specified.subject = "/CN=x";
  EXPECT_EQ(to_sql(specified), "CIPHER 'a\\'b' SUBJECT '/CN=x'");
}

}  // namespace
}  // namespace sluice::session
