// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard.h"

#include <algorithm>

using record::Mailbox;
using record::Side;

syncing::PerSide<std::uint64_t> Guard::had(const Mailbox& mailbox,
                                           const syncing::Account& account,
                                           const syncing::MailboxPlan& plan) {
  syncing::PerSide<std::uint64_t> had;
  for (const Side side : syncing::both) {
    had[side] = account.recorded[side].numbers.messages;
    if (had[side] == 0 && !plan.expunge[side].empty()) had[side] = memory_.pairs(mailbox);
  }
  return had;
}

std::optional<record::Failed> Guard::judge(const Mailbox& mailbox, Side side,
                                           const imap::UidSet& deleted,
                                           std::uint64_t had) {
  const auto verdict = [&](std::uint64_t count) {
    return syncing::guard(mailbox, side, count, had, limit_);
  };
  if (!verdict(deleted.size())) return {};
  std::uint64_t lost = 0;
  for (const imap::Uid uid : deleted) lost += !is_elsewhere(mailbox, side, uid);
  return verdict(lost);
}

/// Moved in an earlier round, or sent anew: both sides have the message once more, and
/// keep it.
bool Guard::is_elsewhere(const Mailbox& mailbox, Side side, imap::Uid uid) {
  const auto message = memory_.paired(mailbox, side, uid);
  if (!message || !message->identity || message->identity->weak()) return false;
  return std::ranges::any_of(memory_.twins(side, message->stamp),
                             [&](const syncing::Twin& twin) {
                               if (twin.identity != message->identity) return false;
                               if (twin.mailbox == mailbox && twin.here == uid)
                                 return false;
                               return !doomed_(twin.mailbox, side, twin.here);
                             });
}
