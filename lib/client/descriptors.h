// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLIENT_DESCRIPTORS_H
#define IMAPSYNC_CLIENT_DESCRIPTORS_H

#include <string_view>

namespace client {

/// The two descriptors of a side's session, as imap-connect(1) hands them over, and the
/// socket by which it may be asked for the server's own, or -1.
struct Descriptors {
  int read, write;
  int direct = -1;
};

/// From the environment variable of `side` ("local" or "remote"), such as
/// IMAP_REMOTE_FD=8,9; `direct` from such as IMAPSYNC_DIRECT_REMOTE_FD=41. Throws Fault
/// 64 that says how to run the program if the first is missing or malformed.
Descriptors session_descriptors(std::string_view side);

} // namespace client

#endif
