// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>

#include "sync/parts.h"

namespace syncing {

namespace {

// What is known now of one pair.
struct Row {
  PerSide<std::optional<FlagsId>> flags; // where reported, or known otherwise
  PerSide<bool> reported;
  PerSide<bool> gone;
  bool doubtful = false;                // reported vanished, but not confirmed
  PerSide<std::optional<FlagsId>> owed; // a store of an earlier round
  std::optional<FlagsId> echo;          // of that store, where only a part of it was done
};

template <Side S>
std::vector<std::uint32_t> order(const std::vector<Pair>& pairs) {
  std::vector<std::uint32_t> indices(pairs.size());
  std::iota(indices.begin(), indices.end(), 0U);
  if (S == Side::remote)
    std::ranges::stable_sort(indices, {}, // quick on long runs
                             [&](std::uint32_t i) { return pairs[i].on<S>(); });
  return indices;
}

class Paired {
 public:
  explicit Paired(Draft& draft)
      : draft_{draft}, pairs_{draft.question.known.pairs}, rows_(pairs_.size()) {}

  void run() {
    report_side<Side::local>();
    report_side<Side::remote>();
    owe();
    miss<Side::local>();
    miss<Side::remote>();
    remove();
    merge();
  }

 private:
  template <Side S>
  void report_side() {
    const Report& report = draft_.report(S);
    const std::vector<std::uint32_t> by_uid = order<S>(pairs_);
    auto change = report.flags.begin();
    auto fresh = report.fresh.begin();
    for (const std::uint32_t i : by_uid) {
      const imap::Uid uid = pairs_[i].template on<S>().uid;
      while (change != report.flags.end() && change->range.last < uid) ++change;
      if (change != report.flags.end() && change->range.first <= uid)
        note_flags(rows_[i], S, change->flags);
      while (fresh != report.fresh.end() && fresh->uid < uid) ++fresh;
      if (fresh != report.fresh.end() && fresh->uid == uid)
        note_flags(rows_[i], S, fresh->flags);
    }
    const bool all_listed = lists_all(draft_.question.account, S);
    if (all_listed || !report.vanished.empty()) vanish<S>(by_uid, all_listed);
  }

  static void note_flags(Row& row, Side side, FlagsId flags) {
    row.flags[side] = flags;
    row.reported[side] = true;
  }

  template <Side S>
  void vanish(const std::vector<std::uint32_t>& by_uid, bool all_listed) {
    const Report& report = draft_.report(S);
    const auto all = present(report, all_listed);
    const imap::UidSet reported =
        all_listed
            ? subtract(imap::UidSet{imap::Uid{1}, imap::max_uid}, fresh_uids(report))
            : report.vanished;
    std::uint64_t doubtful = 0;
    auto range = reported.ranges().begin();
    const auto end = reported.ranges().end();
    for (const std::uint32_t i : by_uid) {
      const imap::Uid uid = pairs_[i].template on<S>().uid;
      while (range != end && range->last < uid) ++range;
      if (range == end) break;
      if (uid < range->first) continue;
      rows_[i].gone[S] = all && !all->contains(uid);
      rows_[i].doubtful = !rows_[i].gone[S];
      doubtful += rows_[i].doubtful;
    }
    if (doubtful == 0) return;
    const std::string text =
        (doubtful == 1 ? "1 message was" : std::to_string(doubtful) + " messages were") +
        std::string{" reported as vanished, but the server does not confirm it: not "
                    "deleted"};
    if (all)
      draft_.warn(S, "vanished", text);
    else // read again until the server agrees with itself
      draft_.fail(S, "modified", text);
  }

  // Nothing is deleted for being missing. But the sides are not in step then, and the
  // mailbox keeps its numbers: the server may report it when it is asked again.
  template <Side S>
  void miss() {
    const auto& seen = draft_.report(S).present;
    const auto all = seen ? present(draft_.report(S), false) : seen;
    if (!all) return;
    std::uint64_t missing = 0;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const Row& row = rows_[i];
      if (!row.gone.local && !row.gone.remote && !row.doubtful)
        missing += !all->contains(pairs_[i].on<S>().uid);
    }
    if (missing == 0) return;
    draft_.fail(
        S, "vanished",
        (missing == 1 ? "1 message is" : std::to_string(missing) + " messages are") +
            std::string{" no longer there, but the server did not report it: not "
                        "deleted"});
  }

  // What earlier rounds could not do: as if it had been reported now.
  void owe() {
    PerSide<std::map<imap::Uid, const Owed*>> stores;
    PerSide<imap::UidSet> expunges;
    for (const Owed& owed : draft_.question.known.owed) {
      if (owed.action == "store") stores[owed.side].emplace(owed.uid, &owed);
      if (owed.action == "expunge") expunges[owed.side].add(owed.uid);
    }
    if (stores.local.empty() && stores.remote.empty() &&
        expunges == PerSide<imap::UidSet>{})
      return;
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      for (const Side side : both) {
        const imap::Uid uid =
            side == Side::local ? pairs_[i].local.uid : pairs_[i].remote.uid;
        if (expunges[side].contains(uid)) rows_[i].gone[other(side)] = true;
        const auto at = stores[side].find(uid);
        if (at == stores[side].end()) continue;
        rows_[i].owed[side] = at->second->flags;
        const Owed& owed = *at->second;
        if (!rows_[i].flags[other(side)]) rows_[i].flags[other(side)] = owed.flags;
        // Of a copy with other flags nothing was stored yet.
        if (owed.code != "modified") note_echo(i, side, owed.flags);
      }
  }

