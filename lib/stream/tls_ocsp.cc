// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/fault.h"
#include "stream/tls_verify.h"

namespace stream {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  ERR_clear_error();
  throw posix::Fault{EX_NOPERM, "the server's certificate " + why};
}

/// RFC 7633: the certificate says that it is never shown without a stapled answer.
bool must_staple(const X509* certificate) {
  const std::unique_ptr<TLS_FEATURE, Free<TLS_FEATURE_free>> features{
      static_cast<TLS_FEATURE*>(
          X509_get_ext_d2i(certificate, NID_tlsfeature, nullptr, nullptr))};
  for (int i = 0; features && i < sk_ASN1_INTEGER_num(features.get()); ++i)
    if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i)) ==
        TLSEXT_TYPE_status_request)
      return true;
  return false;
}

/// The answer's signature, by the issuer or on its behalf.
OcspBasic believed(SSL* ssl, const unsigned char* der, long size) {
  const OcspResponse response{d2i_OCSP_RESPONSE(nullptr, &der, size)};
  if (!response ||
      OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    refuse("comes with an OCSP answer that says nothing");
  OcspBasic basic{OCSP_response_get1_basic(response.get())};
  STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  X509_STORE* store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
  if (!basic || OCSP_basic_verify(basic.get(), chain, store, OCSP_PARTIAL_CHAIN) != 1)
    refuse("comes with an OCSP answer that its issuer did not sign");
  return basic;
}

void check_status(OCSP_BASICRESP* basic, const X509* leaf, const X509* issuer) {
  const std::unique_ptr<OCSP_CERTID, Free<OCSP_CERTID_free>> id{
      OCSP_cert_to_id(EVP_sha1(), leaf, issuer)};
  int status = V_OCSP_CERTSTATUS_UNKNOWN, why = 0;
  ASN1_GENERALIZEDTIME *revoked = nullptr, *from = nullptr, *until = nullptr;
  if (!id ||
      OCSP_resp_find_status(basic, id.get(), &status, &why, &revoked, &from, &until) != 1)
    refuse("comes with an OCSP answer about another one");
  if (status == V_OCSP_CERTSTATUS_REVOKED)
    refuse("was revoked on " + time_text(revoked) +
           (why >= 0 ? std::string{" ("} + OCSP_crl_reason_str(why) + ")" : ""));
  // Clocks may differ by five minutes.
  if (OCSP_check_validity(from, until, 300, -1) != 1)
    refuse("comes with an OCSP answer that is out of date" +
           (until ? " since " + time_text(until) : ""));
  if (status != V_OCSP_CERTSTATUS_GOOD)
    refuse("is unknown to its issuer, the OCSP answer says");
}

} // namespace

bool check_stapled_ocsp(SSL* ssl) {
  if (SSL_session_reused(ssl) == 1) return false; // checked when the session was new
  const X509* leaf = SSL_get0_peer_certificate(ssl);
  const unsigned char* der = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
  if (size <= 0 || !der) {
    if (must_staple(leaf)) refuse("demands a stapled OCSP answer, and there is none");
    return false;
  }
  const OcspBasic basic = believed(ssl, der, size);
  const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  // A trust anchor that is the server's own certificate has nobody above it.
  const bool alone = sk_X509_num(chain) < 2;
  check_status(basic.get(), leaf, sk_X509_value(chain, alone ? 0 : 1));
  return true;
}

} // namespace stream
