// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_ORIGINS_H
#define IMAPSYNC_SYNC_ORIGINS_H

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sync/mailbox_plan.h"

namespace syncing {

/// What becomes of the origins of copies in a round: a server copies a message with the
/// flags that it has by then, which need not be those that were recorded.
class Origins {
 public:
  explicit Origins(FlagsPool& pool) : pool_{pool} {}

  void reset() { mailboxes_.clear(); }
  /// The flags that were reported of messages in `pairs`: no others are origins, and a
  /// first synchronisation reports millions of them.
  void reported(const Mailbox& mailbox, const Account& account,
                const std::vector<Pair>& pairs);
  void planned(const Mailbox& mailbox, const MailboxPlan& plan);

  /// To be called when all is reported and planned, for a copy that is made after all
  /// stores: corrects the flags that it will be found with. True if the mailbox has to be
  /// read again: a message that moved takes along what was changed on the side that did
  /// not move it.
  bool correct(Transfer& copy) const;

 private:
  struct Known {
    PerSide<std::map<FlagsId, imap::UidSet>> reported;
    std::vector<std::pair<FlagsId, imap::UidSet>> bases; // by local UID
    PerSide<imap::UidSet> expunge;
  };
  static std::optional<FlagsId> now(const Known& known, Side side, const Twin& origin);

  FlagsPool& pool_;
  std::map<Mailbox, Known> mailboxes_;
};

} // namespace syncing

#endif
