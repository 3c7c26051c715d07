// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_EDITOR_H
#define IMAPSYNC_IMAP_APPLY_EDITOR_H

#include <set>

#include "context.h"
#include "refusals.h"
#include "selector.h"

/// Creates and subscribes mailboxes of the target, and reads what identifies messages.
class Editor {
 public:
  Editor(Peer& target, Selector& selector, Outcomes& outcomes, Refusals& refusals)
      : target_{target}, selector_{selector}, outcomes_{outcomes}, refusals_{refusals} {}

  void create(const record::Create& action);
  void subscribe(const record::Subscribe& action);
  void identify(const record::Identify& action);

  /// Whether `mailbox` was created by us since the last reset.
  bool created(const record::Mailbox& mailbox) const {
    return created_.contains(mailbox);
  }
  /// Why nothing may be copied into it: it was there all the time, unlisted, and holds or
  /// held messages, of which these might be copies.
  std::optional<Problem> occupied(const record::Mailbox& mailbox) const;

  void reset() {
    created_.clear();
    told_.merge(occupied_);
    occupied_.clear();
  }

 private:
  void ask_identities(const record::Identify& action, bool afresh);
  void created(const record::Create& action, const imap::StatusData& status);

  Peer& target_;
  Selector& selector_;
  Outcomes& outcomes_;
  Refusals& refusals_;
  std::set<record::Mailbox> created_, occupied_;
  std::set<record::Mailbox> told_; ///< occupied in an earlier round, too
};

#endif
