// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tunnel.h"

#include <stdlib.h> // NOLINT(modernize-deprecated-headers): setenv
#include <sys/socket.h>

#include "posix/fault.h"
#include "posix/fd.h"
#include "stream/plain.h"
#include "stream/spawn.h"

namespace stream {

// What it reads from is a socket: a pipe is writable again as soon as one page of it was
// read, and a server that reads 8 kB at a time would have us write as little each time.
Tunnel open_tunnel(std::string_view command, bool null_stderr) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw posix::system_fault(EX_OSERR, "socketpair");
  posix::Fd there{ends[0]};
  const posix::Fd input{ends[1]};
  // A socket there makes bash read ~/.bashrc, as if rshd had called it, unless it is told
  // that it is not the first shell.
  ::setenv("SHLVL", "1", 0);
  posix::Pipe back = posix::make_wide_pipe();
  const pid_t pid = spawn(command, input.get(), back.write.get(), null_stderr);
  return {std::make_unique<PlainStream>(std::move(back.read), std::move(there)), pid};
}

} // namespace stream
