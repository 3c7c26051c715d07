// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_WAITING_H
#define IMAPSYNC_IMAP_APPLY_WAITING_H

#include <deque>
#include <functional>
#include <optional>

#include "client/lending.h"
#include "posix/clock.h"
#include "posix/loop.h"
#include "record/record.h"

/// Actions that wait for the target's session, which was promised. It is asked for at
/// once; or, if somebody else is to fetch by it before, when all is planned. Not for
/// long, for that one may have more to fetch than whoever promised it knew of.
class Waiting {
 public:
  struct Listener {
    /// It is its turn.
    std::function<void(const record::Record&)> perform;
    /// It will come. True if nothing of the source is needed for it when it does, but
    /// what is fetched from now on.
    std::function<bool(const record::Record&)> foresee;
  };

  /// `loop`, `borrower` and `session` must outlive it.
  Waiting(posix::Loop& loop, client::Borrower& borrower, const client::Session& session,
          Listener listener);

  bool empty() const { return actions_.empty(); }
  /// The source is wanted by somebody else: what they need of it is fetched now.
  void foresee();
  /// Actions for which more is to be fetched when their turn comes.
  bool need_source() const { return need_source_ || foreseen_ < actions_.size(); }
  /// Performs the action, now or in its turn.
  void add(const record::Record& action);
  /// To be called each time around. `planned`: all actions have come; `told`: those of
  /// the other side were handed on.
  void pump(bool planned, bool told);

 private:
  client::Borrower& borrower_;
  const client::Session& session_;
  Listener listener_;
  std::deque<record::Record> actions_;
  std::size_t foreseen_ = 0; ///< so many of them
  bool need_source_ = false; ///< some of these
  std::optional<posix::Clock::time_point> until_;
};

#endif
