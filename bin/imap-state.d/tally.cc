// SPDX-License-Identifier: GPL-3.0-or-later
#include "tally.h"

#include <algorithm>

using syncing::both;

void Tally::store_failed(const record::Failed& failed) {
  failed_stores_.push_back(failed);
}

bool Tally::complete() const {
  if (!done_) return false;
  const syncing::PerSide<std::uint64_t> planned{done_->local_units, done_->remote_units};
  for (const Side side : both)
    if (units_[side] > planned[side])
      throw record::Malformed{done_->mailbox + ": more outcomes than actions"};
  return units_ == planned;
}

std::string Tally::missing() const {
  return std::to_string(units_.local + units_.remote) + " of " +
         std::to_string(done_->local_units + done_->remote_units) + " outcomes";
}

// Those of the SELECT, moved on past our own copies as far as nobody else's message can
// be between them.
record::Numbers Tally::numbers(Side side) const {
  record::Numbers numbers = numbers_[side]->numbers;
  if (numbers.uidvalidity == 0 && created_[side]) {
    numbers.uidvalidity = created_[side]->uidvalidity;
    // Not what STATUS told: mail may have come before it, which the next run shall see.
    numbers.uidnext = 1;
    numbers.highestmodseq = created_[side]->highestmodseq;
  }
  for (const imap::UidRange& range : landed_[side].ranges()) {
    if (imap::value(range.first) != numbers.uidnext) break;
    numbers.uidnext = std::uint64_t{imap::value(range.last)} + 1;
    numbers.messages += imap::value(range.last) - imap::value(range.first) + 1;
  }
  numbers.messages -= std::min(numbers.messages, expunged_[side]);
  return numbers;
}

bool Tally::record(state::Ledger& ledger) const {
  const record::Mailbox& mailbox = done_->mailbox;
  // Where others could be read it is the message, not the server, and to wait is vain.
  for (const record::Failed& failed : unreadable_)
    if (identified_[failed.side])
      ledger.unidentified(mailbox, failed.side, failed.uids.value());
  syncing::PerSide<imap::UidSet> failed;
  for (const record::Failed& store : failed_stores_)
    failed[store.side] = unite(failed[store.side], store.uids.value());
  for (const record::Base& base : bases_) {
    // What could not be stored keeps its base and is owed.
    for (const record::Failed& store : failed_stores_) {
      imap::UidSet uids = base.local;
      if (store.side == Side::remote) uids = ledger.partners(mailbox, Side::local, uids);
      uids = intersect(uids, *store.uids);
      ledger.owed().store(mailbox, store.side, uids, base.flags, store.code.text,
                          store.text);
    }
    ledger.base(base, failed);
  }
  for (const record::Lacks& lacks : lacks_) ledger.lacks(lacks);
  if (hold_ || !numbers_.local || !numbers_.remote || ledger.under_way(mailbox))
    return false;
  for (const Side side : both)
    if (numbers(side).uidvalidity == 0) return false; // its creation did not come back
  const bool failed_subscription = unsubscribed_.local || unsubscribed_.remote;
  for (const Side side : both) {
    std::optional<bool> subscribed;
    if (!failed_subscription) subscribed = numbers_[side]->subscribed;
    // Never in step before: what is, instead of what was.
    if (failed_subscription && done_->generation == 0) subscribed = !unsubscribed_[side];
    ledger.numbers(mailbox, side, numbers(side), subscribed);
  }
  ledger.advance(mailbox);
  return true;
}

std::string Tally::again() const {
  if (identified_.local || identified_.remote) return "identified";
  return deferred_ ? "deferred" : "";
}
