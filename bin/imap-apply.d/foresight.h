// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FORESIGHT_H
#define IMAPSYNC_IMAP_APPLY_FORESIGHT_H

#include <optional>
#include <set>

#include "context.h"
#include "fetcher.h"
#include "selector.h"

/// Does while the plan is being made what it will most likely need: dials both servers
/// when there are new messages on the source, else the target, and selects there what
/// changed on the source. One mailbox in a round, and none that imap-changes has selected
/// on the same server: they would wait for each other's locks.
class Foresight {
 public:
  Foresight(record::Side target, Selector& selector, Fetcher& fetcher)
      : target_{target}, selector_{selector}, fetcher_{fetcher} {}

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
  bool server_ = false;
  std::optional<record::Mailbox> likely_; ///< the first that the target should have
  std::set<record::Mailbox> busy_;        ///< those that differ on the target, too
};

#endif
