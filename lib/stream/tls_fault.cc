// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tls_fault.h"

#include <cerrno>
#include <string>

#include "stream/tls_context.h"

namespace stream {

namespace {

/// An alert about our certificate comes, with TLS 1.3, after the handshake.
bool concerns_our_certificate(int reason) {
  switch (reason) {
  case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
  case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
  case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
  case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
  case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return true;
  default: return false;
  }
}

} // namespace

posix::Fault tls_fault(int error) {
  if (error == SSL_ERROR_SYSCALL && errno != 0)
    return posix::system_fault(EX_IOERR, "TLS");
  const bool ours = concerns_our_certificate(ERR_GET_REASON(ERR_peek_error()));
  const std::string text = openssl_error();
  if (ours) return {EX_NOPERM, "the server refuses us by our certificate: " + text};
  return {EX_PROTOCOL, "TLS: " + text};
}

posix::Fault tls_handshake_fault(int error, const SSL_CTX* context) {
  if (error == SSL_ERROR_SYSCALL && errno != 0)
    return posix::system_fault(EX_TEMPFAIL, "TLS handshake");
  const std::string bounds = protocol_bounds(context);
  // Dovecot says nothing more than this to a version that it doesn't like.
  if (error != SSL_ERROR_SSL)
    return {EX_TEMPFAIL, "the server closed the connection in the TLS handshake "
                         "(TLS versions allowed here: " +
                             bounds + ")"};
  switch (ERR_GET_REASON(ERR_peek_error())) {
  case SSL_R_WRONG_VERSION_NUMBER:
  case SSL_R_PACKET_LENGTH_TOO_LONG:
  case SSL_R_HTTP_REQUEST:
    return {EX_PROTOCOL, "the server doesn't speak TLS on this port (type = imap "
                         "with STARTTLS?)"};
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    return {EX_PROTOCOL, "no TLS version in common with the server; allowed here "
                         "(SSL_protocol_min, SSL_protocol_max): " +
                             bounds};
  case SSL_R_NO_CIPHERS_AVAILABLE:
  case SSL_R_NO_PROTOCOLS_AVAILABLE:
    return {EX_CONFIG, "SSL_cipherlist and SSL_ciphersuites leave no cipher for the "
                       "TLS versions allowed here: " +
                           bounds};
  case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
  case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    return {EX_PROTOCOL, "the server finds no common ground (ciphers, or it wants "
                         "a client certificate); versions allowed here: " +
                             bounds};
  case SSL_R_TLSV1_UNRECOGNIZED_NAME:
    return {EX_PROTOCOL,
            "the server serves no such name; SSL_hostname says which to ask for"};
  default: return tls_fault(error);
  }
}

} // namespace stream
