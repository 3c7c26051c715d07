// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_RESTING_H
#define IMAPSYNC_STREAM_RESTING_H

#include <memory>
#include <string_view>

#include "stream/lines.h"
#include "stream/stream.h"

namespace stream {

/// A session that no client has. What the server says is nobody's; once it has said BYE
/// or nothing more can come, the session is dead. Throws nothing.
class Resting {
 public:
  /// `session` is between two responses; `owed` commands are still to be answered.
  explicit Resting(std::unique_ptr<Stream> session, std::size_t owed = 0)
      : session_{std::move(session)}, owed_{owed} {}

  /// Reads what is there. False: it is dead.
  bool alive();
  /// Sends a command; false if the answer is not OK, or not there by the deadline, with
  /// all that was owed: a server may answer the later command first.
  bool ask(std::string_view command, Deadline deadline);
  /// Says LOGOUT, without waiting for the answer.
  void log_out();

  /// Nothing of a response has come whose rest is still to come.
  bool between_responses() const { return lines_.idle(); }
  pollfd wait() const { return session_->read_wait(); }
  std::unique_ptr<Stream> take() { return std::move(session_); }

 private:
  void send(std::string_view command, Deadline deadline);
  bool swallow();

  std::unique_ptr<Stream> session_;
  Lines lines_;
  std::size_t owed_;
  bool dead_ = false;
  bool answered_ = false, ok_ = false; ///< the command that was sent last
};

} // namespace stream

#endif
