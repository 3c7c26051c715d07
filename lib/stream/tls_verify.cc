// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tls_verify.h"

#include "posix/fault.h"

namespace stream {

namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (text.size() > 300) return text + ", …";
    text += (text.empty() ? "" : ", ") + name;
  }
  return text.empty() ? "no name at all" : text;
}

std::string subject(const X509* certificate) {
  return certificate ? name_text(X509_get_subject_name(certificate)) : "?";
}

/// "the server's certificate" or "the issuer certificate NAME".
std::string which(const X509* certificate, int depth) {
  if (depth == 0) return "the server's certificate";
  return "the issuer certificate " + subject(certificate);
}

} // namespace

TlsVerifier::TlsVerifier(const TlsSettings& settings)
    : settings_{settings}, pins_{parse_pins(settings.fingerprints)} {}

void TlsVerifier::install(SSL_CTX* context, SSL* ssl) {
  SSL_CTX_set_cert_verify_callback(context, decide, this);
  // Also with SSL_verify = NO: else the verdict on the pin would not count.
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  if (!settings_.verify) return;
  std::string host = settings_.host;
  if (!settings_.host_is_address && host.ends_with('.')) host.pop_back();
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = settings_.host_is_address
                      ? X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str())
                      : X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
  // An empty name would switch the check off.
  if (set != 1 || host.empty())
    throw posix::Fault{EX_CONFIG, "host: no name to look for in a certificate"};
}

int TlsVerifier::decide(X509_STORE_CTX* store, void* verifier) {
  try {
    if (static_cast<TlsVerifier*>(verifier)->accept(store)) return 1;
  } catch (const std::exception&) { // nothing may be thrown through OpenSSL
  }
  if (X509_STORE_CTX_get_error(store) == X509_V_OK)
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

bool TlsVerifier::accept(X509_STORE_CTX* store) {
  const X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (!leaf) {
    reason_ = "the server has no certificate";
    return false;
  }
  if (!pins_.empty() && !matches_pin(leaf, pins_)) {
    reason_ = "the server's key is none of those in SSL_fingerprint: its pin is " +
              spki_pin(leaf) +
              ". If the server was not given a new key, somebody is in "
              "between";
    return false;
  }
  if (!settings_.verify || X509_verify_cert(store) == 1) return true;
  reason_ = explain(store, leaf) + " (pin of the server's key: " + spki_pin(leaf) + ")";
  return false;
}

std::string TlsVerifier::explain(X509_STORE_CTX* store, const X509* leaf) const {
  const int error = X509_STORE_CTX_get_error(store);
  const int depth = X509_STORE_CTX_get_error_depth(store);
  const X509* at = X509_STORE_CTX_get_current_cert(store);
  const std::string certificate = which(at, depth);
  switch (error) {
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return "the server's certificate is not for " + settings_.host + " but for " +
           join(certificate_names(leaf));
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return certificate + " expired on " + time_text(X509_get0_notAfter(at));
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return certificate + " is not valid before " + time_text(X509_get0_notBefore(at));
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return "the server's certificate (" + subject(leaf) +
           ") is self-signed: name it in SSL_CAfile, or trust its key alone with "
           "SSL_verify = NO and SSL_fingerprint";
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    return "the authority " + subject(at) + " is not trusted: SSL_CAfile can name it";
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return certificate + " was issued by " +
           (at ? name_text(X509_get_issuer_name(at)) : "?") +
           ", whose certificate the server doesn't send and nothing here trusts";
  default: return certificate + ": " + X509_verify_cert_error_string(error);
  }
}

} // namespace stream
