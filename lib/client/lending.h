// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLIENT_LENDING_H
#define IMAPSYNC_CLIENT_LENDING_H

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "posix/loop.h"

namespace client {

// Within a run, a session that one filter has done with is lent to another, which else
// would open its own: that takes no connection, no login and, where the mailbox that is
// wanted is selected already, no SELECT. The two have a socket from imapsync(1), whose
// descriptor IMAPSYNC_LEND_LOCAL_FD or IMAPSYNC_LEND_REMOTE_FD names in the environment;
// without it nothing is lent. Messages: `promise` and `lend`, with the two descriptors
// and the socket by which imap-connect(1) knows that somebody has them, to the borrower,
// and `back` when the session is wanted again. From the borrower, once
// for each `lend`: `back` with nothing selected, `unused` if it did not take the session,
// or `lost`, with the reason, if the server has ended it.

/// What is selected in a session that is lent.
struct LentMailbox {
  std::string name; ///< as records have it; empty if nothing is selected
  std::uint64_t uidvalidity = 0;
};

/// Has the session and lends it, once in a round.
class Lender {
 public:
  /// `loop` and `session` must outlive it.
  Lender(posix::Loop& loop, Session& session, std::string_view side);

  /// The session will be lent soon: nobody needs to open one. False if nobody would take
  /// it.
  bool promise();
  /// The session, with nothing in flight, after a promise. It rests until reclaim(), or
  /// until it comes back because nobody wants it.
  void lend(const LentMailbox& selected);
  /// Asks for the session if it is lent; commands wait until it is back. Here, or out of
  /// the loop's turn, throws Fault 75 if it has ended, BrokenPipe if the borrower has.
  void reclaim();
  bool lent() const { return lent_; }
  /// Whether it has come back since the last call from somebody who used it: nothing is
  /// selected then.
  bool take_unselected() { return std::exchange(unselected_, false); }

 private:
  void receive();

  Session& session_;
  posix::Fd socket_;
  bool lent_ = false, reclaiming_ = false, unselected_ = false;
  bool gone_ = false; ///< who borrowed it has died
  std::string lost_;  ///< why it will not come back, if the server has ended it
};

/// May be lent a session, for one that has not been used.
class Borrower {
 public:
  struct Listener {
    std::function<void(const LentMailbox&)> lent;
    std::function<void()> returned;
  };

  /// `loop` and `session` must outlive it.
  Borrower(posix::Loop& loop, Session& session, std::string_view side, Listener listener);

  /// A session was promised: not worth opening one.
  bool expects() const { return promised_; }
  /// The same, of what may have been said since the loop's last turn.
  bool look();
  /// Returns the session when it was asked for and everything was answered. To be called
  /// each time around.
  void pump();
  /// The session has ended, and our own is used instead.
  void lost(const posix::Fault& fault);

 private:
  void receive();
  void take(std::string_view text, const std::vector<posix::Fd>& descriptors);
  void reclaimed();
  void give_back(std::string_view how);

  posix::Loop& loop_;
  Session& session_;
  Listener listener_;
  posix::Fd socket_;
  posix::Fd guard_; ///< the session is looked after as long as that is open
  bool promised_ = false, returning_ = false;
  bool owes_ = false; ///< what was lent, taken or not, was not given back
};

} // namespace client

#endif