  void note_echo(std::size_t i, Side side, FlagsId wanted) {
    const auto& now = rows_[i].flags[side];
    if (now && is_part(pairs_[i].flags, wanted, *now)) rows_[i].echo = now;
  }

  // Whether `now` differs from `base` by nothing but what was to be stored.
  bool is_part(FlagsId base, FlagsId wanted, FlagsId now) const {
    const imap::Flags &was = draft_.pool[base], &is = draft_.pool[now];
    return subtract(subtract(is, was), draft_.pool[wanted]).empty() &&
           intersect(subtract(was, is), draft_.pool[wanted]).empty();
  }

  void remove() {
    PerSide<std::vector<imap::UidRange>> expunges;
    imap::UidSet unpair;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const imap::Uid local = pairs_[i].local.uid, remote = pairs_[i].remote.uid;
      if (rows_[i].gone.local && rows_[i].gone.remote)
        unpair.add(local);
      else if (rows_[i].doubtful)
        continue;
      else if (rows_[i].gone.local)
        expunges.remote.push_back({remote, remote});
      else if (rows_[i].gone.remote)
        expunges.local.push_back({local, local});
    }
    if (!unpair.empty())
      draft_.plan.before.push_back(
          record::Unpair{{}, draft_.question.mailbox, std::move(unpair)});
    for (const Side side : both)
      draft_.expunge(side, imap::UidSet::from_ranges(std::move(expunges[side])));
  }

  void merge() {
    std::map<FlagsId, imap::UidSet> bases;
    std::map<const FlagVerdict*, std::vector<std::size_t>> conflicts;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const Row& row = rows_[i];
      // What we have stored is no change of anybody.
      const bool both_owed = row.owed.local && row.owed.remote;
      const FlagsId base = row.echo && !both_owed ? *row.echo : pairs_[i].flags;
      if (row.gone.local || row.gone.remote || row.doubtful) continue;
      const FlagsId local = row.flags.local.value_or(base);
      const FlagsId remote = row.flags.remote.value_or(base);
      const bool owed = row.owed.local || row.owed.remote;
      if (local == base && remote == base && !owed) continue;
      const FlagVerdict& verdict = draft_.merge.decide(base, local, remote);
      if (!store(pairs_[i], row, verdict)) continue;
      if (verdict.conflict) conflicts[&verdict].push_back(i);
      // What was owed is settled now, whether there is anything left to store or not.
      if (verdict.base != base || owed) bases[verdict.base].add(pairs_[i].local.uid);
    }
    for (auto& [flags, uids] : bases)
      draft_.plan.after.push_back(
          record::Base{{}, draft_.question.mailbox, std::move(uids), draft_.pool[flags]});
    // In the order of the messages, not of addresses.
    std::map<std::size_t, const FlagVerdict*> ordered;
    for (const auto& [verdict, indices] : conflicts) ordered[indices.front()] = verdict;
    for (const auto& [first, verdict] : ordered) tell(*verdict, conflicts[verdict]);
  }

  bool store(const Pair& pair, const Row& row, const FlagVerdict& verdict) {
    PerSide<FlagVerdict::Delta> delta = verdict.delta;
    for (const Side side : both) {
      // What the message has is not known: a store was refused, and nothing told since.
      if (row.owed[side] && !row.reported[side])
        delta[side] = {
            verdict.whole.add,
            unite(verdict.whole.remove,
                  subtract(draft_.merge.masked(*row.owed[side]), verdict.whole.add))};
      if (!delta[side].empty() && !draft_.writable(side)) return false;
    }
    if (!delta.local.empty()) draft_.store(Side::local, pair.local.uid, delta.local);
    if (!delta.remote.empty()) draft_.store(Side::remote, pair.remote.uid, delta.remote);
    return true;
  }

  void tell(const FlagVerdict& verdict, const std::vector<std::size_t>& indices) {
    PerSide<std::vector<imap::UidRange>> uids;
    for (const std::size_t i : indices) {
      uids.local.push_back({pairs_[i].local.uid, pairs_[i].local.uid});
      uids.remote.push_back({pairs_[i].remote.uid, pairs_[i].remote.uid});
    }
    const Row& row = rows_[indices.front()];
    const FlagsId base = pairs_[indices.front()].flags;
    const auto side = [&](Side s) {
      return std::string{name(s)} + " UID " +
             imap::UidSet::from_ranges(std::move(uids[s])).to_string() + " has " +
             draft_.pool[row.flags[s].value_or(base)].to_string();
    };
    draft_.plan.before.push_back(record::Warning{
        {},
        draft_.question.mailbox,
        {"conflict"},
        "flags changed on both sides: " + side(Side::local) + ", " + side(Side::remote) +
            "; both get " + draft_.pool[verdict.base].to_string()});
  }

  Draft& draft_;
  const std::vector<Pair>& pairs_;
  std::vector<Row> rows_;
};

} // namespace

void plan_paired(Draft& draft) {
  if (!draft.question.known.pairs.empty()) Paired{draft}.run();
}

} // namespace syncing
