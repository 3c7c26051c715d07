// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_PAIRS_H
#define IMAPSYNC_STATE_PAIRS_H

#include <cstdint>

#include "state/chosen.h"
#include "state/dictionary.h"

namespace state {

/// Which messages of the two sides are the same, the flags that both agreed on last, and
/// what such a message is told by: dates, sizes, a digest. `mailbox` is a row. Each call
/// belongs to a transaction of the caller.
class Pairs {
 public:
  Pairs(Database& db, Dictionary& dictionary);

  struct Pair {
    imap::Uid local{}, remote{};
    std::int64_t flags = 0; ///< a row
    syncing::PerSide<syncing::Stamp> stamp;
    syncing::KnownDigest identity;
  };
  /// False where one of the UIDs has another pair already.
  bool add(std::int64_t mailbox, const Pair& pair);
  /// The same; where the pair is known already, its dates and sizes are new.
  bool renew(std::int64_t mailbox, const Pair& pair);
  void remove(std::int64_t mailbox, record::Side side, const imap::UidSet& uids);
  /// Reads what remove() would have to, for who has the time before; if all of the
  /// database has room in the cache.
  void read_ahead(std::int64_t mailbox);

  /// The UIDs of the other side's messages of these pairs.
  imap::UidSet partners(std::int64_t mailbox, record::Side side,
                        const imap::UidSet& uids);
  /// Those of `uids` on `side` that have a pair.
  imap::UidSet paired(std::int64_t mailbox, record::Side side, const imap::UidSet& uids);

  /// False where there is no pair, or one that has a digest already: that stays.
  bool identify(std::int64_t mailbox, record::Side side, imap::Uid uid,
                const Blob& digest);
  /// Both sides have these flags.
  void base(std::int64_t mailbox, const imap::UidSet& local, const imap::Flags& flags);
  /// One of the sides does not keep these.
  void lack(std::int64_t mailbox, const imap::UidSet& local, const imap::Flags& flags);

 private:
  Dictionary& dictionary_;
  Database& db_;
  Chosen chosen_;
  Statement add_, same_, restamp_;
  Statement pages_, rows_, remotes_, stamps_;
  Ranged remove_local_, remove_remote_;
  Statement partner_local_, partner_remote_, local_paired_, remote_paired_;
  Statement digest_local_, digest_remote_;
  Ranged base_;
  Statement bases_, change_base_;
};

} // namespace state

#endif
