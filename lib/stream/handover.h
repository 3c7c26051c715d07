// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_HANDOVER_H
#define IMAPSYNC_STREAM_HANDOVER_H

#include <functional>

#include "stream/stream.h"

namespace stream {

/// The end of relaying before the end of the session: a client that has asked for it gets
/// the server's own descriptors, where there is nothing between those and what we relay
/// (no TLS, no compression). Its octets are not copied twice more then, nor do they wait
/// for another process to be scheduled. imap-connect(1) has the messages, "Direct
/// sessions".
class Handover {
 public:
  /// `socket`: to the client, SOCK_SEQPACKET; -1 if that is to be relayed for. Not owned.
  explicit Handover(int socket) : socket_{socket} {}

  /// The socket to poll for input; -1 if nothing is to be expected.
  int waits_on() const { return wanted_ ? -1 : socket_; }
  void look();
  /// The client has asked, and writes nothing until it is answered. It is given what we
  /// have of both directions before that.
  bool wanted() const { return wanted_; }
  /// Gives it the server. False if that is not possible: then it is refused.
  bool give(const Stream& server);
  /// Waits until the client has gone, and all to whom it has lent the socket. Then the
  /// server is told so, by end of file behind what they have written, and waited for: it
  /// may still be making messages, unless the last of them has said that everything was
  /// answered. `part` is called when nobody who knows better uses the
  /// client's descriptors any more, of which `in` is one; whoever does shall not wait.
  void stand_by(Stream& server, int in, const std::function<void()>& part);

 private:
  /// True if everything was answered.
  bool await_client(int in, const std::function<void()>& part) const;

  int socket_;
  bool wanted_ = false;
};

} // namespace stream

#endif
