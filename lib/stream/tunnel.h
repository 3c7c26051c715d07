// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TUNNEL_H
#define IMAPSYNC_STREAM_TUNNEL_H

#include <sys/types.h>

#include <memory>
#include <string_view>

#include "stream/stream.h"

namespace stream {

/// A command that speaks IMAP on its standard input and output, to be reaped with reap().
struct Tunnel {
  std::unique_ptr<Stream> stream;
  pid_t pid;
};

/// Starts `command`; throws as spawn() does.
Tunnel open_tunnel(std::string_view command, bool null_stderr);

} // namespace stream

#endif
