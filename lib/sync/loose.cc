// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "sync/parts.h"

namespace syncing {

namespace {

class Collector {
 public:
  Collector(Draft& draft, Side side)
      : draft_{draft}, side_{side}, known_{draft.question.known},
        report_{draft.report(side)}, paired_{draft.paired[side]} {}

  Loose run() {
    add_fresh();
    if (!known_.journal[other(side_)].flights.empty()) add_journalled();
    add_owed();
    std::ranges::sort(loose_.messages, {}, flight_uid);
    if (!refused_.empty())
      for (Flight& flight : loose_.messages)
        flight.alone = refused_.contains(flight.message.uid);
    return std::move(loose_);
  }

 private:
  KnownDigest identity(imap::Uid uid) const { return known_.identities[side_].find(uid); }

  void add_fresh() {
    loose_.messages.reserve(report_.fresh.size());
    for (const Message& message : report_.fresh)
      if (!paired_.contains(message.uid))
        loose_.messages.push_back({message, identity(message.uid), {}});
  }

  bool is_fresh(imap::Uid uid) const {
    const auto at = std::ranges::lower_bound(
        report_.fresh, uid, {}, [](const Message& message) { return message.uid; });
    return at != report_.fresh.end() && at->uid == uid;
  }

  void add_journalled() {
    const auto listed = present(report_, true);
    for (const Flight& flight : known_.journal[other(side_)].flights) {
      const imap::Uid uid = flight.message.uid;
      if (paired_.contains(uid)) { // its copy is another than the one under way
        draft_.plan.settled[other(side_)].add(uid);
        continue;
      }
      if (is_fresh(uid)) {
        loose_.journalled.add(uid);
        continue;
      }
      Flight again{flight.message, flight.identity, {}};
      if (!again.identity) again.identity = identity(uid);
      const bool gone = is_gone(uid, listed);
      if (!gone) loose_.journalled.add(uid);
      (gone ? loose_.gone : loose_.messages).push_back(again);
    }
  }

  // Whether a journalled source of this side is known to be gone.
  bool is_gone(imap::Uid uid, const std::optional<imap::UidSet>& listed) {
    if (!report_.answered) return false;
    if (imap::value(uid) >= draft_.recorded(side_).uidnext) {
      // Else it is new; but a list that lacks others proves nothing.
      const bool confirmed = listed && !listed->contains(uid);
      if (!confirmed) draft_.plan.hold = true;
      return confirmed;
    }
    return report_.vanished.contains(uid) && report_.present &&
           !report_.present->contains(uid);
  }

  void add_owed() {
    for (const Owed& owed : known_.owed) {
      if (owed.action != "append" || owed.side != other(side_)) continue;
      if (owed.code == "untold") continue; // a count, not a message
      // What there was no room for is not to blame for anything.
      if (owed.code != "overquota") refused_.add(owed.uid);
      if (!paired_.contains(owed.uid) && !is_fresh(owed.uid) &&
          !loose_.journalled.contains(owed.uid))
        loose_.messages.push_back(
            {{owed.uid, owed.flags, owed.stamp}, identity(owed.uid), {}});
    }
  }

  Draft& draft_;
  const Side side_;
  const Known& known_;
  const Report& report_;
  const imap::UidSet& paired_;
  Loose loose_;
  imap::UidSet refused_; ///< to be tried by themselves
};

} // namespace

Loose collect_loose(Draft& draft, Side side) { return Collector{draft, side}.run(); }

} // namespace syncing
