// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_SECRET_FD_H
#define IMAPSYNC_BIN_SECRET_FD_H

#include <utility>
#include <vector>

#include "cli/config.h"
#include "posix/fd.h"

/// The descriptors that `password-fd` names, in a form that each of several processes can
/// read from its beginning: what comes through a pipe is moved into a memory file by the
/// kernel and is never in our own memory.
class SecretFds {
 public:
  /// Throws Fault 78 if a descriptor is not open for reading.
  explicit SecretFds(const cli::Config& config);

  /// (ours, the number that the configuration has).
  std::vector<std::pair<int, int>> descriptors() const;

 private:
  std::vector<std::pair<posix::Fd, int>> fds_;
};

#endif
