// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_FAULT_H
#define IMAPSYNC_POSIX_FAULT_H

#include <sysexits.h>

#include <stdexcept>
#include <string>

namespace posix {

/// A stage upstream died: the records ended before their end record. Its own exit code,
/// so that `imapsync` can tell the victim from the culprit. Not one of sysexits(3).
inline constexpr int exit_truncated = 79;

/// A fault that ends this program; `status` is its sysexits(3) code. Thrown for what
/// cannot be recovered where it happens; `main` prints it once and exits.
struct Fault : std::runtime_error {
  Fault(int code, const std::string& what) : runtime_error{what}, status{code} {}
  int status;
};

/// Nobody reads what we write, or returns what it was lent: the other one's own fault is
/// the one to tell, and `main` prints nothing.
struct BrokenPipe : Fault {
  explicit BrokenPipe(const std::string& what) : Fault{EX_IOERR, what} {}
};

/// A Fault whose text is `what` followed by errno in words, such as
/// "open /x: No such file or directory". Reads errno first.
Fault system_fault(int code, const std::string& what);

} // namespace posix

#endif
