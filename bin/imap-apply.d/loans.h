// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_LOANS_H
#define IMAPSYNC_IMAP_APPLY_LOANS_H

#include <functional>

#include "client/lending.h"
#include "context.h"
#include "fetcher.h"
#include "foresight.h"
#include "selector.h"
#include "waiting.h"

/// The sessions that imap-changes(1) lends in a round, and what depends on them: whom to
/// dial early, which actions wait, when the source's is given to whom changes that side.
class Loans {
 public:
  /// `actions` hears of each action that is passed to act(). All the others must outlive
  /// it.
  Loans(posix::Loop& loop, Peer& target, Peer& source, Selector& selector,
        Fetcher& fetcher, Waiting::Listener actions);

  void on(const record::Server& server) { foresight_.on(server); }
  void on(const record::Differs& differs) { foresight_.on(differs); }
  /// Performs an action, now or when the session that it needs is lent.
  void act(const record::Record& action) { waiting_.add(action); }
  /// Actions wait.
  bool wait() const { return !waiting_.empty(); }
  /// Some of them will need the source then.
  bool need_source() const { return waiting_.need_source(); }
  /// The source can be asked: its session is not expected, nor on its way back.
  bool may_fetch() const { return !source_.expects() && !source_.returning(); }

  struct State {
    bool stopping = false; ///< nothing new is begun
    bool planned = false;  ///< all actions have come
    bool told = false;     ///< those of the other side were handed on
  };
  /// To be called each time around.
  void pump(const State& state);
  /// Somebody waits for the source's session.
  bool is_waited_for() const { return source_.is_waited_for(); }
  /// Nothing more is to be fetched by it: gives it back.
  void fetched() { source_.finish(fetcher_.as_lent()); }
  /// The source's has ended, and our own is used instead.
  void lost(const posix::Fault& fault) { source_.lost(fault); }
  /// A new round.
  void reset();
  /// There will be none: of what is borrowed, what has been answered is told to have
  /// been.
  void farewell() {
    source_.farewell();
    target_.farewell();
  }

 private:
  Fetcher& fetcher_;
  client::Borrower source_, target_;
  Foresight foresight_;
  Waiting waiting_; ///< for the target's session
};

#endif
