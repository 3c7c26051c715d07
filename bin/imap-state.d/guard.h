// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_STATE_GUARD_H
#define IMAPSYNC_IMAP_STATE_GUARD_H

#include <functional>

#include "sync/mailbox_plan.h"

/// Whether as many messages of a mailbox may be deleted as a round plans to.
class Guard {
 public:
  /// Whether this round expunges a message.
  using Doomed = std::function<bool(const record::Mailbox&, record::Side, imap::Uid uid)>;

  /// All must outlive it.
  Guard(syncing::Memory& memory, const syncing::MaxDelete& limit, const Doomed& doomed)
      : memory_{memory}, limit_{limit}, doomed_{doomed} {}

  /// How many messages each side had before the round, of which `plan` deletes some.
  syncing::PerSide<std::uint64_t> had(const record::Mailbox& mailbox,
                                      const syncing::Account& account,
                                      const syncing::MailboxPlan& plan);
  /// What is to be told if `deleted` are too many of those that it `had`. What is
  /// elsewhere on that side and stays does not count.
  std::optional<record::Failed> judge(const record::Mailbox& mailbox, record::Side side,
                                      const imap::UidSet& deleted, std::uint64_t had);

 private:
  bool is_elsewhere(const record::Mailbox& mailbox, record::Side side, imap::Uid uid);

  syncing::Memory& memory_;
  const syncing::MaxDelete& limit_;
  const Doomed& doomed_;
};

#endif
