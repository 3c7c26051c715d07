// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/message.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "posix/fault.h"

namespace posix {

namespace {

constexpr std::size_t max_descriptors = 8;

} // namespace

Ends connected_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    throw system_fault(EX_OSERR, "socketpair");
  return {Fd{ends[0]}, Fd{ends[1]}};
}

int message_socket(std::string_view number) {
  const int fd = open_descriptor(number);
  int type = 0;
  socklen_t size = sizeof type;
  if (fd < 0 || ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_SEQPACKET)
    return -1;
  set_cloexec(fd);
  return fd;
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

Received receive_message(int socket, Message& message) {
  message.text.resize(max_message);
  message.descriptors.clear();
  iovec part{message.text.data(), message.text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(max_descriptors * sizeof(int))];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t n = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  message.text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Received::nothing;
  if (n <= 0) return Received::end;
  for (cmsghdr* head = CMSG_FIRSTHDR(&header); head != nullptr;
       head = CMSG_NXTHDR(&header, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
      message.descriptors.emplace_back(fd);
    }
  }
  return Received::message;
}

} // namespace posix
