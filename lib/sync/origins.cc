// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/origins.h"

namespace syncing {

void Origins::reported(const Mailbox& mailbox, const Account& account,
                       const std::vector<Pair>& pairs) {
  if (pairs.empty()) return;
  for (const Side side : both) {
    const Report& report = account.report[side];
    std::map<FlagsId, std::vector<imap::UidRange>> by_flags;
    for (const FlagChange& change : report.flags)
      by_flags[change.flags].push_back(change.range);
    for (const auto* messages : {&report.again, &report.fresh})
      for (const Message& message : *messages)
        by_flags[message.flags].push_back({message.uid, message.uid});
    if (by_flags.empty()) continue;
    const imap::UidSet paired = paired_uids(pairs, side);
    for (auto& [flags, ranges] : by_flags)
      mailboxes_[mailbox].reported[side][flags] =
          intersect(imap::UidSet::from_ranges(std::move(ranges)), paired);
  }
}

void Origins::planned(const Mailbox& mailbox, const MailboxPlan& plan) {
  Known& known = mailboxes_[mailbox];
  for (const record::Record& record : plan.after)
    if (const auto* base = std::get_if<record::Base>(&record))
      known.bases.emplace_back(pool_.id(base->flags), base->local);
  known.expunge = plan.expunge;
}

// The flags that an origin has on `side` once the stores are done; nothing if they are
// those that were recorded.
std::optional<FlagsId> Origins::now(const Known& known, Side side, const Twin& origin) {
  const imap::Uid local = side == Side::local ? origin.there : origin.here;
  for (const auto& [flags, uids] : known.bases)
    if (uids.contains(local)) return flags;
  for (const auto& [flags, uids] : known.reported[side])
    if (uids.contains(origin.there)) return flags;
  return {};
}

bool Origins::correct(Transfer& copy) const {
  bool again = false;
  for (std::size_t i = 0; i < copy.origins.size(); ++i) {
    const Twin& origin = copy.origins[i];
    Flight& flight = copy.flights[i];
    const auto known = mailboxes_.find(origin.mailbox);
    if (known == mailboxes_.end()) continue;
    const auto flags = now(known->second, copy.target, origin);
    if (!flags) continue;
    const bool moved = known->second.expunge[copy.target].contains(origin.there);
    if (moved && *flags != flight.message.flags)
      again = true; // and merged against what was recorded
    else
      flight.copied = flags;
  }
  return again;
}

} // namespace syncing
