// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_PRIVATE_FILE_H
#define IMAPSYNC_STREAM_PRIVATE_FILE_H

#include <cstddef>
#include <string>

#include "stream/secret.h"

namespace stream {

/// Small files of ours in which something is kept from one connection to the next. They
/// are caches: what cannot be read or written is as good as absent.

/// What a private file holds at most.
inline constexpr std::size_t largest_private_file = 65536;

/// All of it, if it is a regular file of ours that nobody else may touch; else nothing.
Secret read_private(const std::string& path);

/// Replaces the file atomically, mode 0600; its directory, and the one above that, are
/// made (0700) if need be.
void replace_private(const std::string& path, std::string_view content);

} // namespace stream

#endif
