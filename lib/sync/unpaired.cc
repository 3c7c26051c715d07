// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <optional>

#include "sync/match.h"
#include "sync/parts.h"

namespace syncing {

namespace {

// A server may end its session over a certain message, each time it is sent. To be tried
// in each run, it would keep others from theirs; one in some runs shows whether it still
// is so.
constexpr std::uint64_t fatal_tries = 3, runs_between = 8;

// A server that does not tell what a message is may do so soon; if not, others shall not
// wait for it.
constexpr std::uint64_t untold_tries = 2;

bool is_fatal(const Owed& owed) {
  return owed.action == "append" && (owed.code == "connection" || owed.code == "fatal") &&
         owed.tries >= fatal_tries &&
         (owed.tries + imap::value(owed.uid)) % runs_between != 0;
}

class Unpaired {
 public:
  explicit Unpaired(Draft& draft) : draft_{draft}, known_{draft.question.known} {}

  void run() {
    for (const Side side : both) loose_[side] = collect_loose(draft_, side);
    const PerSide<imap::UidSet> landed{candidates(Side::local), candidates(Side::remote)};
    const bool first = is_first(landed);
    const PerSide<imap::UidSet> alike = first ? PerSide<imap::UidSet>{} : meet(landed);
    if (ask(first, landed, alike)) return;
    if (first) {
      pair_up(Side::local, all(Side::local), all(Side::remote));
    } else {
      for (const Side target : both)
        if (!landed[target].empty()) recover(target, landed[target]);
      if (!alike.local.empty())
        pair_up(Side::local, those(Side::local, alike.local),
                those(Side::remote, alike.remote), false);
    }
    for (auto& [flags, uids] : bases_)
      draft_.plan.after.push_back(
          record::Base{{}, draft_.question.mailbox, std::move(uids), draft_.pool[flags]});
    for (const Side side : both) {
      leave_fatal(side);
      if (awaits(other(side))) { // what moved there may be expunged elsewhere
        draft_.plan.held = true;
        continue;
      }
      for (const Flight& flight : loose_[side].gone)
        draft_.plan.settled[other(side)].add(flight.message.uid);
      plan_transfers(draft_, side, std::move(loose_[side].messages));
    }
  }

 private:
  // Messages of `target` that may be copies which an interrupted run made.
  imap::UidSet candidates(Side target) const {
    imap::UidSet uids;
    if (known_.journal[target].flights.empty()) return uids;
    for (const Flight& flight : loose_[target].messages)
      if (flight.message.uid >= known_.journal[target].bound)
        uids.add(flight.message.uid);
    return uids;
  }

  // Both sides hold mail that nothing is known of: it may be the same.
  bool is_first(const PerSide<imap::UidSet>& landed) const {
    return (draft_.question.account.generation == 0 || !known_.any_pairs) &&
           loose_.local.messages.size() > landed.local.size() &&
           loose_.remote.messages.size() > landed.remote.size();
  }

  // New on both sides at once, with the same date and size: moved on both, brought by
  // somebody else, or paired already by what an older copy of the memory does not know.
  PerSide<imap::UidSet> meet(const PerSide<imap::UidSet>& landed) const {
    PerSide<std::vector<std::pair<Stamp, imap::Uid>>> by_stamp;
    if (loose_.local.messages.empty() || loose_.remote.messages.empty()) return {};
    for (const Side side : both) {
      for (const Flight& flight : loose_[side].messages)
        if (const imap::Uid uid = flight.message.uid;
            !landed[side].contains(uid) && !loose_[side].journalled.contains(uid))
          by_stamp[side].emplace_back(flight.message.stamp, uid);
      std::ranges::sort(by_stamp[side]);
    }
    PerSide<imap::UidSet> alike;
    for (const Side side : both)
      for (const auto& [stamp, uid] : by_stamp[side])
        if (std::ranges::binary_search(by_stamp[other(side)], stamp, {},
                                       [](const auto& entry) { return entry.first; }))
          alike[side].add(uid);
    return alike;
  }

