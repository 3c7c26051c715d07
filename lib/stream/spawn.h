// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SPAWN_H
#define IMAPSYNC_STREAM_SPAWN_H

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stream/secret.h"
#include "stream/stream.h"

namespace stream {

/// The words to execute for `command`: /bin/sh -c if it has shell metacharacters or
/// begins with an assignment, `exec` or `.` (the rule of Perl's exec, hence InterIMAP's),
/// else its words. Empty if there are none.
std::vector<std::string> command_words(std::string_view command);

/// Starts `command` with these descriptors as its standard input and output, all signals
/// but an ignored SIGINT at their defaults; its standard error is ours, or /dev/null.
/// Throws Fault 78 if it is empty or cannot be executed.
pid_t spawn(std::string_view command, int in, int out, bool null_stderr);

struct Ending {
  std::string how; ///< "exited with 255", "was killed by signal 15"; empty if with 0
  bool never_ran = false; ///< a shell, here or behind ssh, found no such program
};

/// Reaps a command, waiting at most until the deadline; nothing is said of one that still
/// runs.
Ending reap(pid_t pid, Deadline deadline);

/// The first line that `command` prints. `key` names it in messages. Throws Fault 78 if
/// it fails, prints nothing, or is not done by the deadline, and 74 if one of `clients`,
/// descriptors to whoever waits for the secret to be used, hangs up before. In the last
/// two cases, and when a signal ends us, it is ended with what it has started.
Secret secret_from_command(std::string_view key, std::string_view command,
                           Deadline deadline, std::span<const int> clients);

/// The first line that can be read from descriptor `fd`; a file is read from its
/// beginning. Throws Fault 78.
Secret secret_from_descriptor(int fd);

} // namespace stream

#endif
