// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/flag_merge.h"

namespace syncing {

imap::Flags FlagMerge::masked(FlagsId id) const {
  imap::Flags flags = pool_[id];
  for (const Side side : both)
    if (stores_[side]) flags = stores_[side]->mask(flags);
  return flags;
}

void FlagMerge::note_disregarded(FlagsId base, FlagsId now) {
  if (base == now) return;
  const imap::Flags &was = pool_[base], &is = pool_[now];
  const imap::Flags changed = unite(subtract(is, was), subtract(was, is));
  for (const Side side : both)
    if (stores_[side])
      disregarded_[side] =
          unite(disregarded_[side], subtract(changed, stores_[side]->mask(changed)));
}

FlagVerdict FlagMerge::first(FlagsId local, FlagsId remote) {
  const imap::Flags l = masked(local), r = masked(remote), all = unite(l, r);
  return {
      pool_.id(all), {all, {}}, {{subtract(all, l), {}}, {subtract(all, r), {}}}, false};
}

const FlagVerdict& FlagMerge::decide(FlagsId base, FlagsId local, FlagsId remote) {
  const auto [at, added] = verdicts_.try_emplace({base, local, remote});
  FlagVerdict& verdict = at->second;
  if (!added) return verdict;

  for (const FlagsId now : {local, remote}) note_disregarded(base, now);
  const imap::Flags b = masked(base), l = masked(local), r = masked(remote);
  imap::Flags agreed;
  if (l == r || r == b) {
    agreed = l;
  } else if (l == b) {
    agreed = r;
  } else if (mode_ == Conflicts::unite) {
    agreed = unite(l, r);
    verdict.conflict = true;
  } else {
    const imap::Flags gone = unite(subtract(b, l), subtract(b, r));
    agreed = subtract(unite(unite(b, l), r), gone);
  }
  verdict.whole = {agreed, subtract(b, agreed)};
  verdict.delta.local = {subtract(agreed, l), subtract(l, agreed)};
  verdict.delta.remote = {subtract(agreed, r), subtract(r, agreed)};
  // What is disregarded today stays in the base as it was.
  verdict.base = agreed == b ? base : pool_.id(unite(agreed, subtract(pool_[base], b)));
  return verdict;
}

} // namespace syncing
