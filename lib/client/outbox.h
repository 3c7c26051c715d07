// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLIENT_OUTBOX_H
#define IMAPSYNC_CLIENT_OUTBOX_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "posix/buffer.h"

namespace client {

/// What a session has to write: command lines, and one command at a time that is
/// streamed, the parts of which behind a literal may have to wait for the server's leave
/// (RFC 3501 7.5).
class Outbox {
 public:
  /// `name` is for messages.
  Outbox(int fd, std::string name) : fd_{fd}, name_{std::move(name)} {}

  /// A whole command, while none is streamed.
  void command(std::string_view tag, std::string_view text);
  /// A command that is streamed: its beginning, and what follows. `now`: what comes first
  /// may be written at once, without being copied. Throws Fault 74; 70 while another one
  /// waits for leave.
  void begin(std::string_view tag, std::string_view text);
  void stream(std::string_view octets, bool now);
  /// What follows waits for the server's leave.
  void wait_for_leave() { held_.emplace_back(); }
  /// The stream has ended. It may have parts that wait still.
  void end();
  /// The server gives leave. Unsolicited, it is ignored: RFC 3501 has no use for it.
  void leave();
  /// The server has refused the command that is streamed: what waits is never sent, nor
  /// what is still to come.
  void refused();

  /// A command is streamed, up to the last part that waits.
  bool streaming() const { return streaming_; }
  /// It was refused.
  bool aborted() const { return aborted_; }

  /// Nothing is to be written now; octets that are, with those that wait.
  bool empty() const { return out_.empty(); }
  std::size_t size() const { return out_.size() + held_octets_; }
  /// Writes what the descriptor takes. What nobody reads is dropped: there may be last
  /// words to be heard. Throws Fault 74.
  void write();
  /// Another session: nothing is left to be said.
  void clear();

 private:
  void free_if_done();

  int fd_;
  std::string name_;
  posix::OutBuffer out_;
  bool unheard_ = false; ///< nobody takes what we write
  bool streaming_ = false, aborted_ = false, ended_ = false;
  // Parts that each wait for one leave more than the part before.
  std::deque<std::string> held_;
  std::size_t held_octets_ = 0;
};

} // namespace client

#endif
