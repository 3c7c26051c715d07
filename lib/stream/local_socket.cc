// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/local_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "posix/fault.h"

namespace stream {

namespace {

/// Clients that may wait in line.
constexpr int backlog = 16;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    throw posix::system_fault(EX_OSERR, path);
  }
  path.copy(address.sun_path, path.size());
  return address;
}

posix::Fd local_socket() {
  posix::Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) throw posix::system_fault(EX_OSERR, "socket");
  return socket;
}

bool peer_is_ours(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

} // namespace

posix::Fd listen_at(const std::string& path) {
  const sockaddr_un address = address_of(path);
  posix::Fd socket = local_socket();
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      ::listen(socket.get(), backlog) != 0)
    throw posix::system_fault(EX_OSERR, path);
  return socket;
}

posix::Fd connect_to(const std::string& path) {
  const sockaddr_un address = address_of(path);
  posix::Fd socket = local_socket();
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address) != 0 ||
      !peer_is_ours(socket.get()))
    socket.reset();
  return socket;
}

posix::Fd accept_from(int listener) {
  posix::Fd socket{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (socket && !peer_is_ours(socket.get())) socket.reset();
  return socket;
}

std::optional<Message> receive_message(int socket, Deadline deadline) {
  Message message;
  while (true) {
    const auto received = posix::receive_message(socket, message);
    if (received == posix::Received::message) return message;
    if (received == posix::Received::end) return std::nullopt;
    try {
      wait_for({socket, POLLIN, 0}, deadline, "message");
    } catch (const posix::Fault&) {
      return std::nullopt;
    }
  }
}

} // namespace stream
