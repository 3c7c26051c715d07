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
  using Perform = std::function<void(const record::Record&)>;

  /// All but `perform` must outlive it.
  Waiting(posix::Loop& loop, client::Borrower& borrower, const client::Session& session,
          Perform perform);

  bool empty() const { return actions_.empty(); }
  /// Performs the action, now or in its turn.
  void add(const record::Record& action);
  /// To be called each time around. `planned`: all actions have come; `told`: those of
  /// the other side were handed on.
  void pump(bool planned, bool told);

 private:
  client::Borrower& borrower_;
  const client::Session& session_;
  Perform perform_;
  std::deque<record::Record> actions_;
  std::optional<posix::Clock::time_point> until_;
};

#endif
