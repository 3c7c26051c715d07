// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FORESIGHT_H
#define IMAPSYNC_IMAP_APPLY_FORESIGHT_H

#include <set>

#include "context.h"
#include "fetcher.h"
#include "selector.h"

/// Dials and selects, while the plan is being made, what it will most likely name: what
/// changed on the source is going to be changed on the target, new messages will be read
/// from the source. One mailbox in a round.
class Foresight {
 public:
  Foresight(record::Side target, Selector& selector, Fetcher& fetcher)
      : target_{target}, selector_{selector}, fetcher_{fetcher} {}

  void on(const record::Differs& differs);
  void on(const record::Listed& listed);
  /// A new round.
  void reset();

 private:
  void select(const record::Mailbox& mailbox);

  record::Side target_;
  Selector& selector_;
  Fetcher& fetcher_;
  bool selected_ = false;
  /// Until one is in both: what differs on the source, and what the target has. Which
  /// side tells first is left to chance.
  std::set<record::Mailbox> differing_, there_;
};

#endif
