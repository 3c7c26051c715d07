// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <functional>
#include <map>

#include "sync/parts.h"

namespace syncing {

namespace {

// A UID that has a pair comes with another date and another size. Either the server dates
// and sizes what it is given in its own way, or it was restored from a backup and gave
// the UID to another message: then all that is known of it is about one that is gone, and
// nothing may be done to it. Date or size alone are rewritten by servers.
class Strangers {
 public:
  explicit Strangers(Draft& draft) : draft_{draft} {}

  // False if there is something to be said or to be asked first.
  bool run() {
    // One after the other so that both are reported.
    const bool local = examine(Side::local);
    const bool remote = examine(Side::remote);
    if (!local || !remote || ask()) return false;
    note();
    return true;
  }

 private:
  const Mailbox& mailbox() const { return draft_.question.mailbox; }

  bool examine(Side side) {
    const Report& report = draft_.report(side);
    if (report.fresh.empty() && report.again.empty()) return true;
    const imap::UidSet& paired = draft_.paired[side];
    for (const Message& message : report.fresh)
      if (paired.contains(message.uid) && !judge(side, message).fits) return false;
    std::vector<Message> known = report.again;
    std::ranges::sort(known, std::greater{}, &Message::uid);
    for (const Message& message : known) {
      if (!paired.contains(message.uid)) continue;
      const Verdict verdict = judge(side, message);
      if (!verdict.fits) return false;
      // A restored backup lacks the last ones: they are others up to the highest.
      if (verdict.as_recorded) break;
    }
    return true;
  }

  struct Verdict {
    bool fits = true;         ///< the same message, or to be asked
    bool as_recorded = false; ///< its date and size both are
  };

  Verdict judge(Side side, const Message& message) {
    const auto was = draft_.memory.paired(mailbox(), side, message.uid);
    if (!was || was->stamp == message.stamp) return {true, true};
    if (was->stamp.date == message.stamp.date || was->stamp.size == message.stamp.size)
      return {};
    if (was->identity && !was->identity->weak()) {
      const KnownDigest is = draft_.question.known.identities[side].find(message.uid);
      if (!is) {
        ask_[side].add(message.uid);
        return {};
      }
      if (is == was->identity) {
        stamps_[side][message.uid] = message.stamp;
        return {};
      }
    }
    draft_.fail(side, "rollback",
                "UID " + std::to_string(imap::value(message.uid)) +
                    " is another message than before: a restored backup?" +
                    std::string{anew});
    return {false, false};
  }

  bool ask() {
    for (const Side side : both) {
      imap::UidSet& uids = ask_[side];
      if (uids.empty()) continue;
      draft_.plan.units[side] += uids.size();
      draft_.plan.waits = draft_.plan.hold = true;
      draft_.plan.before.push_back(
          record::Identify{side, mailbox(), draft_.uidvalidity(side), std::move(uids)});
    }
    return draft_.plan.waits;
  }

  // What is the same gets the date and size that its server gives it, so that it is asked
  // for only once.
  void note() {
    if (stamps_.local.empty() && stamps_.remote.empty()) return;
    for (const Pair& pair : draft_.question.known.pairs) {
      const PerSide<imap::Uid> uid{pair.local.uid, pair.remote.uid};
      if (!stamps_.local.contains(uid.local) && !stamps_.remote.contains(uid.remote))
        continue;
      PerSide<Stamp> stamp;
      record::Digest digest;
      for (const Side side : both) {
        const auto was = draft_.memory.paired(mailbox(), side, uid[side]);
        if (!was) continue;
        const auto at = stamps_[side].find(uid[side]);
        stamp[side] = at == stamps_[side].end() ? was->stamp : at->second;
        digest = was->identity.value_or(record::Digest{});
      }
      draft_.plan.pairs.push_back({pair, stamp, digest});
    }
  }

  Draft& draft_;
  PerSide<imap::UidSet> ask_;
  PerSide<std::map<imap::Uid, Stamp>> stamps_; ///< of those that are the same
};

} // namespace

bool check_strangers(Draft& draft) { return Strangers{draft}.run(); }

} // namespace syncing
