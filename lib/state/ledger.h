// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_LEDGER_H
#define IMAPSYNC_STATE_LEDGER_H

#include <string_view>

#include "state/chosen.h"
#include "state/dictionary.h"

namespace state {

/// What `commit` writes: the outcomes of actions. Each call belongs to a transaction of
/// the caller.
class Ledger {
 public:
  Ledger(Database& db, Dictionary& dictionary);

  // Pairs. False where one of the UIDs has another pair already.
  bool appended(const record::Appended& outcome);
  /// Where it is known already, its dates and sizes are new.
  bool pair(const record::Pair& pair);
  struct Copies {
    imap::UidSet sources, uids; ///< that are pairs now, in order
    imap::UidSet taken;         ///< UIDs of the target that are not: as above
    bool differs = false;       ///< some copies owe a store of flags now
  };
  Copies copied(const record::Copied& outcome);

  /// Ends pairs and what is owed for them.
  void unpair(const record::Mailbox& mailbox, record::Side side,
              const imap::UidSet& uids);
  /// A digest that a pair has already stays: this one is for `plan` to compare with it.
  void identity(const record::Identity& identity);
  /// Messages that cannot be asked for their identity: as good as without.
  void unidentified(const record::Mailbox& mailbox, record::Side side,
                    const imap::UidSet& uids);
  void created(const record::Created& outcome);
  void stored(const record::Stored& outcome);

  /// These sources are not under way to `target` any more, nor owed to it.
  void land(const record::Mailbox& mailbox, record::Side target,
            const imap::UidSet& sources);

  /// Appends that may have been done or may be why the server ended the session: owed
  /// from now on, and under way.
  void suspect(const record::Failed& failed);
  /// Owed appends that were not tried, for they are known not to have been done.
  void leave(const record::Failed& failed);
  // What is owed from now on; `failed` says why.
  void owe_append(const record::Failed& failed);
  /// UIDs, without those of pairs, under which there are messages of which the server
  /// does not tell what they are: counts, by the first of each range, how often it did
  /// not.
  void untold(const record::Failed& failed);
  void owe_expunge(const record::Failed& failed);
  /// The flags of `uids` on `side` shall become `flags`.
  void owe_store(const record::Mailbox& mailbox, record::Side side,
                 const imap::UidSet& uids, const imap::Flags& flags,
                 std::string_view code, std::string_view text);
  /// The messages of `side` survived: their pairs end, they will be copied back.
  void survive(const record::Failed& failed);

  /// Base flags, but for the pairs of these UIDs. What the others were owed is settled.
  void base(const record::Base& base, const syncing::PerSide<imap::UidSet>& but);
  /// Takes from the base what one side does not keep: it would read as its removal there.
  void lacks(const record::Lacks& lacks);
  /// The UIDs of the other side's messages of these pairs.
  imap::UidSet partners(const record::Mailbox& mailbox, record::Side side,
                        const imap::UidSet& uids);

  std::uint64_t generation(const record::Mailbox& mailbox) {
    return dictionary_.generation(mailbox);
  }
  /// Something of this mailbox is under way still.
  bool under_way(const record::Mailbox& mailbox);
  /// Without `subscribed` that stays as it is.
  void numbers(const record::Mailbox& mailbox, record::Side side,
               const record::Numbers& numbers, std::optional<bool> subscribed);
  /// After the numbers of both sides: the mailbox is in step.
  void advance(const record::Mailbox& mailbox);
  /// As if it had never been seen; what goes on under this name starts anew.
  void forget(const record::Mailbox& mailbox);

 private:
  /// Those of `uids` on `side` that are paired.
  imap::UidSet paired(const record::Mailbox& mailbox, record::Side side,
                      const imap::UidSet& uids);
  bool add_pair(std::int64_t mailbox, std::uint32_t local, std::uint32_t remote,
                std::int64_t flags, const syncing::Stamp& local_stamp,
                const syncing::Stamp& remote_stamp, const syncing::KnownDigest& identity);
  void forget_owed(std::int64_t mailbox, record::Side side, std::string_view action,
                   const imap::UidSet& uids);
  bool any(Statement& statement, std::int64_t mailbox) {
    return statement(mailbox).step();
  }

  Dictionary& dictionary_;
  Database& db_;
  Chosen chosen_;
  Statement add_pair_, same_pair_, restamp_, remove_local_, remove_remote_,
      partner_local_, partner_remote_;
  Statement digest_local_, digest_remote_, add_identity_, remove_identity_;
  Statement flights_, land_, any_flight_, any_identity_, any_owed_, forget_owed_;
  Statement owe_flight_, leave_, owe_local_, owe_remote_, owe_, untold_, told_;
  Statement base_, created_, numbers_, subscribed_, advance_, end_journal_,
      stale_identity_;
};

} // namespace state

#endif
