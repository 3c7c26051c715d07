// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_PROXY_DIALOGUE_H
#define IMAPSYNC_STREAM_PROXY_DIALOGUE_H

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "stream/proxy.h"

namespace stream {

/// What is said to a proxy until the connection is through, without I/O. First send
/// output(), then feed exactly wants() octets, and again, until wants() is 0. Octets
/// beyond that belong to the server behind the proxy.
class ProxyDialogue {
 public:
  ProxyDialogue() = default;
  ProxyDialogue(const ProxyDialogue&) = delete;
  ProxyDialogue& operator=(const ProxyDialogue&) = delete;
  virtual ~ProxyDialogue() = default;

  /// What to send now; may be empty. Each is handed out once.
  Secret output() { return std::move(output_); }
  std::size_t wants() const { return wants_; }
  /// Throws Fault as connect_through() does.
  virtual void feed(std::string_view octets) = 0;

 protected:
  Secret output_;
  std::size_t wants_ = 0;
};

/// SOCKS version 5 (RFC 1928) with user and password (RFC 1929). `host` is an IP literal,
/// or a name for the proxy to resolve (at most 255 octets, Fault 78).
std::unique_ptr<ProxyDialogue> socks5_dialogue(const Proxy& proxy, std::string_view host,
                                               std::uint16_t port);

/// HTTP CONNECT (RFC 9110 section 9.3.6) with Basic authentication. At most 8 KiB of
/// answer.
std::unique_ptr<ProxyDialogue> http_dialogue(const Proxy& proxy, std::string_view host,
                                             std::uint16_t port);

} // namespace stream

#endif
