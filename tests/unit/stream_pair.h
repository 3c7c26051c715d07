// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_TESTS_STREAM_PAIR_H
#define IMAPSYNC_TESTS_STREAM_PAIR_H

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include "posix/fd.h"
#include "stream/plain.h"

/// A stream and the server's end of its socket, blocking, for the test to write to and to
/// read from.
struct StreamPair {
  std::unique_ptr<stream::Stream> ours;
  posix::Fd theirs;

  StreamPair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
    ours = std::make_unique<stream::PlainStream>(posix::Fd{ends[0]});
    theirs.reset(ends[1]);
  }
  void say(std::string_view octets) const {
    posix::write_all(theirs.get(), octets, "test");
  }
  void end() const { ::shutdown(theirs.get(), SHUT_WR); }
  /// What has been sent to the server so far.
  std::string heard() const {
    std::string all(65536, '\0');
    const ssize_t n = ::recv(theirs.get(), all.data(), all.size(), MSG_DONTWAIT);
    all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return all;
  }
};

inline stream::Deadline in_seconds(int seconds) {
  return std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
}

#endif
