// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_PROXY_H
#define IMAPSYNC_STREAM_PROXY_H

#include <string>
#include <string_view>

#include "stream/secret.h"
#include "stream/stream.h"

namespace stream {

/// `proxy = PROTOCOL://[USER:PASSWORD@]HOST[:PORT]`.
struct Proxy {
  enum class Kind { socks5, socks5h, http };
  Kind kind = Kind::socks5;
  std::string host, port; ///< port defaults to 1080; http: 8080
  std::string user;
  Secret password;
  /// socks5 wants an address: the caller resolves the server's name first.
  bool resolves() const { return kind != Kind::socks5; }
};

/// Parses the URL (percent-decoding user and password). Throws Fault 78.
Proxy parse_proxy(std::string_view url);

/// Has the proxy at the other end of the connected, non-blocking `socket` connect to
/// host:port; afterwards the socket is a stream to there. Reads not one octet beyond the
/// proxy's answer. Throws Fault: 75 refused or unreachable (in the proxy's words), 68 the
/// proxy knows no such host, 77 the proxy wants other credentials, 76 it is no such
/// proxy.
void connect_through(int socket, const Proxy& proxy, const std::string& host,
                     const std::string& port, Deadline deadline);

} // namespace stream

#endif
