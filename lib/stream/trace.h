// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TRACE_H
#define IMAPSYNC_STREAM_TRACE_H

#include <string>
#include <string_view>

#include "stream/lines.h"

namespace stream {

/// `--debug`: the lines of a session on standard error, "SIDE> " for what we send and
/// "SIDE< " for what the server does, literals as "{n octets}". Secrets are redacted:
/// whatever follows LOGIN or AUTHENTICATE and a mechanism; the dialogue adds its own.
class Trace {
 public:
  /// `side` empty: prints nothing.
  explicit Trace(std::string side = {}) : side_{std::move(side)} {}

  explicit operator bool() const { return !side_.empty(); }

  /// Relayed octets of one direction, split anyhow.
  void sent(std::string_view octets);
  void received(std::string_view octets);

  /// One line of our own making, already free of secrets.
  void line(char direction, std::string_view text) const;
  /// What the program itself does: "SIDE: text".
  void note(std::string_view text) const;

 private:
  std::string side_;
  Lines up_, down_;
};

} // namespace stream

#endif
