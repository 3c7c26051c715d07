// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_LATE_COMPRESSION_H
#define IMAPSYNC_STREAM_LATE_COMPRESSION_H

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "stream/link_meter.h"

namespace stream {

/// The tag of a command of our own; no client's.
inline constexpr std::string_view compress_tag = "imap-connect-compress";

/// COMPRESS=DEFLATE in the middle of somebody else's conversation, as soon as the link
/// has proven to be slow: when it is time for that, what is said to the server, and what
/// of its answer is the client's. Does no I/O.
class LateCompression {
 public:
  /// How long the client is kept back for the server to answer all; an IDLE would do so
  /// for ever. And how often that is tried.
  static constexpr std::chrono::seconds quiet_time{2};
  static constexpr int max_tries = 3;

  explicit LateCompression(bool possible)
      : phase_{possible ? Phase::possible : Phase::off} {}

  /// It is on, or not to be.
  bool off() const { return phase_ == Phase::off; }
  /// The client is kept back at the end of a command until the server has answered all.
  bool wanted() const { return phase_ == Phase::wanted; }
  /// The command is under way.
  bool asked() const { return phase_ == Phase::asked; }
  /// Both directions are measured.
  bool measures() const { return phase_ == Phase::possible; }

  LinkMeter down, up;

  /// Begins to want it, if it is possible and the link is slow.
  void consider();
  /// It was wanted for long enough.
  bool overdue() const;
  /// Not now; perhaps later.
  void forget();

  /// It is asked for: the command, without CRLF.
  std::string ask();

  struct Answer {
    std::string client;     ///< what is the client's of it
    std::string line;       ///< the answer to our command, without CRLF; empty so far
    bool granted = false;   ///< all that follows is compressed, and ...
    std::string compressed; ///< ... this of it is here already
  };
  /// Takes what the server has said since; `last`: it will say no more.
  Answer read(std::string_view octets, bool last);

 private:
  enum class Phase { off, possible, wanted, asked };
  Phase phase_;
  std::chrono::steady_clock::time_point give_up_; ///< if wanted
  int tries_ = 0;
  std::string said_; ///< of an answer: what is no whole line yet
};

} // namespace stream

#endif
