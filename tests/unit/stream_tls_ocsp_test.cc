// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <csignal>

#include "posix/fault.h"
#include "stream/tls.h"
#include "tls_peer.h"

namespace {

using tls_peer::Identity;
using tls_peer::issue;

struct Answer {
  int status = V_OCSP_CERTSTATUS_GOOD;
  long from = -60, until = 3600; ///< seconds from now
};

stream::OcspBasic sign(const Answer& answer, const Identity& about,
                       const Identity& issuer, const Identity& signer) {
  const auto at = [](long seconds) {
    return std::unique_ptr<ASN1_TIME, stream::Free<ASN1_TIME_free>>{
        X509_gmtime_adj(nullptr, seconds)};
  };
  stream::OcspBasic basic{OCSP_BASICRESP_new()};
  OCSP_CERTID* id =
      OCSP_cert_to_id(EVP_sha1(), about.certificate.get(), issuer.certificate.get());
  const bool revoked = answer.status == V_OCSP_CERTSTATUS_REVOKED;
  const auto then = at(-600), from = at(answer.from), until = at(answer.until);
  OCSP_basic_add1_status(basic.get(), id, answer.status,
                         revoked ? OCSP_REVOKED_STATUS_KEYCOMPROMISE : 0,
                         revoked ? then.get() : nullptr, from.get(), until.get());
  OCSP_CERTID_free(id);
  tls_peer::demand(OCSP_basic_sign(basic.get(), signer.certificate.get(),
                                   signer.key.get(), EVP_sha256(), nullptr, 0) == 1);
  return basic;
}

std::string der(OCSP_BASICRESP* basic, int status = OCSP_RESPONSE_STATUS_SUCCESSFUL) {
  const stream::OcspResponse response{OCSP_response_create(status, basic)};
  unsigned char* octets = nullptr;
  const int size = i2d_OCSP_RESPONSE(response.get(), &octets);
  std::string out{reinterpret_cast<char*>(octets), static_cast<std::size_t>(size)};
  OPENSSL_free(octets);
  return out;
}

/// Staples `*staple` unless it is empty.
int on_status(SSL* ssl, void* staple) {
  const auto& octets = *static_cast<std::string*>(staple);
  if (octets.empty()) return SSL_TLSEXT_ERR_NOACK;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(octets.data(), octets.size()));
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(octets.size()));
  return SSL_TLSEXT_ERR_OK;
}

class Ocsp : public testing::Test {
 protected:
  Ocsp() {
    std::signal(SIGPIPE, SIG_IGN);
    settings_.host = "mail.example";
    settings_.ca_file = dir_.write("ca.pem", tls_peer::pem(ca_.certificate.get()));
  }

  /// "up", "up, stapled", or the status and the text of the Fault.
  std::string connect(const Identity& id, std::string staple) {
    const auto context = tls_peer::server_context(id);
    SSL_CTX_set_tlsext_status_cb(context.get(), on_status);
    SSL_CTX_set_tlsext_status_arg(context.get(), &staple);
    tls_peer::Server server{context.get()};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    try {
      const auto tls = open_tls(server.client(), settings_, deadline);
      return tls->facts().ocsp_stapled ? "up, stapled" : "up";
    } catch (const posix::Fault& fault) {
      return std::to_string(fault.status) + ' ' + fault.what();
    }
  }
  std::string connect(const Answer& answer) {
    return connect(leaf_, der(sign(answer, leaf_, ca_, ca_).get()));
  }

  tls_peer::TempDir dir_;
  Identity ca_ = issue({.name = "Test CA", .authority = true});
  Identity leaf_ = issue({}, &ca_);
  stream::TlsSettings settings_;
};

TEST_F(Ocsp, AGoodAnswerIsNoted) {
  EXPECT_EQ("up, stapled", connect({}));
  EXPECT_EQ("up", connect(leaf_, "")) << "none is needed";
}

TEST_F(Ocsp, ARevokedCertificateIsRefused) {
  const std::string outcome = connect({.status = V_OCSP_CERTSTATUS_REVOKED});
  EXPECT_TRUE(outcome.starts_with("77 the server's certificate was revoked on 20"));
  EXPECT_TRUE(outcome.ends_with(" UTC (keyCompromise)")) << outcome;
}

TEST_F(Ocsp, AnAnswerThatProvesNothingIsRefused) {
  const Identity other = issue({.name = "Other", .authority = true});
  const Identity sister = issue({}, &ca_);
  const struct {
    std::string staple;
    const char* outcome;
  } cases[] = {
      {der(sign({.from = -7200, .until = -3600}, leaf_, ca_, ca_).get()),
       "77 the server's certificate comes with an OCSP answer that is out of date since "
       "20"},
      {der(sign({.status = V_OCSP_CERTSTATUS_UNKNOWN}, leaf_, ca_, ca_).get()),
       "77 the server's certificate is unknown to its issuer, the OCSP answer says"},
      {der(sign({}, leaf_, ca_, other).get()),
       "77 the server's certificate comes with an OCSP answer that its issuer did not "
       "sign"},
      {der(sign({}, leaf_, ca_, sister).get()),
       "77 the server's certificate comes with an OCSP answer that its issuer did not "
       "sign"},
      {der(sign({}, sister, ca_, ca_).get()),
       "77 the server's certificate comes with an OCSP answer about another one"},
      {der(nullptr, OCSP_RESPONSE_STATUS_TRYLATER),
       "77 the server's certificate comes with an OCSP answer that says nothing"},
      {"garbage",
       "77 the server's certificate comes with an OCSP answer that says nothing"},
  };
  for (const auto& c : cases) {
    const std::string outcome = connect(leaf_, c.staple);
    EXPECT_TRUE(outcome.starts_with(c.outcome)) << outcome;
  }
}

TEST_F(Ocsp, MustStapleMeansIt) {
  const Identity strict = issue({.must_staple = true}, &ca_);
  EXPECT_EQ(
      "77 the server's certificate demands a stapled OCSP answer, and there is none",
      connect(strict, ""));
  EXPECT_EQ("up, stapled", connect(strict, der(sign({}, strict, ca_, ca_).get())));
  settings_.verify = false;
  EXPECT_EQ("up", connect(strict, "")) << "SSL_verify = NO";
}

TEST_F(Ocsp, ACertificateThatIsTrustedItselfNeedsNoIssuer) {
  const Identity self = issue({});
  settings_.ca_file = dir_.write("self.pem", tls_peer::pem(self.certificate.get()));
  EXPECT_EQ("up", connect(self, ""));
}

} // namespace
