// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_CONVERSATION_H
#define IMAPSYNC_STREAM_CONVERSATION_H

#include <cstddef>
#include <string_view>

#include "stream/lines.h"

namespace stream {

/// How far a conversation that only passes through has come: which commands of the client
/// the server has not answered yet.
class Conversation {
 public:
  /// The client's octets, split anyhow. With `stop`, ends behind the first command that
  /// is whole by then; returns how many octets were looked at.
  std::size_t sent(std::string_view octets, bool stop = false);
  /// The server's octets, split anyhow.
  void received(std::string_view octets);

  /// Commands whose tagged response is not there yet, a partial one not counted.
  std::size_t pending() const { return pending_; }
  /// One of these makes messages (APPEND, COPY, MOVE): without the answer nobody knows
  /// whether they are there.
  bool makes_messages() const { return until_made_ > 0; }
  /// The server is between two responses.
  bool between_responses() const { return down_.idle(); }
  /// The client is between two commands.
  bool between_commands() const { return up_.idle(); }
  /// Nobody owes anybody anything.
  bool quiet() const { return pending_ == 0 && up_.idle() && down_.idle(); }

 private:
  Lines up_, down_;
  std::size_t pending_ = 0;
  bool making_ = false;        ///< the command of which a part was sent does
  std::size_t until_made_ = 0; ///< answers to come until the last such command's
};

} // namespace stream

#endif
