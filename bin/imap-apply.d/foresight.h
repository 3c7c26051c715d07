// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FORESIGHT_H
#define IMAPSYNC_IMAP_APPLY_FORESIGHT_H

#include <optional>

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
};

#endif
