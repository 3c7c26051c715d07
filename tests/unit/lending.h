// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_TESTS_LENDING_H
#define IMAPSYNC_TESTS_LENDING_H

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): setenv
#include <unistd.h>

#include <optional>
#include <string>

#include "client/lending.h"
#include "posix/fault.h"
#include "posix/message.h"

/// A server's end of a session, and its client's.
struct Server {
  posix::Pipe to_client = posix::make_pipe(), to_server = posix::make_pipe();

  Server() { posix::set_nonblocking(to_server.read.get()); }
  client::Descriptors client() const {
    return {to_client.read.get(), to_server.write.get()};
  }
  void say(std::string_view octets) const {
    posix::write_all(to_client.write.get(), octets, "test");
  }
  std::string heard() const {
    std::string all(4096, '\0');
    const ssize_t n = ::read(to_server.read.get(), all.data(), all.size());
    all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return all;
  }
};

/// As imapsync(1) names the socket; whoever reads the name owns the descriptor.
inline const char* name_socket(const posix::Fd& socket, client::Use use) {
  const std::string number = std::to_string(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
  ::setenv(use == client::Use::target ? "IMAPSYNC_LEND_REMOTE_TARGET_FD"
                                      : "IMAPSYNC_LEND_REMOTE_FD",
           number.c_str(), 1);
  return "remote";
}

#endif
