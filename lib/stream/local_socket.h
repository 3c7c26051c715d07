// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_LOCAL_SOCKET_H
#define IMAPSYNC_STREAM_LOCAL_SOCKET_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "posix/fd.h"
#include "stream/stream.h"

namespace stream {

/// Messages between processes of one user on this machine: sockets of type
/// SOCK_SEQPACKET. A message is small; descriptors may go along.

struct Message {
  std::string text;
  std::vector<posix::Fd> descriptors;
};

/// Listens at `path`, which must not exist. Throws Fault 71.
posix::Fd listen_at(const std::string& path);

/// A connection to whoever listens at `path`. Empty if nobody does, it is no process of
/// ours, or too many are waiting for it already.
posix::Fd connect_to(const std::string& path);

/// The connection that is waiting; empty if there is none, or it is no process of ours.
posix::Fd accept_from(int listener);

/// Two ends of a connection, for a process and its child.
struct Ends {
  posix::Fd one, other;
};
Ends connected_pair();

/// False if the other end is gone.
bool send_message(int socket, std::string_view text, const std::vector<int>& along = {});

/// Nothing if the other end is gone, or has said nothing by the deadline.
std::optional<Message> receive_message(int socket, Deadline deadline);

} // namespace stream

#endif
