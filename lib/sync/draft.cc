// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/parts.h"

namespace syncing {

namespace {

// A mailbox that is read-only stores nothing, which says nothing of the flags that its
// messages have.
const imap::PermanentFlags* stores(const Report& report) {
  return report.answered && report.writable ? &report.permanent : nullptr;
}

} // namespace

Draft::Draft(const Question& q, FlagsPool& flags, Memory& m)
    : question{q}, pool{flags}, memory{m}, merge{flags,
                                                 q.options.conflicts,
                                                 {stores(q.account.report.local),
                                                  stores(q.account.report.remote)}},
      paired{paired_uids(q.known.pairs, Side::local),
             paired_uids(q.known.pairs, Side::remote)} {}

std::uint64_t Draft::uidvalidity(Side side) const {
  return creates[side] ? 0 : now(side).uidvalidity;
}

record::Numbers Draft::now(Side side) const {
  record::Numbers is = report(side).now();
  const record::Numbers& was = recorded(side);
  if (report(side).answered) return is;
  if (is.uidvalidity == 0) return was;
  if (is.uidnext == 0) is.uidnext = was.uidnext;
  if (is.highestmodseq == 0) is.highestmodseq = was.highestmodseq;
  return is;
}

void Draft::fail(Side side, std::string code, std::string text) {
  plan.before.push_back(record::Failed{
      side, question.mailbox, {"mailbox"}, {}, {std::move(code)}, std::move(text)});
  plan.hold = true;
}

void Draft::warn(Side side, std::string code, std::string text) {
  plan.before.push_back(
      record::Warning{side, question.mailbox, {std::move(code)}, std::move(text)});
}

bool Draft::writable(Side side) {
  if (!report(side).answered || report(side).writable) return true;
  if (!locked[side])
    fail(side, "readonly",
         "the mailbox is read-only on the " + std::string{name(side)} +
             " side and lacks changes of the other");
  locked[side] = true;
  return false;
}

void Draft::store(Side side, imap::Uid uid, const FlagVerdict::Delta& delta) {
  adds_[side == Side::remote][{pool.id(delta.add), pool.id(delta.remove)}].push_back(
      {uid, uid});
}

bool Draft::expunge(Side side, const imap::UidSet& uids) {
  if (uids.empty()) return true;
  if (!writable(side)) return false;
  plan.expunge[side] = unite(plan.expunge[side], uids);
  plan.unchangedsince[side] = now(side).highestmodseq;
  return true;
}

void Draft::finish_stores() {
  for (const Side side : both)
    if (const imap::Flags& flags = merge.disregarded()[side]; !flags.empty())
      warn(side, "flags",
           "the server does not store " + flags.to_string() +
               ": changes of these flags stay on the side where they were made");
  for (const Side side : both)
    for (auto& [delta, ranges] : adds_[side == Side::remote]) {
      record::Store store{side,
                          question.mailbox,
                          uidvalidity(side),
                          imap::UidSet::from_ranges(std::move(ranges)),
                          pool[delta.first],
                          pool[delta.second]};
      plan.units[side] += store.uids.size();
      plan.after.insert(plan.after.begin(), std::move(store));
    }
}

std::optional<record::Failed> guard(const Mailbox& mailbox, Side side,
                                    std::uint64_t count, std::uint64_t had,
                                    const MaxDelete& limit) {
  if (limit.allows(count, had)) return {};
  return record::Failed{side,
                        mailbox,
                        {"mailbox"},
                        {},
                        {"guard"},
                        std::to_string(count) + " of " + std::to_string(had) +
                            " messages would be deleted on the " +
                            std::string{name(side)} +
                            " side: more than max-delete allows, so none are. If they "
                            "should be, raise max-delete for a run"};
}

imap::UidSet fresh_uids(const Report& report) {
  imap::UidSet uids = report.untold;
  for (const Message& message : report.fresh) uids.add(message.uid);
  return uids;
}

std::optional<imap::UidSet> present(const Report& report, bool fresh_are_all) {
  const record::Numbers& now = report.now();
  if (!report.present && !fresh_are_all) {
    if (now.messages == 0) return imap::UidSet{};
    return {};
  }
  imap::UidSet all = report.present ? *report.present : fresh_uids(report);
  // What came after the SELECT is not in its numbers.
  if (now.uidnext > 1)
    all = intersect(all, imap::UidSet{imap::Uid{1}, imap::Uid(now.uidnext - 1)});
  if (all.size() != now.messages) return {};
  return all;
}

} // namespace syncing
