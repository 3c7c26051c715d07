// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/local_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "posix/fault.h"

namespace stream {

namespace {

/// Clients that may wait in line.
constexpr int backlog = 16;

constexpr std::size_t max_text = 8192;
constexpr std::size_t max_descriptors = 8;

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

Ends connected_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    throw posix::system_fault(EX_OSERR, "socketpair");
  return {posix::Fd{ends[0]}, posix::Fd{ends[1]}};
}

bool send_message(int socket, std::string_view text, const std::vector<int>& along) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(max_descriptors * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!along.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(along.size() * sizeof(int));
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(along.size() * sizeof(int));
    std::memcpy(CMSG_DATA(head), along.data(), along.size() * sizeof(int));
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::optional<Message> receive_message(int socket, Deadline deadline) {
  Message received;
  received.text.resize(max_text);
  iovec part{received.text.data(), received.text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(max_descriptors * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t n = 0;
  while ((n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)) < 0) {
    if (errno != EAGAIN && errno != EINTR) return std::nullopt;
    try {
      wait_for({socket, POLLIN, 0}, deadline, "message");
    } catch (const posix::Fault&) {
      return std::nullopt;
    }
  }
  if (n <= 0) return std::nullopt;
  received.text.resize(static_cast<std::size_t>(n));
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
      received.descriptors.emplace_back(fd);
    }
  }
  return received;
}

} // namespace stream
