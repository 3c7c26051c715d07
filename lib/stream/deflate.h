// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_DEFLATE_H
#define IMAPSYNC_STREAM_DEFLATE_H

#include <memory>
#include <string>

#include "stream/stream.h"

namespace stream {

/// COMPRESS=DEFLATE (RFC 4978) over `below`: raw deflate both ways. `leftover` holds
/// octets that were read from `below` after the tagged OK: they are compressed already.
std::unique_ptr<Stream> open_deflate(std::unique_ptr<Stream> below, std::string leftover);

} // namespace stream

#endif
