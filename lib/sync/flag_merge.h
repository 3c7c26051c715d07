// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_FLAG_MERGE_H
#define IMAPSYNC_SYNC_FLAG_MERGE_H

#include <map>
#include <tuple>

#include "sync/types.h"

namespace syncing {

/// What becomes of the flags of messages that share base and present flags.
struct FlagVerdict {
  FlagsId base{}; ///< what both sides agree on once the deltas are applied
  struct Delta {
    imap::Flags add, remove;
    bool empty() const { return add.empty() && remove.empty(); }
  };
  Delta whole;           ///< what makes that of a message whose flags may be the base
  PerSide<Delta> delta;  ///< what each side has to change
  bool conflict = false; ///< both sides changed them, differently
};

/// The three-way view of flags: base, local and remote. Decides each combination once.
class FlagMerge {
 public:
  /// A keyword that one side cannot store is disregarded on both, or its absence would
  /// read as a removal. Nothing where the side was not asked: then it stores all.
  FlagMerge(FlagsPool& pool, Conflicts mode, PerSide<const imap::PermanentFlags*> stores)
      : pool_{pool}, mode_{mode}, stores_{stores} {}

  /// The verdict stays valid as long as this object.
  const FlagVerdict& decide(FlagsId base, FlagsId local, FlagsId remote);

  /// Without what a side cannot store.
  imap::Flags masked(FlagsId id) const;

  /// Flags that were changed somewhere and disregarded, by the side that cannot store
  /// them.
  const PerSide<imap::Flags>& disregarded() const { return disregarded_; }

  /// Of two messages that are paired for the first time: the union, without a warning.
  FlagVerdict first(FlagsId local, FlagsId remote);

 private:
  void note_disregarded(FlagsId base, FlagsId now);

  FlagsPool& pool_;
  Conflicts mode_;
  PerSide<const imap::PermanentFlags*> stores_;
  PerSide<imap::Flags> disregarded_;
  std::map<std::tuple<FlagsId, FlagsId, FlagsId>, FlagVerdict> verdicts_;
};

} // namespace syncing

#endif
