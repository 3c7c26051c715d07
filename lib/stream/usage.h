// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_USAGE_H
#define IMAPSYNC_STREAM_USAGE_H

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "stream/lines.h"

namespace stream {

/// What has been said on a session that is to outlive its client: whether the next client
/// can have it, and what it will find. Only commands that are known to leave nothing
/// behind are trusted to do so.
class Usage {
 public:
  /// The client's octets, split anyhow; appends to `server` what is to be sent on. Its
  /// LOGOUT is not, nor what follows that; the beginning of a command waits for as long
  /// as it may become one.
  void said(std::string_view octets, std::string& server);
  /// The server's octets, split anyhow.
  void answered(std::string_view octets);

  /// The client has said LOGOUT, and what the server would have answered.
  bool left() const { return !logout_tag_.empty(); }
  std::string farewell() const;
  /// Nobody owes anybody anything, as far as the server knows.
  bool quiet() const { return pending_ == 0 && up_.idle() && down_.idle(); }

  /// Commands that are still to be answered.
  std::size_t pending() const { return pending_; }

  /// What is still owed will come, and needs nobody to read it: a command of ours can
  /// follow.
  bool interruptible() const { return up_.idle() && down_.idle() && !idling_; }

  /// No command has changed the session for good but those that enabled().
  bool harmless() const { return harmless_; }
  /// A mailbox may be selected.
  bool selected() const { return selected_; }
  /// All that was asked for with ENABLE, in upper case.
  const std::set<std::string>& enabled() const { return enabled_; }
  /// A command has made the server tell mod-sequences without ENABLE (RFC 7162 3.1).
  bool uses_condstore() const { return uses_condstore_; }

  /// The session is at rest again, all is answered, no mailbox is selected: what follows
  /// is another client's.
  void next_client();

 private:
  void pass(std::string_view octets, std::string& server);
  void note_line(std::string_view line);
  void note_command(std::string_view line);

  Lines up_, down_;
  std::string held_; ///< the beginning of a command
  std::string logout_tag_;
  std::size_t pending_ = 0;
  bool harmless_ = true, selected_ = false, idling_ = false, uses_condstore_ = false;
  std::set<std::string> enabled_;
};

} // namespace stream

#endif
