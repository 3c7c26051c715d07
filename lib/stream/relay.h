// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_RELAY_H
#define IMAPSYNC_STREAM_RELAY_H

#include <string>

#include "stream/stream.h"
#include "stream/trace.h"

namespace stream {

/// The client's two descriptors: `in` is read from, `out` is written to. Not owned.
struct Client {
  int in, out;
};

/// Passes octets both ways, `to_client` and `to_server` first, until the server's end of
/// file has reached the client, or the client is gone. When the client closes `in`, the
/// server sees end of file and octets still coming are delivered. Throws what the stream
/// throws, after delivering what had arrived.
void relay(const Client& client, Stream& server, std::string to_client,
           std::string to_server, Trace& trace);

} // namespace stream

#endif
