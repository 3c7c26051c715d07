// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_CERTIFICATE_H
#define IMAPSYNC_STREAM_CERTIFICATE_H

#include <string>
#include <string_view>
#include <vector>

#include "stream/openssl.h"
#include "stream/tls.h"

namespace stream {

/// All text here is printable ASCII: what a certificate says is not trusted to be.

/// RFC 2253 form, such as "CN=mail.example,O=Example".
std::string name_text(const X509_NAME* name);
/// "2026-11-22 05:40:00 UTC".
std::string time_text(const ASN1_TIME* time);
/// The DNS names and addresses of the certificate's SAN; without any, its CN.
std::vector<std::string> certificate_names(const X509* certificate);
/// Hexadecimal digest `algorithm` of the Subject Public Key Info; empty if OpenSSL
/// doesn't have the algorithm.
std::string spki_digest(const X509* certificate, const std::string& algorithm);
/// "sha256$HEX": what SSL_fingerprint takes.
std::string spki_pin(const X509* certificate);

/// One of SSL_fingerprint: `hex` in lower case without colons.
struct Pin {
  std::string algorithm, hex;
};

/// Parses "[ALGO$]HEX [ALGO$]HEX…". Throws Fault 78 for an unknown algorithm, for digits
/// that are none, or too few or many for the algorithm.
std::vector<Pin> parse_pins(std::string_view text);

/// True if one of `pins` is that of `certificate`.
bool matches_pin(const X509* certificate, const std::vector<Pin>& pins);

/// tls-server-end-point (RFC 5929 section 4.1): the certificate's digest with the hash of
/// its signature, SHA-256 in place of MD5 and SHA-1. Empty where the signature has none
/// (Ed25519).
std::string end_point_binding(const X509* certificate);

} // namespace stream

#endif
