// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_OFFSPRING_H
#define IMAPSYNC_POSIX_OFFSPRING_H

#include <sys/types.h>

#include <vector>

namespace posix {

/// Our children, ended but unreaped ones included, and with PR_SET_CHILD_SUBREAPER the
/// orphans among their descendants; of our session alone: who has left it (setsid(2))
/// means to stay. The kernel's list is exact for a process with one thread.
std::vector<pid_t> children_of_our_session();

} // namespace posix

#endif
