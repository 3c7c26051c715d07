// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TUNNEL_H
#define IMAPSYNC_STREAM_TUNNEL_H

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stream/stream.h"

namespace stream {

/// The words to execute for `command`: /bin/sh -c if it has shell metacharacters or
/// begins with an assignment (the rule of Perl's exec, hence InterIMAP's), else its
/// words.
std::vector<std::string> command_words(std::string_view command);

/// A command that speaks IMAP on its standard input and output.
struct Tunnel {
  std::unique_ptr<Stream> stream;
  pid_t pid;
};

/// Starts `command` with all signals but an ignored SIGINT at their defaults; its
/// standard error is ours, or /dev/null. Throws Fault 78 if it is empty or cannot be
/// executed.
Tunnel open_tunnel(std::string_view command, bool null_stderr);

/// Reaps the command, waiting at most until the deadline. How it ended in words: "exited
/// with 255", "was killed by signal 15"; empty if with 0 or if it still runs.
std::string reap(pid_t pid, Deadline deadline);

} // namespace stream

#endif
