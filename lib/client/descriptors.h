// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLIENT_DESCRIPTORS_H
#define IMAPSYNC_CLIENT_DESCRIPTORS_H

#include <string_view>

namespace client {

/// The two descriptors of a side's session, as imap-connect(1) hands them over.
struct Descriptors {
  int read, write;
};

/// From the environment variable of `side` ("local" or "remote"), such as
/// IMAP_REMOTE_FD=8,9. Throws Fault 64 that says how to run the program if it is missing
/// or malformed.
Descriptors session_descriptors(std::string_view side);

} // namespace client

#endif
