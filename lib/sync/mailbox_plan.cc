// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/mailbox_plan.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "imap/ascii.h"
#include "sync/parts.h"

namespace syncing {

namespace {

using std::to_string;

constexpr std::array special_uses{"\\All",  "\\Archive", "\\Drafts",    "\\Flagged",
                                  "\\Junk", "\\Sent",    "\\Important", "\\Trash"};

record::Words special_use(const record::Words& attributes) {
  record::Words found;
  for (const char* use : special_uses)
    if (std::ranges::any_of(attributes.list, [&](const std::string& attribute) {
          return imap::equal_nocase(attribute, use);
        }))
      found.list.emplace_back(use);
  return found;
}

// Whether a server with this delimiter can have a mailbox of that name.
bool can_exist(std::string_view mailbox, std::optional<char> delimiter) {
  if (!delimiter) return mailbox.find('/') == std::string_view::npos;
  if (*delimiter == '/') return mailbox.find("%2F") == std::string_view::npos;
  return mailbox.find(*delimiter) == std::string_view::npos;
}

// Why this side cannot be trusted to be what was recorded; false if it cannot.
bool check_numbers(Draft& draft, Side side) {
  const record::Numbers& was = draft.recorded(side);
  const record::Numbers& is = draft.report(side).now();
  const auto dropped = [&](std::string_view what, std::uint64_t from, std::uint64_t to) {
    draft.fail(side, "rollback",
               std::string{what} + " fell from " + to_string(from) + " to " +
                   to_string(to) + ": a restored backup?" + std::string{anew});
    return false;
  };
  if (was.uidvalidity != 0 && is.uidvalidity != 0 && is.uidvalidity != was.uidvalidity) {
    draft.fail(side, "uidvalidity",
               "UIDVALIDITY changed from " + to_string(was.uidvalidity) + " to " +
                   to_string(is.uidvalidity) +
                   ": what was known of its messages is void." + std::string{anew});
    return false;
  }
  if (is.uidnext != 0 && is.uidnext < was.uidnext)
    return dropped("UIDNEXT", was.uidnext, is.uidnext);
  if (is.highestmodseq != 0 && is.highestmodseq < was.highestmodseq)
    return dropped("HIGHESTMODSEQ", was.highestmodseq, is.highestmodseq);
  if (is.uidvalidity == 0 || is.uidnext == 0 || is.highestmodseq == 0) {
    draft.fail(
        side, "unsupported",
        "the server tells no UIDNEXT of this mailbox, or no HIGHESTMODSEQ below 2^63");
    return false;
  }
  return true;
}

// Where no UIDNEXT is recorded yet, a pair tells that it fell.
template <Side S>
bool check_highest(Draft& draft) {
  if (!lists_all(draft.question.account, S)) return true;
  imap::Uid highest{0};
  for (const Pair& pair : draft.question.known.pairs)
    highest = std::max(highest, pair.on<S>().uid);
  const std::uint64_t uidnext = draft.report(S).now().uidnext;
  if (imap::value(highest) < uidnext) return true;
  draft.fail(S, "rollback",
             "UIDNEXT is " + to_string(uidnext) + " but UID " +
                 to_string(imap::value(highest)) + " was known: a restored backup?" +
                 std::string{anew});
  return false;
}

// Subscription is a flag of the mailbox: what changed on one side changes on the other.
PerSide<bool> plan_subscription(Draft& draft) {
  const Account& account = draft.question.account;
  PerSide<bool> is{account.report.local.subscribed, account.report.remote.subscribed};
  if (is.local == is.remote) return is;
  const auto changed = [&](Side side) {
    return is[side] != account.recorded[side].subscribed;
  };
  bool want = true; // first time, or both changed: the union
  if (account.generation > 0 && changed(Side::local) != changed(Side::remote))
    want = changed(Side::local) ? is.local : is.remote;
  for (const Side side : both) {
    if (is[side] == want) continue;
    draft.plan.before.push_back(record::Subscribe{side, draft.question.mailbox, want});
    ++draft.plan.units[side];
    is[side] = want;
  }
  return is;
}

void plan_numbers(Draft& draft, const PerSide<bool>& subscribed) {
  const Account& account = draft.question.account;
  if (draft.plan.hold) return;
  bool news = account.generation == 0 || !draft.plan.idle();
  PerSide<record::NumbersRecord> numbers;
  for (const Side side : both) {
    // Those of a mailbox that is created now come back with its creation.
    const record::Numbers now = draft.creates[side] ? record::Numbers{} : draft.now(side);
    numbers[side] = {side, draft.question.mailbox, now, subscribed[side]};
    news = news || now != account.recorded[side].numbers ||
           subscribed[side] != account.recorded[side].subscribed;
  }
  if (news) draft.plan.numbers = numbers;
}

// Nothing that is recorded is of a mailbox that there is: each side is without one, for
// certain, or has another under this name. What is there then is new. Where both have
// one, one of them is the recorded one or a repaired one, and it is for the user to say.
bool is_void(const Draft& draft) {
  const Question& question = draft.question;
  bool recorded = question.account.generation > 0, missing = false;
  for (const Side side : both) {
    const std::uint64_t was = draft.recorded(side).uidvalidity;
    const std::uint64_t is = draft.report(side).now().uidvalidity;
    recorded = recorded || was != 0;
    if (!draft.report(side).listed) {
      if (!question.lists_known[side]) return false;
      missing = true;
    } else if (was == 0 || is == 0 || is == was) {
      return false;
    }
  }
  return recorded && missing;
}

// The next round finds it as if it had never been, if it is anywhere.
void plan_forgetting(Draft& draft) {
  const Mailbox& mailbox = draft.question.mailbox;
  draft.plan.before.push_back(record::Forget{{}, mailbox});
  if (draft.report(Side::local).listed || draft.report(Side::remote).listed)
    draft.plan.before.push_back(record::Again{{}, mailbox, {"deferred"}});
}

// The mailbox is on `side` alone. False if that is all there is to say.
bool plan_creation(Draft& draft, Side side) {
  const Side target = other(side);
  const Question& question = draft.question;
  if (draft.recorded(target).uidvalidity != 0) {
    const std::string there{name(target)}, here{name(side)};
    if (question.lists[target])
      draft.fail(target, "missing",
                 "the mailbox is gone from the " + there + " side; that of the " + here +
                     " side is untouched. Delete it there, too, or rename it to have it "
                     "on both sides again");
    else
      draft.fail(target, "missing",
                 "the mailbox is on the " + here +
                     " side and no longer among those that "
                     "the " +
                     there +
                     " side lists: gone or, with list-select-opts = "
                     "SUBSCRIBED, unsubscribed there");
    return false;
  }
  if (draft.report(side).failed || !check_numbers(draft, side)) return false;
  if (!can_exist(question.mailbox, question.delimiter[target])) {
    draft.fail(target, "name",
               "a level of the name holds the hierarchy delimiter of the " +
                   std::string{name(target)} + " side");
    return false;
  }
  draft.creates[target] = draft.plan.creates = true;
  draft.plan.before.push_back(record::Create{target, question.mailbox,
                                             special_use(draft.report(side).attributes)});
  ++draft.plan.units[target];
  return true;
}

// Whether there is a mailbox on both sides (soon) whose messages can be compared.
bool plan_presence(Draft& draft) {
  const PerSide<Report>& report = draft.question.account.report;
  if (!report.local.listed && !report.remote.listed) return false;
  if (!report.remote.listed) return plan_creation(draft, Side::local);
  if (!report.local.listed) return plan_creation(draft, Side::remote);
  if (report.local.failed || report.remote.failed) return false;
  // One after the other so that both are reported.
  const bool local = check_numbers(draft, Side::local);
  const bool remote = check_numbers(draft, Side::remote);
  return local && remote && check_highest<Side::local>(draft) &&
         check_highest<Side::remote>(draft) && check_strangers(draft);
}

} // namespace

bool lists_all(const Account& account, Side side) {
  return account.report[side].answered &&
         account.recorded[side].numbers.uidvalidity != 0 &&
         account.recorded[side].numbers.uidnext <= 1;
}

bool MailboxPlan::idle() const {
  const auto counts = [](const record::Record& record) {
    return !std::holds_alternative<record::Failed>(record) &&
           !std::holds_alternative<record::Warning>(record);
  };
  return std::ranges::none_of(before, counts) && pairs.empty() && transfers.empty() &&
         after.empty() && expunge.local.empty() && expunge.remote.empty() &&
         inquiries.empty();
}

KnownDigest Identities::find(imap::Uid uid) const {
  const auto at = std::ranges::lower_bound(all_, uid, {},
                                           [](const auto& entry) { return entry.first; });
  if (at == all_.end() || at->first != uid) return {};
  return at->second;
}

record::Pair to_record(const Mailbox& mailbox, const NewPair& pair,
                       const FlagsPool& pool) {
  return {{},
          mailbox,
          pair.pair.local.uid,
          pair.pair.remote.uid,
          {pair.stamp.local.date, 0},
          pair.stamp.local.size,
          {pair.stamp.remote.date, 0},
          pair.stamp.remote.size,
          pool[pair.pair.flags],
          pair.digest};
}

imap::UidSet paired_uids(const std::vector<Pair>& pairs, Side side) {
  std::vector<imap::UidRange> ranges;
  ranges.reserve(pairs.size());
  for (const Pair& pair : pairs) {
    const imap::Uid uid = side == Side::local ? pair.local.uid : pair.remote.uid;
    ranges.push_back({uid, uid});
  }
  return imap::UidSet::from_ranges(std::move(ranges));
}

PerSide<imap::UidSet> concerned(const Account& account, const std::vector<Owed>& owed) {
  PerSide<imap::UidSet> uids;
  for (const Side side : both) {
    const Report& report = account.report[side];
    imap::UidSet missing = unite(report.vanished, report.untold);
    if (lists_all(account, side)) missing.add(imap::Uid{1}, imap::max_uid);
    // Also what is not there any more without having been reported.
    if (report.present && report.selected.uidnext > 1) {
      const imap::UidSet could_be{imap::Uid{1}, imap::Uid(report.selected.uidnext - 1)};
      missing = unite(missing, subtract(could_be, *report.present));
    }
    std::vector<imap::UidRange> ranges;
    for (const FlagChange& change : report.flags) ranges.push_back(change.range);
    for (const auto* messages : {&report.fresh, &report.again})
      for (const Message& message : *messages)
        ranges.push_back({message.uid, message.uid});
    for (const Owed& action : owed)
      if (side == (action.action == "append" ? other(action.side) : action.side))
        ranges.push_back({action.uid, action.uid});
    uids[side] = unite(missing, imap::UidSet::from_ranges(std::move(ranges)));
  }
  return uids;
}

MailboxPlan plan_mailbox(const Question& question, FlagsPool& pool, Memory& memory) {
  Draft draft{question, pool, memory};
  if (is_void(draft)) {
    plan_forgetting(draft);
    return std::move(draft.plan);
  }
  if (!plan_presence(draft)) return std::move(draft.plan);
  // With the numbers that it has, the mailbox is read again until all is told.
  for (const Side side : both)
    if (!draft.report(side).untold.empty()) draft.plan.hold = true;
  const PerSide<bool> subscribed = plan_subscription(draft);
  plan_paired(draft);
  plan_unpaired(draft);
  draft.finish_stores();
  plan_numbers(draft, subscribed);
  return std::move(draft.plan);
}

} // namespace syncing
