// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/handover.h"

#include <array>
#include <cerrno>

#include "posix/fault.h"
#include "posix/message.h"

namespace stream {

namespace {

constexpr std::string_view direct = "direct";
/// As long as a client that has gone gives the server when it is relayed for.
constexpr std::chrono::seconds linger{10};

} // namespace

void Handover::look() {
  posix::Message message;
  const auto received = posix::receive_message(socket_, message);
  if (received == posix::Received::end) socket_ = -1;
  if (received == posix::Received::message && message.text == direct) wanted_ = true;
}

bool Handover::give(const Stream& server) {
  return posix::send_message(socket_, direct,
                             {server.read_wait().fd, server.write_wait().fd});
}

void Handover::stand_by(Stream& server) {
  posix::Message nothing;
  pollfd client{socket_, POLLIN, 0};
  do (void)::poll(&client, 1, -1);
  while (posix::receive_message(socket_, nothing) != posix::Received::end);
  try {
    server.finish();
    // Nobody reads that any more. But as long as we are there, whoever comes next knows
    // that messages may still be made.
    std::array<char, 4096> octets;
    for (;;) {
      const ssize_t n = server.read(octets.data(), octets.size());
      if (n == 0) return;
      if (n == Stream::again)
        wait_for(server.read_wait(), std::chrono::steady_clock::now() + linger, "server");
    }
  } catch (const posix::Fault&) {
    // It has reset the connection, or said nothing for too long.
  }
}

} // namespace stream
