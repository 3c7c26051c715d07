// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_MESSAGE_H
#define IMAPSYNC_POSIX_MESSAGE_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "posix/fd.h"

namespace posix {

/// Messages between processes of one user on this machine: sockets of type
/// SOCK_SEQPACKET. A message is small; descriptors may go along.
struct Message {
  std::string text;
  std::vector<Fd> descriptors;
};

/// The octets that the text of a message may have; what is more is cut off.
inline constexpr std::size_t max_message = 8192;

/// Two ends of a connection, for a process and its child, or for two children.
struct Ends {
  Fd one, other;
};
/// Both close-on-exec and non-blocking. Throws Fault 71.
Ends connected_pair();

/// The socket for messages that has this number, close-on-exec from now on; -1 if there
/// is none.
int message_socket(std::string_view number);

/// False if the other end is gone, or the system is out of something.
bool send_message(int socket, std::string_view text, const std::vector<int>& along = {});

enum class Received { message, nothing, end };
/// The next message, if there is one now. `end`: the other end is gone.
Received receive_message(int socket, Message& message);

} // namespace posix

#endif
