// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_OWED_H
#define IMAPSYNC_STATE_OWED_H

#include <cstdint>
#include <string_view>

#include "state/dictionary.h"
#include "state/pairs.h"

namespace state {

/// What is owed: actions that each later run tries again, with the reason why they were
/// not done and how often they were tried. An append is under way until its outcome is
/// known, and owed when that is a failure. Each call belongs to a transaction of the
/// caller.
class Owed {
 public:
  Owed(Database& db, Dictionary& dictionary, Pairs& pairs);

  // From now on; `failed` says why.
  /// Appends that were under way, and are not any more.
  void append(const record::Failed& failed);
  /// Appends that may have been done or may be why the server ended the session: under
  /// way all the same.
  void suspect(const record::Failed& failed);
  /// What was owed already and was not tried, for it is known not to have been done.
  void leave(const record::Failed& failed);
  /// The messages that were not expunged, to the other side, while they have their pairs.
  void append_back(const record::Failed& failed);
  void expunge(const record::Failed& failed);
  /// The flags of `uids` on `side` shall become `flags`.
  void store(const record::Mailbox& mailbox, record::Side side, const imap::UidSet& uids,
             const imap::Flags& flags, std::string_view code, std::string_view text);
  /// The same of one message with a pair, by rows.
  void store(std::int64_t mailbox, record::Side side, imap::Uid uid, std::int64_t flags,
             std::string_view code, std::string_view text);
  /// UIDs, without those of pairs, under which there are messages of which the server
  /// does not tell what they are: counts, by the first of each range, how often it did
  /// not.
  void untold(const record::Failed& failed);

  // No more.
  /// Appends of these sources, under way or owed.
  void land(std::int64_t mailbox, record::Side target, const imap::UidSet& sources);
  void settle(std::int64_t mailbox, record::Side side, std::string_view action,
              const imap::UidSet& uids);
  /// What counts as untold.
  void told(std::int64_t mailbox);

  bool any(std::int64_t mailbox) { return any_(mailbox).step(); }

 private:
  Dictionary& dictionary_;
  Pairs& pairs_;
  Statement any_, owe_, owe_flight_, owe_local_, owe_remote_, leave_;
  Statement untold_, told_, settle_, land_;
};

} // namespace state

#endif
