// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SANDBOX_H
#define IMAPSYNC_STREAM_SANDBOX_H

#include <string>

namespace stream {

/// Gives up, for good, the filesystem, new sockets and new programs: what remains is to
/// read, write and poll the descriptors that are open, and to end. Landlock where the
/// kernel has it, and a seccomp filter; a call that it does not allow fails with EPERM.
/// Says in words what is in force: "seccomp, Landlock", or why something is not.
std::string enter_sandbox();

} // namespace stream

#endif
