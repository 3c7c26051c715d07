// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FORESIGHT_H
#define IMAPSYNC_IMAP_APPLY_FORESIGHT_H

#include <map>
#include <vector>

#include "client/lending.h"
#include "context.h"
#include "fetcher.h"
#include "selector.h"

/// Does while the plan is being made what it will most likely need: dials both servers
/// when there are new messages on the source, else the target, and selects there what
/// changed on the source. One mailbox in a round, and none that imap-changes is known by
/// then to select on the same server, unless it is empty: they would wait for each
/// other's locks.
class Foresight {
 public:
  /// `borrower`, of the source's session: none is dialled where one will be lent.
  Foresight(record::Side target, Selector& selector, Fetcher& fetcher,
            client::Borrower& borrower)
      : target_{target}, selector_{selector}, fetcher_{fetcher}, borrower_{borrower} {}

  /// The target's delimiter is known: a mailbox's name can be said.
  void on(const record::Server& server);
  void on(const record::Differs& differs);
  /// A new round.
  void reset();

 private:
  void select();

  record::Side target_;
  Selector& selector_;
  Fetcher& fetcher_;
  client::Borrower& borrower_;
  bool server_ = false, selected_ = false;
  std::vector<record::Differs> changed_; ///< on the source
  std::map<record::Mailbox, bool> busy_; ///< those that differ on the target, too
};

#endif
