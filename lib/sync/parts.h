// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_PARTS_H
#define IMAPSYNC_SYNC_PARTS_H

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/flag_merge.h"
#include "sync/mailbox_plan.h"

/// The parts of plan_mailbox(); nobody else's.
namespace syncing {

/// What the parts share while one mailbox is planned.
struct Draft {
  Draft(const Question& q, FlagsPool& flags, Memory& m);

  const Question& question;
  FlagsPool& pool;
  Memory& memory;
  MailboxPlan plan;
  FlagMerge merge;
  const PerSide<imap::UidSet> paired; ///< the UIDs of the pairs that are known
  PerSide<bool> creates;
  PerSide<bool> locked; ///< readonly was reported for this side

  const Report& report(Side side) const { return question.account.report[side]; }
  const record::Numbers& recorded(Side side) const {
    return question.account.recorded[side].numbers;
  }
  /// 0 for a mailbox that is created in this round.
  std::uint64_t uidvalidity(Side side) const;
  /// What the server said, or what was recorded where it said nothing.
  record::Numbers now(Side side) const;

  void fail(Side side, std::string code, std::string text);
  void warn(Side side, std::string code, std::string text);
  /// Whether `side` can be changed. Reports once if not.
  bool writable(Side side);

  void store(Side side, imap::Uid uid, const FlagVerdict::Delta& delta);
  /// Adds `uids` to what is expunged on `side`. False if it cannot be changed.
  bool expunge(Side side, const imap::UidSet& uids);
  /// Turns what store() collected into actions.
  void finish_stores();

 private:
  std::map<std::pair<FlagsId, FlagsId>, std::vector<imap::UidRange>> adds_[2];
};

/// The UIDs of what was reported as new, be it no more than that.
imap::UidSet fresh_uids(const Report& report);

/// Every message there is, if the server has said so and agrees with itself on how many.
/// `fresh_are_all`: where it gave no list, what is new is all that there is.
std::optional<imap::UidSet> present(const Report& report, bool fresh_are_all);

/// What the user can do about a state that does not fit the mailbox any more.
inline constexpr std::string_view anew =
    " The mailbox is untouched. Rename it on both sides, or begin with another database: "
    "then what is the same is paired anew";

/// Whether the UIDs that are paired still are of the same messages, as far as they are
/// reported. Where date and size leave that open, their identities are asked for first.
bool check_strangers(Draft& draft);
/// Deletions and flags of paired messages.
void plan_paired(Draft& draft);

/// Messages of one side without a pair: what the server reported as new, what an
/// interrupted run had under way from here, what earlier rounds could not copy.
struct Loose {
  std::vector<Flight> messages; ///< ascending
  imap::UidSet journalled;      ///< of them: under way to the other side
  std::vector<Flight> gone;     ///< under way too, but the source has been expunged since
};
inline constexpr auto flight_uid = [](const Flight& flight) {
  return flight.message.uid;
};
Loose collect_loose(Draft& draft, Side side);

/// New messages, journalled and owed ones.
void plan_unpaired(Draft& draft);
/// Copies the sources of `side` to the other one: by COPY where that side holds them in
/// some mailbox already, else by APPEND.
void plan_transfers(Draft& draft, Side side, std::vector<Flight>&& sources);

} // namespace syncing

#endif
