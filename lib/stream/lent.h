// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_LENT_H
#define IMAPSYNC_STREAM_LENT_H

#include <memory>
#include <string>

#include "stream/stream.h"
#include "stream/usage.h"

namespace stream {

/// A session as one of several clients has it, one after the other. When the client says
/// LOGOUT or has come to its end, and everything is answered, this stream ends; the
/// session below does not.
class Lent : public Stream {
 public:
  /// `usage` outlives it.
  Lent(std::unique_ptr<Stream> session, Usage& usage)
      : session_{std::move(session)}, usage_{usage} {}

  ssize_t read(char* into, std::size_t size) override;
  ssize_t write(std::string_view octets) override;
  bool flush() override;
  void finish() override;
  pollfd read_wait() const override { return session_->read_wait(); }
  pollfd write_wait() const override { return session_->write_wait(); }

  /// The session is compressed from here on; arguments as of open_deflate().
  void deflate(std::string leftover);

  /// The session is up, and the client has nothing to do with it any more; answers that
  /// nobody waits for may still come.
  bool over() const {
    return !lost_ && unsent().empty() &&
           (usage_.quiet() || (unread_ && usage_.interruptible()));
  }
  std::unique_ptr<Stream> take() { return std::move(session_); }

 private:
  ssize_t read_session(char* into, std::size_t size);
  std::string_view unsent() const { return std::string_view{up_}.substr(sent_); }
  bool push();

  std::unique_ptr<Stream> session_;
  Usage& usage_;
  std::string up_;       ///< for the server
  std::size_t sent_ = 0; ///< of it
  std::string farewell_; ///< for the client
  bool parted_ = false;  ///< the farewell was composed
  bool ended_ = false;   ///< the client is at its end, all is answered
  bool unread_ = false;  ///< the client is at its end, and has read no answer since
  bool lost_ = false;    ///< the session is no more
};

} // namespace stream

#endif
