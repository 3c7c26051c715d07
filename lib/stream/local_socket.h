// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_LOCAL_SOCKET_H
#define IMAPSYNC_STREAM_LOCAL_SOCKET_H

#include <optional>
#include <string>

#include "posix/fd.h"
#include "posix/message.h"
#include "stream/stream.h"

namespace stream {

// Connections between processes of one user on this machine, for messages.

using posix::connected_pair, posix::Ends, posix::Message, posix::send_message;

/// Listens at `path`, which must not exist. Throws Fault 71.
posix::Fd listen_at(const std::string& path);

/// A connection to whoever listens at `path`. Empty if nobody does, it is no process of
/// ours, or too many are waiting for it already.
posix::Fd connect_to(const std::string& path);

/// The connection that is waiting; empty if there is none, or it is no process of ours.
posix::Fd accept_from(int listener);

/// Nothing if the other end is gone, or has said nothing by the deadline.
std::optional<Message> receive_message(int socket, Deadline deadline);

} // namespace stream

#endif
