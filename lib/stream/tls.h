// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TLS_H
#define IMAPSYNC_STREAM_TLS_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posix/fd.h"
#include "stream/stream.h"

namespace stream {

/// The SSL_* keys of the configuration, unparsed; empty means not set.
struct TlsSettings {
  bool verify = true;
  std::string host; ///< matched against the certificate; a name or an IP literal
  bool host_is_address = false;
  std::optional<std::string> sni; ///< SSL_hostname; unset: `host` unless an address
  std::string fingerprints;       ///< space separated [ALGO$]HEX
  std::string ca_file, ca_path;
  std::string protocol_min, protocol_max, protocols;
  std::string cipherlist, ciphersuites;
  std::string certificate, key; ///< PEM files for EXTERNAL
  std::string
      session_file; ///< where a session ticket is kept between runs; empty: nowhere
};

/// What --probe prints about a connection that is up.
struct TlsFacts {
  std::string version, cipher;
  std::string subject, issuer, not_before, not_after;
  std::vector<std::string> names; ///< SAN entries, escaped
  std::string pin;                ///< "sha256$HEX" of the SPKI
  bool verified = false, resumed = false, ocsp_stapled = false;
};

/// TLS over a connected socket that it owns.
class TlsStream : public Stream {
 public:
  virtual TlsFacts facts() const = 0;
  /// The channel binding to use: tls-exporter on TLS 1.3, tls-server-end-point before.
  virtual std::string binding_type() const = 0;
  virtual std::string binding_data() const = 0;
  /// The binding of servers that know no other, tls-unique (RFC 5929): the first Finished
  /// message. Empty where it proves nothing (TLS 1.2 without RFC 7627). There is none for
  /// TLS 1.3 by the book; there it is what Cyrus takes for it.
  virtual std::string unique_data() const = 0;
  /// From now on no file is opened: a session ticket that comes later is dropped.
  virtual void seal() = 0;
};

/// Does the whole handshake (waiting at most until the deadline) and verifies the server.
/// `socket` is non-blocking. Throws Fault: 78 bad settings, 75 the network failed or
/// timed out, 76 the peer does not speak TLS or no common version, 77 the server's
/// identity is not proven; the text says what failed (which name, which certificate,
/// expired when, the pin seen).
std::unique_ptr<TlsStream> open_tls(posix::Fd socket, const TlsSettings& settings,
                                    Deadline deadline);

} // namespace stream

#endif
