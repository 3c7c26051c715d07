// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_RELAY_H
#define IMAPSYNC_STREAM_RELAY_H

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "stream/conversation.h"
#include "stream/deflate.h"
#include "stream/stream.h"
#include "stream/trace.h"

namespace stream {

/// The client's descriptors: `in` is read from, `out` is written to, and `direct` is the
/// socket by which it may ask for the server's own (see Handover), or -1. Not owned.
struct Client {
  int in, out;
  int direct = -1;
};

/// What there is to pass on from before.
struct Start {
  std::string greeting;      ///< ours, for the client
  std::string to_client;     ///< the server's octets behind it
  std::string to_server;     ///< the client's that were not sent yet
  Conversation conversation; ///< has seen what was sent already, none of the above
};

struct RelayOptions {
  std::chrono::seconds idle{}; ///< how long the server may owe an answer; 0: for ever
  /// COMPRESS=DEFLATE is there and to be begun, between two commands, when the link
  /// proves to be slow (see LinkMeter).
  bool compress = false;
  /// What puts compression on the server's stream then.
  std::function<std::unique_ptr<Stream>(std::unique_ptr<Stream>, std::string)> deflate =
      open_deflate;
  /// A socket whose other end stands for the client: when that is closed, the client is
  /// gone. -1: none.
  int guardian = -1;
  /// Closes the client's descriptors, when it has the server's own: see Handover.
  std::function<void()> part = [] {};
};

/// Passes octets both ways until the server's end of file has reached the client, or the
/// client is gone. When the client closes `in`, octets still coming are delivered; the
/// server sees end of file once it has answered what it was asked (some drop their
/// answers otherwise, over TLS), or has been silent for a while. With `client.direct` the
/// stream must have no layer above the descriptors. Throws what the stream
/// throws, after delivering what had arrived; Fault 75 if `idle` (0: never) goes by
/// without an octet.
void relay(const Client& client, std::unique_ptr<Stream>& server, Start start,
           const RelayOptions& options, Trace& trace);

} // namespace stream

#endif
