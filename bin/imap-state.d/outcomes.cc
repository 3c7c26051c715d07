// SPDX-License-Identifier: GPL-3.0-or-later
#include "outcomes.h"

#include <string_view>
#include <utility>

void Outcomes::write(const std::vector<record::Record>& batch) {
  for (const record::Record& record : batch)
    std::visit([&](const auto& r) { apply(r); }, record);
  for (auto& [target, ranges] : landed_)
    ledger_.land(target.first, target.second,
                 imap::UidSet::from_ranges(std::move(ranges)));
  landed_.clear();
}

std::optional<record::Mailbox> Outcomes::conclude(const std::vector<Mailbox>& complete) {
  std::optional<Mailbox> moved_on;
  for (const Mailbox& mailbox : complete) {
    const Tally& tally = tallies_[mailbox];
    if (ledger_.generation(mailbox) != tally.generation()) {
      moved_on = mailbox; // its pairs are true all the same
      continue;
    }
    if (tally.forgets()) {
      ledger_.forget(mailbox);
      ++counts_[{mailbox, std::nullopt, "forgotten"}];
      continue;
    }
    if (tally.record(ledger_)) ++counts_[{mailbox, std::nullopt, "mailbox"}];
    if (const std::string reason = tally.again(); !reason.empty())
      tell_.push_back(record::Again{{}, mailbox, {reason}});
  }
  return moved_on;
}

std::vector<record::Record> Outcomes::told() const {
  std::vector<record::Record> told;
  for (const auto& [key, count] : counts_) {
    const auto& [mailbox, side, what] = key;
    told.push_back(record::Committed{side, mailbox, {what}, count});
  }
  told.insert(told.end(), tell_.begin(), tell_.end());
  return told;
}

void Outcomes::apply(const record::Pair& r) {
  if (!ledger_.pair(r)) tallies_[r.mailbox].hold();
  ++counts_[{r.mailbox, std::nullopt, "pair"}];
}

void Outcomes::apply(const record::Unpair& r) {
  ledger_.unpair(r.mailbox, Side::local, r.local);
  counts_[{r.mailbox, std::nullopt, "unpair"}] += r.local.size();
}

void Outcomes::apply(const record::Identity& r) { ledger_.identity(r); }
void Outcomes::apply(const record::Identified& r) {
  tallies_[r.mailbox].identified(r.side);
  counts_[{r.mailbox, r.side, "identified"}] += r.uids.size();
}

void Outcomes::apply(const record::Created& r) {
  ledger_.created(r);
  tallies_[r.mailbox].add(r);
  ++counts_[{r.mailbox, r.side, "created"}];
}

void Outcomes::apply(const record::Subscribed& r) {
  ++counts_[{r.mailbox, r.side, "subscribed"}];
}

void Outcomes::apply(const record::Appended& r) {
  if (!ledger_.appended(r)) return taken(r.side, r.mailbox, imap::UidSet{r.uid});
  landed(r.side, r.mailbox, imap::UidSet{r.source}, imap::UidSet{r.uid});
  ++counts_[{r.mailbox, r.side, "appended"}];
}

void Outcomes::apply(const record::Copied& r) {
  const state::Ledger::Copies copies = ledger_.copied(r);
  if (copies.differs) tallies_[r.mailbox].differs();
  landed(r.side, r.mailbox, copies.sources, copies.uids);
  if (!copies.taken.empty()) taken(r.side, r.mailbox, copies.taken);
  counts_[{r.mailbox, r.side, "copied"}] += copies.sources.size();
}

void Outcomes::landed(Side side, const Mailbox& mailbox, const imap::UidSet& sources,
                      const imap::UidSet& uids) {
  tallies_[mailbox].landed(side, uids);
  auto& ranges = landed_[{mailbox, side}];
  ranges.insert(ranges.end(), sources.ranges().begin(), sources.ranges().end());
}

void Outcomes::taken(Side side, const Mailbox& mailbox, const imap::UidSet& uids) {
  tallies_[mailbox].hold();
  tell_.push_back(record::Warning{side,
                                  mailbox,
                                  {"mismatch"},
                                  "the server gave a new message a UID that was taken: " +
                                      uids.to_string()});
}

void Outcomes::apply(const record::Stored& r) {
  ledger_.stored(r);
  counts_[{r.mailbox, r.side, "stored"}] += r.uids.size();
}

void Outcomes::apply(const record::Expunged& r) {
  ledger_.unpair(r.mailbox, r.side, r.uids);
  tallies_[r.mailbox].expunged(r.side, r.uids.size());
  counts_[{r.mailbox, r.side, "expunged"}] += r.uids.size();
}

void Outcomes::unread(const record::Failed& r) {
  const Mailbox& mailbox = r.mailbox.value();
  Tally& tally = tallies_[mailbox];
  // What was not tried by itself may be read another time: to take it for a message
  // without identity would copy what is there.
  const bool alone = r.code.text == "refused" && r.uids->size() == 1;
  // A new message only waits to know whether it is a copy of a paired one.
  const bool paired = alone && !ledger_.partners(mailbox, r.side, *r.uids).empty();
  if (alone && !paired) tally.unreadable(r);
  if (r.code.text != "gone" && !paired) return;
  tally.identified(r.side);
  ledger_.unidentified(mailbox, r.side, *r.uids);
}

void Outcomes::apply(const record::Failed& r) {
  const std::string_view action = r.action.text;
  const std::string_view code = r.code.text;
  const Mailbox& mailbox = r.mailbox.value();
  Tally& tally = tallies_[mailbox];
  if (action == "mailbox") return ledger_.owed().untold(r);
  tell_.push_back(r);
  // In another round it is asked for by its name, and listed: nothing failed yet.
  if (code == "exists") tell_.back() = record::Again{{}, mailbox, {"deferred"}};
  if (action == "create") return tally.create_failed();
  if (action == "subscribe") return tally.subscribe_failed(r.side);
  if (!r.uids) return tally.hold();
  if (action == "identify") return unread(r);
  // Its flags are not what both sides have, even if the mailbox is read again.
  if (action == "store" && code != "gone") tally.store_failed(r);
  // It may have been done all the same, or was: what is under way is found by the
  // journal.
  if (code == "connection" && action == "append") {
    ledger_.owed().suspect(r);
    counts_[{mailbox, r.side, "suspected"}] += r.uids->size();
    return tally.hold();
  }
  if (code == "connection" || (code == "unsupported" && action == "append"))
    return tally.hold();
  if (code == "uidvalidity" || code == "mismatch" || tally.has_failed_creation()) {
    // Nothing was done, and what is known is void: the mailbox is read again.
    if (action == "append" || action == "copy") ledger_.land(mailbox, r.side, *r.uids);
    return tally.hold();
  }
  if (code == "fatal") return ledger_.owed().leave(r);
  if (action == "append" || action == "copy") {
    if (code == "gone") return ledger_.land(mailbox, r.side, *r.uids);
    // What cannot be copied there is appended, in a round more: nothing failed yet.
    if (action == "copy" && code == "refused")
      tell_.back() = record::Again{{}, mailbox, {"deferred"}};
    return ledger_.owed().append(r);
  }
  if (action == "store") return;
  if (code == "gone") return ledger_.unpair(mailbox, r.side, *r.uids);
  if (code == "modified") return ledger_.survive(r);
  ledger_.owed().expunge(r);
}
