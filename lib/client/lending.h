// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLIENT_LENDING_H
#define IMAPSYNC_CLIENT_LENDING_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session.h"
#include "imap/flags.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "posix/loop.h"
#include "posix/message.h"

namespace client {

// Within a run, a session that one filter has done with is lent to another, which else
// would open its own: that takes no connection, no login and, where the mailbox that is
// wanted is selected already, no SELECT. First to the one that fetches messages from the
// server, then to the one that changes what is there. The two have a socket from
// imapsync(1), whose descriptor IMAPSYNC_LEND_LOCAL_FD or IMAPSYNC_LEND_REMOTE_FD names
// in the environment, or IMAPSYNC_LEND_LOCAL_TARGET_FD or IMAPSYNC_LEND_REMOTE_TARGET_FD
// of the second; without it nothing is lent. Messages to the borrower: `promise`, or
// `promise planned` of a session that is fetched from until then, and `none`, with which
// it is taken back; `lend`, with the two descriptors and the socket by which
// imap-connect(1) knows that somebody has them; `finish` when the other one wants it, and
// `back` when its owner does. From the borrower: `want` if it is a second one, and once
// for each `lend`: `kept` with what was selected, `back` with nothing selected, `unused`
// if it did not take the session, or `lost`, with the reason, if the server has ended it.

/// What a session is lent for: to fetch from the server, or to change what is there.
enum class Use { source, target };

/// What is selected in a session that is lent.
struct LentMailbox {
  std::string name; ///< as records have it; empty if nothing is selected
  std::uint64_t uidvalidity = 0;
  imap::PermanentFlags permanent = imap::PermanentFlags::unsaid();
  bool writable = true;
};

/// Has the session and lends it, to each of the two once in a round.
class Lender {
 public:
  /// `loop` and `session` must outlive it.
  Lender(posix::Loop& loop, Session& session, std::string_view side);

  /// The session will be lent soon: nobody needs to open one. False if nobody would take
  /// it. A target waits for the end of the plan if it is promised as a source, too, which
  /// must come first.
  bool promise(Use use);
  /// There will be none, in this round, for who changes what is there. Also after a
  /// promise.
  void decline();
  /// The session, with nothing in flight, may be lent, with this selected: it is to the
  /// source that it was promised to, later to the target that wants it. It rests while it
  /// is lent: until reclaim(), or until it comes back.
  void lend(const LentMailbox& selected);
  /// Lends what is wanted and could not be lent before. To be called each time around.
  void pump();
  /// Asks for the session if it is lent; commands wait until it is back. Here, or out of
  /// the loop's turn, throws Fault 75 if it has ended, BrokenPipe if the borrower has.
  void reclaim();
  bool lent() const { return source_.has || target_.has; }
  /// As of Session, unless somebody has it, or had it and has died: who knows what the
  /// server is at.
  void farewell() {
    if (!lent() && !gone_) session_.farewell();
  }
  /// Whether it has come back since the last call from somebody who used it: nothing is
  /// selected then.
  bool take_unselected() { return std::exchange(unselected_, false); }

 private:
  struct Client {
    posix::Fd socket;
    bool promised = false; ///< in this round, and not lent yet
    bool wants = false, has = false;
  };
  Client& at(Use use) { return use == Use::source ? source_ : target_; }
  void give(Client& client);
  bool receive(Client& client);
  void ask_source();
  void come_back(Client& client, std::string_view how);
  void lose(Client& client, std::string_view text);

  posix::Loop& loop_;
  Session& session_;
  Client source_, target_;
  std::optional<LentMailbox> ready_; ///< what is selected, once it may be lent
  bool reclaiming_ = false, unselected_ = false;
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
  Borrower(posix::Loop& loop, Session& session, std::string_view side, Use use,
           Listener listener);

  /// A session was promised: not worth opening one.
  bool expects() const { return promised_; }
  /// The same, of what may have been said since the loop's last turn.
  bool look();
  /// Nothing was said of this round, and what may be said matters.
  bool listens() const {
    return socket_ && !told_ && (!session_.used() || session_.borrowed());
  }
  /// A new round, in which nothing is promised yet.
  void reset();

  /// A promised session is fetched from until all is planned.
  bool waits_for_plan() const { return after_plan_; }
  /// Now, please: what was promised to a target.
  void want();
  /// It takes too long: when it comes, it is given back unused.
  void renounce() { promised_ = false; }

  /// It is on its way back: nothing more is to be said in it.
  bool returning() const { return returning_; }
  /// Somebody else waits for it.
  bool is_waited_for() const { return awaited_ && borrowing(); }
  /// Gives it back, with nothing in flight: as it was lent, or with nothing selected.
  void finish(bool as_lent);
  /// Returns the session when it was asked for and everything was answered. To be called
  /// each time around.
  void pump();
  /// The session has ended, and our own is used instead.
  void lost(const posix::Fault& fault);
  /// As of Session, for one that is borrowed.
  void farewell();

 private:
  void receive();
  void understand(posix::Message& message);
  void take(std::string_view text, std::vector<posix::Fd>& descriptors);
  bool borrowing() const { return owes_ && session_.borrowed(); }
  void reclaimed();
  void give_back(std::string_view how);

  posix::Loop& loop_;
  Session& session_;
  Use use_;
  Listener listener_;
  posix::Fd socket_;
  posix::Fd guard_; ///< the session is looked after as long as that is open
  bool promised_ = false, after_plan_ = false, told_ = false, wanted_ = false;
  bool awaited_ = false, returning_ = false;
  bool owes_ = false; ///< what was lent, taken or not, was not given back
};

} // namespace client

#endif
