// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/handover.h"

#include <sys/socket.h>

#include <array>

#include "posix/fault.h"
#include "posix/fd.h"
#include "posix/message.h"

namespace stream {

namespace {

constexpr std::string_view direct = "direct", answered = "answered";
/// As long as a client that has gone gives the server when it is relayed for.
constexpr std::chrono::seconds linger{10};
/// Who sends more to nobody is answering a FETCH: the answers to what makes messages are
/// short.
constexpr std::size_t longest_answers = std::size_t{256} << 10;

} // namespace

void Handover::look() {
  posix::Message message;
  const auto received = posix::receive_message(socket_, message);
  if (received == posix::Received::end) socket_ = -1;
  if (received == posix::Received::message && message.text == direct) wanted_ = true;
}

bool Handover::give(const Stream& server) {
  if (posix::send_message(socket_, direct,
                          {server.read_wait().fd, server.write_wait().fd}))
    return true;
  // The kernel has no room for them, or nobody is there.
  ::shutdown(socket_, SHUT_RDWR);
  socket_ = -1;
  return wanted_ = false;
}

/// Something happens on `in` when the client has done with it, or when somebody else has
/// not heard that it leads nowhere any more.
bool Handover::await_client(int in, const std::function<void()>& part) const {
  posix::Message message;
  pollfd fds[] = {{socket_, POLLIN, 0}, {in, POLLIN, 0}};
  bool all_answered = false;
  for (;;) {
    (void)::poll(fds, std::size(fds), -1);
    if (fds[1].revents != 0) {
      fds[1].fd = -1;
      part();
    }
    const auto received = posix::receive_message(socket_, message);
    if (received == posix::Received::end) return all_answered;
    if (received == posix::Received::message) all_answered = message.text == answered;
  }
}

void Handover::stand_by(Stream& server, int in, const std::function<void()>& part) {
  const bool all_answered = await_client(in, part);
  // Whoever had the open files may have changed that.
  for (const int fd : {server.read_wait().fd, server.write_wait().fd})
    posix::set_nonblocking(fd);
  try {
    server.finish();
    if (all_answered) return;
    // Nobody reads that any more. But as long as we are there, whoever comes next knows
    // that messages may still be made.
    std::array<char, 4096> octets;
    for (std::size_t read = 0; read < longest_answers;) {
      const ssize_t n = server.read(octets.data(), octets.size());
      if (n == 0) return;
      if (n == Stream::again)
        wait_for(server.read_wait(), std::chrono::steady_clock::now() + linger, "server");
      else
        read += static_cast<std::size_t>(n);
    }
  } catch (const posix::Fault&) {
    // It has reset the connection, or said nothing for too long.
  }
}

} // namespace stream
