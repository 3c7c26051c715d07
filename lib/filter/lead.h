// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_FILTER_LEAD_H
#define IMAPSYNC_FILTER_LEAD_H

#include <cstdint>
#include <map>
#include <set>

#include "record/record.h"

namespace filter {

/// How far each side is ahead of the other in telling the changes of a round. What one
/// side has told of a mailbox has to be held by imap-state plan until the other has told
/// all about it, too: an account's worth, were the faster side not to wait.
class Lead {
 public:
  /// Octets of records, of mailboxes that one side is done with.
  static constexpr std::uint64_t most = std::uint64_t{8} << 20;

  /// A record of either side that is passed on, and its octets. A round begins anew.
  void note(const record::Record& record, std::uint64_t octets);

  /// More of `side` is held than should be. Never of both: one has to go on.
  bool ahead(record::Side side) const {
    return of(side).held > most && of(record::other(side)).held <= most;
  }

 private:
  struct Teller {
    bool listed = false;                            ///< `open` has all that there will be
    std::set<record::Mailbox> open;                 ///< will be told of, or is
    std::map<record::Mailbox, std::uint64_t> told;  ///< of mailboxes not done yet
    std::map<record::Mailbox, std::uint64_t> ended; ///< of others that wait
    std::uint64_t held = 0;                         ///< sum of `ended`
  };

  Teller& of(record::Side side) { return tellers_[side == record::Side::remote]; }
  const Teller& of(record::Side side) const {
    return tellers_[side == record::Side::remote];
  }
  void listed(record::Side side);
  void ended(record::Side side, const record::Mailbox& mailbox);
  static void release(Teller& teller, const record::Mailbox& mailbox);

  Teller tellers_[2];
};

} // namespace filter

#endif
