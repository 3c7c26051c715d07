// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TLS_VERIFY_H
#define IMAPSYNC_STREAM_TLS_VERIFY_H

#include <string>
#include <vector>

#include "stream/certificate.h"

namespace stream {

/// Decides during the handshake whether the peer is the server that is meant.
class TlsVerifier {
 public:
  /// Throws Fault 78 for a malformed SSL_fingerprint. `settings` must outlive the
  /// handshake.
  explicit TlsVerifier(const TlsSettings& settings);

  /// Makes `context` ask this verifier, and `ssl` expect the host.
  void install(SSL_CTX* context, SSL* ssl);

  /// Why the handshake was refused here, in words; empty if it wasn't.
  const std::string& reason() const { return reason_; }

 private:
  static int decide(X509_STORE_CTX* store, void* verifier);
  bool accept(X509_STORE_CTX* store);
  std::string explain(X509_STORE_CTX* store, const X509* leaf) const;

  const TlsSettings& settings_;
  std::vector<Pin> pins_;
  std::string reason_;
};

/// Checks the OCSP answer that the server stapled to the handshake of `ssl`, after it.
/// Returns whether there was one. Throws Fault 77 if it says "revoked", is not to be
/// believed, or is absent although the certificate demands it (RFC 7633).
bool check_stapled_ocsp(SSL* ssl);

} // namespace stream

#endif
