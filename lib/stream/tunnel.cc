// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tunnel.h"

#include "posix/fd.h"
#include "stream/plain.h"
#include "stream/spawn.h"

namespace stream {

Tunnel open_tunnel(std::string_view command, bool null_stderr) {
  posix::Pipe there = posix::make_wide_pipe(), back = posix::make_wide_pipe();
  const pid_t pid = spawn(command, there.read.get(), back.write.get(), null_stderr);
  return {std::make_unique<PlainStream>(std::move(back.read), std::move(there.write)),
          pid};
}

} // namespace stream