  // Messages of one side, where they still have no pair.
  Candidates those(Side side, const imap::UidSet& uids) const {
    Candidates found;
    for (const Flight& flight : loose_[side].messages)
      if (uids.contains(flight.message.uid)) found.push_back(&flight);
    return found;
  }

  Candidates all(Side side) const {
    Candidates found;
    found.reserve(loose_[side].messages.size());
    for (const Flight& flight : loose_[side].messages) found.push_back(&flight);
    return found;
  }

  // Asks for identities that have to be known first. False if there are none.
  bool ask(bool first, const PerSide<imap::UidSet>& landed,
           const PerSide<imap::UidSet>& alike) {
    for (const Side side : both) {
      imap::UidSet unknown;
      for (const Flight& flight : loose_[side].messages) {
        const imap::Uid uid = flight.message.uid;
        const bool wanted =
            first || landed[side].contains(uid) || alike[side].contains(uid) ||
            (!landed[other(side)].empty() && loose_[side].journalled.contains(uid));
        if (wanted && !flight.identity) unknown.add(uid);
      }
      if (unknown.empty()) continue;
      draft_.plan.units[side] += unknown.size();
      draft_.plan.waits = draft_.plan.hold = true;
      draft_.plan.before.push_back(record::Identify{
          side, draft_.question.mailbox, draft_.uidvalidity(side), std::move(unknown)});
    }
    return draft_.plan.waits;
  }

  // What the journal has under way to `target` against what landed there.
  void recover(Side target, const imap::UidSet& landed) {
    const Side source = other(target);
    pair_up(source, those(source, loose_[source].journalled), those(target, landed));
  }

  // Pairs what is the same of `a`, messages of side `side`, and `b`, of the other. What
  // was under way and is gone may have its copy among them.
  void pair_up(Side side, Candidates a, Candidates b, bool with_gone = true) {
    const std::size_t here = a.size(), there = b.size();
    if (with_gone) {
      for (const Flight& flight : loose_[side].gone) a.push_back(&flight);
      for (const Flight& flight : loose_[other(side)].gone) b.push_back(&flight);
    }
    PerSide<std::vector<imap::UidRange>> matched;
    PerSide<std::vector<Orphan>> orphans;
    const auto found = [&](Side of, const Flight& flight) {
      matched[of].push_back({flight.message.uid, flight.message.uid});
    };
    const auto orphan = [&](Side target, const Flight& source, const Flight& copy) {
      orphans[target].push_back({target, source.message.uid, copy.message.uid,
                                 copy.message.stamp, copy.message.flags});
    };
    const auto matches = match(a, b);
    draft_.plan.pairs.reserve(draft_.plan.pairs.size() + matches.size());
    for (const auto& [i, j] : matches) {
      if (i < here && j < there) {
        side == Side::local ? pair(*a[i], *b[j]) : pair(*b[j], *a[i]);
        found(side, *a[i]);
        found(other(side), *b[j]);
      } else if (i < here) {
        orphan(side, *b[j], *a[i]);
      } else if (j < there) {
        orphan(other(side), *a[i], *b[j]);
      }
    }
    for (const Side s : both) {
      drop(s, imap::UidSet::from_ranges(std::move(matched[s])));
      remove_orphans(s, orphans[s]);
    }
  }

  void remove_orphans(Side side, const std::vector<Orphan>& orphans) {
    std::vector<imap::UidRange> copies;
    for (const Orphan& orphan : orphans) {
      copies.push_back({orphan.uid, orphan.uid});
      // Stays in the journal until it is owed.
      std::erase_if(loose_[other(side)].gone, [&](const Flight& flight) {
        return flight.message.uid == orphan.source;
      });
    }
    const imap::UidSet uids = imap::UidSet::from_ranges(std::move(copies));
    drop(side, uids);
    if (draft_.expunge(side, uids))
      draft_.plan.orphans.insert(draft_.plan.orphans.end(), orphans.begin(),
                                 orphans.end());
  }

