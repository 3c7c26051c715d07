// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FORESIGHT_H
#define IMAPSYNC_IMAP_APPLY_FORESIGHT_H

#include <optional>
#include <set>
#include <vector>

#include "client/lending.h"
#include "context.h"
#include "fetcher.h"
#include "selector.h"

/// Does while the plan is being made what it will most likely need: dials both servers
/// when there are new messages on the source, else the target, and selects there what
/// changed on the source; one mailbox in a round. None is dialled where a session will be
/// lent, which whose it is says soon.
class Foresight {
 public:
  /// With the borrowers of the source's and of the target's session.
  Foresight(posix::Loop& loop, record::Side target, Selector& selector, Fetcher& fetcher,
            client::Borrower& of_source, client::Borrower& of_target);

  /// The target's delimiter is known: a mailbox's name can be said.
  void on(const record::Server& server);
  void on(const record::Differs& differs);
  /// To be called each time around.
  void pump();
  /// A new round.
  void reset();

 private:
  void select();

  record::Side target_;
  Selector& selector_;
  Fetcher& fetcher_;
  client::Borrower &of_source_, &of_target_;
  /// Until then the target is not dialled, unless it is said that none will be lent.
  std::optional<posix::Clock::time_point> until_;
  bool decided_ = false, server_ = false, selected_ = false;
  std::vector<record::Differs> changed_; ///< on the source
  std::set<record::Mailbox> there_;      ///< those that differ on the target, too
};

#endif
