// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_TESTS_STREAM_TLS_FIXTURE_H
#define IMAPSYNC_TESTS_STREAM_TLS_FIXTURE_H

#include "stream/tls.h"

#include <gtest/gtest.h>

#include <csignal>

#include "posix/fault.h"
#include "tls_peer.h"

namespace tls_test {

using stream::Stream;
using stream::TlsSettings;
using stream::TlsStream;
using tls_peer::Identity;
using tls_peer::issue;
using tls_peer::Server;
using tls_peer::server_context;
using tls_peer::Wanted;

inline stream::Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds{20};
}

/// An authority that the settings trust, and what it issued.
class Tls : public testing::Test {
 protected:
  Tls() {
    std::signal(SIGPIPE, SIG_IGN); // as in imap-connect
    settings_.host = "mail.example";
    settings_.ca_file = dir_.write("ca.pem", tls_peer::pem(ca_.certificate.get()));
  }

  /// "up", or the status and the text of the Fault.
  std::string connect(SSL_CTX* context, Server::Serve serve = {}) {
    Server server{context, std::move(serve)};
    try {
      const auto tls = open_tls(server.client(), settings_, soon());
      facts_ = tls->facts();
      say(*tls, "a1 NOOP\r\n");
      read(*tls, 9); // with TLS 1.3 the server's alerts and tickets come here
      return "up";
    } catch (const posix::Fault& fault) {
      return std::to_string(fault.status) + ' ' + fault.what();
    }
  }
  std::string connect(const Identity& id) { return connect(server_context(id).get()); }

  static void say(Stream& stream, std::string_view text) {
    while (!text.empty() || !stream.flush()) {
      const ssize_t n = text.empty() ? Stream::again : stream.write(text);
      if (n == Stream::again)
        stream::wait_for(stream.write_wait(), soon(), "write");
      else
        text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  /// `size` octets, fewer at the end of file.
  static std::string read(Stream& stream, std::size_t size) {
    std::string out(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t n = stream.read(out.data() + have, size - have);
      if (n == 0) break;
      if (n == Stream::again)
        stream::wait_for(stream.read_wait(), soon(), "read");
      else
        have += static_cast<std::size_t>(n);
    }
    return out.substr(0, have);
  }

  tls_peer::TempDir dir_;
  Identity ca_ = issue({.name = "Test CA", .authority = true});
  Identity good_ = issue({}, &ca_);
  TlsSettings settings_;
  stream::TlsFacts facts_;
};

inline void expect_starts(const std::string& text, const std::string& start) {
  EXPECT_EQ(start, text.substr(0, start.size()));
}

} // namespace tls_test

#endif