  // To try it shows whether it is.
  bool may_be_gone(Side side, imap::Uid uid) const {
    const Report& report = draft_.report(side);
    if (!report.answered) return false;
    return imap::value(uid) < draft_.recorded(side).uidnext
               ? report.vanished.contains(uid)
               : !fresh_uids(report).contains(uid);
  }

  // Whether nothing is to be sent to `side` yet: it may be what the server has not told
  // of so far.
  bool awaits(Side side) const {
    const imap::UidSet untold = subtract(draft_.report(side).untold, draft_.paired[side]);
    imap::UidSet in_vain;
    for (const Owed& owed : known_.owed)
      if (owed.action == "append" && owed.side == other(side) &&
          owed.tries >= untold_tries)
        in_vain.add(owed.uid);
    return std::ranges::any_of(untold.ranges(), [&](const imap::UidRange& range) {
      return !in_vain.contains(range.first);
    });
  }

  // Messages that are not tried in this run. They have not arrived, or they had been
  // paired.
  void leave_fatal(Side side) {
    imap::UidSet fatal;
    for (const Owed& owed : known_.owed)
      if (owed.side == other(side) && is_fatal(owed) && !may_be_gone(side, owed.uid))
        fatal.add(owed.uid);
    for (const Flight* flight : those(side, fatal)) {
      ++draft_.plan.units[other(side)];
      draft_.plan.before.push_back(
          record::Failed{other(side),
                         draft_.question.mailbox,
                         {"append"},
                         imap::UidSet{flight->message.uid},
                         {"fatal"},
                         "each time that this message is sent: not in this run"});
    }
    drop(side, fatal);
  }

  void drop(Side side, const imap::UidSet& uids) {
    std::erase_if(loose_[side].messages, [&](const Flight& flight) {
      return uids.contains(flight.message.uid);
    });
  }

  // The flags that the copy of a message was sent with by a run that was interrupted, as
  // far as it has them: keywords may have been about to follow.
  std::optional<FlagsId> sent_with(const Flight& message, Side source,
                                   const Flight& copy) const {
    const imap::Uid uid = message.message.uid;
    const std::vector<Flight>& flights = known_.journal[other(source)].flights;
    const auto at = std::ranges::lower_bound(flights, uid, {}, flight_uid);
    if (at == flights.end() || at->message.uid != uid) return {};
    const FlagsId sent = at->copied.value_or(at->message.flags);
    return draft_.pool.id(intersect(draft_.pool[sent], draft_.pool[copy.message.flags]));
  }

  void pair(const Flight& local, const Flight& remote) {
    auto base = sent_with(local, Side::local, remote);
    if (!base) base = sent_with(remote, Side::remote, local);
    FlagVerdict verdict =
        base ? draft_.merge.decide(*base, local.message.flags, remote.message.flags)
             : draft_.merge.first(local.message.flags, remote.message.flags);
    for (const Side side : both) {
      const Message& message = (side == Side::local ? local : remote).message;
      if (verdict.delta[side].empty()) continue;
      if (draft_.writable(side))
        draft_.store(side, message.uid, verdict.delta[side]);
      else // a base that it has not got would read as its removal
        verdict.base = message.flags;
    }
    // Until the stores are done the base is what both had or have by now: a flag that one
    // has not got yet would read as its removal if we were interrupted.
    const FlagsId now = base.value_or(draft_.pool.id(
        intersect(draft_.pool[local.message.flags], draft_.pool[remote.message.flags])));
    if (now != verdict.base) bases_[verdict.base].add(local.message.uid);
    draft_.plan.pairs.push_back(
        {{{local.message.uid}, {remote.message.uid}, now},
         {local.message.stamp, remote.message.stamp},
         local.identity ? *local.identity : remote.identity.value_or(record::Digest{})});
  }

  Draft& draft_;
  const Known& known_;
  PerSide<Loose> loose_;
  std::map<FlagsId, imap::UidSet> bases_; ///< of new pairs, once stores are done
};

} // namespace

void plan_unpaired(Draft& draft) { Unpaired{draft}.run(); }

} // namespace syncing
